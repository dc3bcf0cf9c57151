"""What is said where a day cannot be corrected so, in both languages."""

from datetime import date

from services.orders.planning.words import NO_SHIPMENT
from shared.contracts.advice import TOPICS
from shared.contracts.text import Both


def shown_by_departure(number: str, milestone: str) -> Both:
    return Both(
        f"what has left shows that {milestone} of order {number} has happened: correct that first",
        f"货物已发运，表明订单 {number} 的 {milestone} 已完成，请先更正发运日期",
    )


def not_yet(number: str, milestone: str) -> Both:
    return Both(f"{milestone} of order {number} has not happened yet", f"订单 {number} 的 {milestone} 尚未完成")


def none_delivered(number: str, shipment: str | None) -> Both:
    english, chinese = (shipment, shipment) if shipment else NO_SHIPMENT
    return Both(
        f"no line of order {number} in shipment {english} is delivered yet", f"订单 {number} 在出运批次 {chinese} 中的订单行均未交货"
    )


def not_delivered(number: str, line: str) -> Both:
    return Both(
        f"line {line} of order {number} does not count as delivered in this leg",
        f"订单 {number} 的订单行 {line} 在该出运批次中未计为已交货",
    )


def recorded_so(number: str, milestone: str, day: date | None) -> Both:
    return Both(
        f"{milestone} of order {number} is recorded on {day}: there is nothing to correct",
        f"订单 {number} 的 {milestone} 登记的日期就是 {day}，无需更正",
    )


def let_pass(number: str, milestone: str, gate: str, day: date | None) -> Both:
    return Both(
        f"{milestone} of order {number}, which the gate {gate} let pass, happened on {day}: correct that first",
        f"订单 {number} 的 {milestone} 经 {gate} 放行，已于 {day} 完成，请先更正该节点",
    )


def placed_so(number: str, day: date) -> Both:
    return Both(
        f"order {number} is said to be placed on {day}: there is nothing to correct", f"订单 {number} 的下单日期就是 {day}，无需更正"
    )


def placed_by_then(number: str, what: Both) -> Both:
    return Both(f"{what}: order {number} was placed by then", f"{what.zh}，订单 {number} 的下单日期不得晚于该日")


def happened(milestone: str, day: date) -> Both:
    return Both(f"{milestone} happened on {day}", f"{milestone} 已于 {day} 完成")


def delivered(line: str, day: date) -> Both:
    return Both(f"line {line} was delivered on {day}", f"订单行 {line} 已于 {day} 交货")


def promised(line: str, day: date) -> Both:
    return Both(f"line {line} is promised on {day}", f"订单行 {line} 的交期为 {day}")


def said(kind: str, of: str | None, day: date) -> Both:
    """Of an order on that day: `of` is the topic of advice, the reference of a clause, the code of a document or the number of an entry."""
    match kind:
        case "advice":
            topic = next(words for known, words in TOPICS.items() if known == of)
            return Both(f"advice on {of} was given on {day}", f"建议（{topic.zh_cn}）于 {day} 提出")
        case "request":
            return Both(f"another day was asked for on {day}", f"客户于 {day} 要求改期")
        case "document":
            return Both(f"document {of} is due on {day}", f"单证 {of} 的期限为 {day}")
        case "step":
            return Both(f"document {of} was seen to on {day}", f"单证 {of} 已于 {day} 办理")
        case "customs":
            return Both(f"customs entry {of} was declared on {day}", f"报关单 {of} 已于 {day} 申报")
        case "exception":
            return Both(f"an exception was found on {day}", f"已于 {day} 发现异常")
        case _:
            return Both(f"clause {of} is due on {day}", f"条款 {of} 的期限为 {day}")
