"""What is said where a request cannot be decided so, or a rule not be kept so, in both languages."""

from uuid import UUID

from shared.contracts.text import Both

BY_OTHERS = Both("somebody else decides it", "须由他人审批")
_ENDED = {"granted": "已批准", "refused": "已驳回", "withdrawn": "已撤回", "expired": "已过期"}
_MEASURES = {"days": "天数", "money": "金额"}


def ended(status: str) -> Both:
    return Both(f"the request is {status}", f"该申请{_ENDED[status]}")


def at_another_level(level: int, now: int) -> Both:
    return Both(f"it waits for level {now}, not for level {level}", f"现待第 {now} 级审批，而非第 {level} 级")


def only_by(requester: str) -> Both:
    return Both(f"only {requester}, who asked, can withdraw it", f"只有申请人 {requester} 可以撤回")


def level_of_others(level: int) -> Both:
    return Both(f"level {level} is decided by others", f"第 {level} 级由他人审批")


def changed(number: str) -> Both:
    return Both(f"{number} has changed since it was asked: it has to be asked anew", f"{number} 在申请之后已有变动，须重新申请")


def no_request(approval: UUID) -> Both:
    return Both(f"there is no request {approval}", f"没有审批申请 {approval}")


def no_rule(kind: str) -> Both:
    return Both(f"there is no approval rule {kind}", f"没有审批规则 {kind}")


def rule_changed(kind: str) -> Both:
    return Both(f"the rule {kind} was changed by somebody else meanwhile", f"审批规则 {kind} 已被他人更改")


def not_at_work(login: str) -> Both:
    return Both(f"nobody at work has the login {login}", f"在职员工中没有用户名 {login}")


def measured_in(measure: str) -> Both:
    return Both(f"this kind is measured in {measure}", f"此类审批按{_MEASURES[measure]}衡量")
