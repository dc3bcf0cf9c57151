"""What is said where a template cannot be, or be used, in both languages."""

from collections.abc import Sequence

from shared.contracts.text import Both

TEMPLATE_CODE = Both("is not a template code, like export-sea", "须为模板代码，如 export-sea")
CALENDAR_CODE = Both("is not a calendar code, like factory", "须为日历代码，如 factory")


def no_template(code: str, revision: int | None = None) -> Both:
    if revision:
        return Both(f"there is no template {code} of revision {revision}", f"没有模板 {code} 的第 {revision} 版")
    return Both(f"there is no template {code}", f"没有模板 {code}")


def no_point(template: str, milestone: str, has: Sequence[str]) -> Both:
    return Both(
        f"template {template} has no milestone {milestone}; it has {', '.join(has)}",
        f"模板 {template} 没有节点 {milestone}，现有：{'、'.join(has)}",
    )


def exists(code: str) -> Both:
    return Both(f"template {code} exists", f"模板 {code} 已存在")


def another(code: str) -> Both:
    return Both(f"the template of this address is {code}", f"该地址的模板为 {code}")


def retired_by(login: str, reason: str) -> Both:
    return Both(f"{login} retired it already: {reason}", f"{login} 已停用该模板：{reason}")


def retired(code: str) -> Both:
    return Both(f"template {code} is retired: no new order is planned with it", f"模板 {code} 已停用，不再用于新订单")


def in_use(code: str) -> Both:
    return Both(f"template {code} is in use", f"模板 {code} 正在使用")


def undated_from(point: str, undated: Sequence[str]) -> Both:
    return Both(
        f"{point} cannot be the delivery point: {', '.join(undated)} neither leads to it nor follows from what does",
        f"{point} 不能作为交货节点：{'、'.join(undated)} 既不是其前置节点，也不由其前置节点推算",
    )


def listed_twice(code: str) -> Both:
    return Both(f"{code} is listed twice", f"{code} 重复列出")


def waits_for_itself(code: str) -> Both:
    return Both(f"{code} cannot wait for itself", f"{code} 不能以自身为前置节点")


def waits_twice(code: str, milestone: str) -> Both:
    return Both(f"{code} waits for {milestone} twice", f"{code} 的前置节点 {milestone} 重复填写")


def unknown(code: str) -> Both:
    return Both(f"the template has no milestone {code}", f"模板没有节点 {code}")


def waits_for_start(code: str, milestone: str) -> Both:
    return Both(f"{code} waits for the start of {milestone}, not for its day", f"{code} 只等待 {milestone} 开始，不取其完成日期")


def crowded(code: str) -> Both:
    return Both(f"{code} happens together with another already", f"{code} 已与其他节点同时完成")


def circle(codes: Sequence[str]) -> Both:
    way = " -> ".join(codes)
    return Both(f"the milestones wait for each other in a circle: {way}", f"节点互为前置，形成循环：{way}")
