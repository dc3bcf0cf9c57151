"""What is said where a delay cannot be, in both languages."""

from datetime import date

from services.orders.planning.model import Node
from shared.contracts.codes import Party
from shared.contracts.text import Both

NO_ASK = Both("given without ask: say what is needed from the customer", "未填写需客户配合的事项，不能填写回复期限")
TWICE = Both("this cause and party are given twice", "同一原因与责任方重复填写")
NOT_FOUND_YET = Both("UNKNOWN is not a cause that was found", "UNKNOWN 不是已查明的原因")
ALONE = Both("UNKNOWN means that the cause is under investigation: it must be the only one", "UNKNOWN 表示原因尚在调查，不能与其他原因并列")
NO_PARTY_YET = Both("the party of UNKNOWN cannot be named yet", "原因未查明，尚不能指明责任方")
NO_DELAY = Both("there is no such delay", "没有此延误")
UNANSWERED = Both("the request asks about no line whose promise moves", "该改期要求不涉及交期变动的行")
NO_CAUSE = Both("the delay was retracted: it has no cause", "该延误已撤销，没有原因可登记")


def over(status: str) -> Both:
    return Both(f"the delay is {status}", f"该延误{'已撤销' if status == 'retracted' else '已结束'}")


def needs_party(code: str, party: Party) -> Both:
    return Both(f"a known cause needs a party that answers for it, {code} has {party}", f"已知原因须有责任方，{code} 的责任方为 {party}")


def too_many_days(late: int, claimed: int) -> Both:
    return Both(
        f"the delay has {late} days: with this cause they would account for {claimed}", f"延误共 {late} 天，加上此原因合计将达 {claimed} 天"
    )


def not_later_than_it_was(last: Node) -> Both:
    happened, fact = _happened(last)
    return Both(f"{happened}: the new date must be later than what has happened", f"{fact}，新日期须晚于该日期")


def happened(last: Node, milestone: str) -> Both:
    english, fact = _happened(last)
    if last.milestone == milestone:
        return Both(f"{english}: it cannot be delayed any more", f"{fact}，不能再登记延误")
    return Both(
        f"{english}: {milestone}, which comes before it, cannot be delayed any more", f"{fact}，其前置节点 {milestone} 不能再登记延误"
    )


def _happened(last: Node) -> tuple[str, str]:
    return f"{last.milestone} happened on {last.actual}", f"{last.milestone} 已于 {last.actual} 完成"


def known(number: str, milestone: str, to: date) -> Both:
    return Both(
        f"{milestone} of order {number} has an open delay to {to}: update that one",
        f"订单 {number} 的 {milestone} 已有未结束的延误（至 {to}），请更新该延误",
    )


def not_later(number: str, milestone: str, expected: date) -> Both:
    return Both(
        f"{milestone} of order {number} is expected on {expected} without this delay: the new date must be later",
        f"订单 {number} 的 {milestone} 不计此延误预计 {expected} 完成，新日期须更晚",
    )


def promised_anyway(to: date) -> Both:
    return Both(f"no delayed line was promised before {to}: leave the promise out", f"延误各行的承诺交期均不早于 {to}，请勿填写新交期")
