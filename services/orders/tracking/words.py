"""What is said of a carrier's event that cannot be taken, moves nothing or waits, in both languages."""

from collections.abc import Iterable
from datetime import date, datetime

from services.orders.words import all_of
from shared.contracts.text import Both

LONGEST = 1_000
"""Characters of what is said together, which may be of many orders."""

NO_OBJECT = Both("an event is an object", "事件须为对象")
NO_EVENTS = Both("is neither an event, which is an object, nor a list of events", "须为一个事件（对象）或事件列表")
UNKNOWN = Both(
    "no shipment under way has its booking, transport document, container, or vessel and voyage",
    "没有进行中的出运批次与其订舱号、运输单据、箱号或船名航次相符",
)
TAKEN_BACK = Both("it was taken back: it says nothing", "该事件已被撤回，不再有效")
FOR_GOOD = Both("what takes back is not taken back: say anew what holds", "撤回本身不可再撤回，请重新发送有效的事件")
STANDS = Both(
    "no order has this milestone still before it, or what counts for it stands already",
    "没有订单尚待完成该节点，或其日期已是如此",
)
BEFORE_ORDERED = Both("it lies before the day on which the goods were ordered", "早于货物的下单日期")
OF_THE_FIRST = Both("it was said before the shipment was rolled", "该事件早于甩柜")
TRANSHIPMENT = Both("it is about a transhipment", "该事件涉及转运")
NO_PORT = Both("it names no port", "该事件未注明港口")
EMPTY = Both("it is about an empty container", "该事件涉及空箱")
EMPTY_DELIVERY = Both("an empty container is no delivery", "空箱不算交货")
NOT_LADEN = Both("it does not say that the container is laden", "该事件未说明箱子为重箱")
_PORT = {"loading": "装货港", "discharge": "卸货港"}


def together(reasons: Iterable[Both]) -> Both:
    """Each once."""
    said = all_of(list(dict.fromkeys(reasons)))
    return Both(said[:LONGEST], said.zh[:LONGEST])


def is_wrong(field: str, why: Both) -> Both:
    return Both(f"{field}: {why}", f"字段 {field}：{why.zh}")


def is_missing(field: str) -> Both:
    return Both(f"{field} is missing", f"缺少 {field}")


def to_come(at: datetime, now: datetime) -> Both:
    there, here = at.isoformat(), now.isoformat()
    return Both(f"{there} has not come yet: it is {here}", f"{there} 尚未到来，现在是 {here}")


def too_many_events(most: int) -> Both:
    return Both(f"holds more than {most} events: send the others by themselves", f"一次最多 {most} 个事件，其余请另行发送")


def too_many(most: int) -> Both:
    return Both(f"the events may be about more than {most} shipments: send fewer at once", f"所涉出运批次可能超过 {most} 个，请分批发送")


def not_listed(container: str) -> Both:
    return Both(
        f"the shipment of this booking or transport document does not list the container {container}",
        f"此订舱号或运输单据的出运批次未列有集装箱 {container}",
    )


def nothing_yet(event: str) -> Both:
    """Of one that is taken back before it comes."""
    return Both(f"no event {event} is known yet: it will say nothing when it comes", f"尚无事件 {event}，到达后不再有效")


def no_milestone(code: str) -> Both:
    return Both(f"{code} says nothing of a milestone", f"{code} 不涉及任何节点")


def port_unknown(name: str) -> Both:
    return Both(f"the port of {name} is not known", f"出运批次的{_PORT[name]}未知")


def elsewhere(there: str, name: str, port: str) -> Both:
    return Both(f"it is about {there}, and the port of {name} is {port}", f"该事件的地点是 {there}，而{_PORT[name]}是 {port}")


def at_loading(port: str) -> Both:
    return Both(f"it is about {port}, the port of loading: nothing is delivered there", f"该事件的地点是装货港 {port}，货物不在此交付")


def at_transhipment(port: str) -> Both:
    return Both(f"it is about {port}, where the shipment is transhipped", f"该事件的地点是转运港 {port}")


def other_mode(mode: str) -> Both:
    return Both(f"it is about transport by {mode}", f"该事件涉及 {mode} 运输")


def other_sailing(other: str, own: str) -> Both:
    return Both(f"it is about {other}, and the shipment travels with {own}", f"该事件涉及 {other}，而出运批次由 {own} 承运")


def not_to(containers: Iterable[str]) -> Both:
    """Of those that the shipment lists and of which it has not been told."""
    listed = list(containers)
    return Both(f"it has not happened yet to {', '.join(listed)}", f"以下集装箱尚未完成：{'、'.join(listed)}")


def waits(milestone: str, day: date) -> Both:
    """What a sender is told of `recorded_later`, who knows nothing of our orders."""
    return Both(
        f"{milestone} on {day} is taken, and is recorded by itself once nothing stands in its way",
        f"{milestone}（{day}）已收到，待条件具备后自动登记",
    )


def otherwise(milestone: str) -> Both:
    """The same of whatever else keeps some of our orders from it."""
    return Both(f"for {milestone} of some of the goods something else counts here", f"部分货物的 {milestone} 以其他信息为准")


def newer_by_hand(milestone: str) -> Both:
    return Both(f"what somebody said of {milestone} by hand is newer", f"{milestone} 有更新的人工登记")


def before_it_left(day: date, departs: date) -> Both:
    return Both(f"{day} lies before the departure on {departs}", f"{day} 早于离港日 {departs}")


def happened(milestone: str, day: date) -> Both:
    return Both(
        f"{milestone} has happened on {day}, as another event says: what was expected counts no more",
        f"另一事件称 {milestone} 已于 {day} 完成，预计日期不再有效",
    )


def denied(number: str, milestone: str) -> Both:
    return Both(
        f"{milestone} of order {number} was said not to have happened, after the carrier had said that it had",
        f"承运人称订单 {number} 的 {milestone} 已完成，其后有人登记为未完成",
    )


def by_somebody_else(number: str, milestone: str, day: date | None) -> Both:
    return Both(
        f"{milestone} of order {number} on {day} was recorded by somebody else: correct the actual date",
        f"订单 {number} 的 {milestone} 完成日期 {day} 由他人登记，请更正实际日期",
    )


def not_delivered_before(number: str, milestone: str, day: date, first: str) -> Both:
    return Both(
        f"{milestone} on {day} is recorded by itself once {first} of order {number} is: nothing is delivered before",
        f"订单 {number} 的 {first} 完成前不算交货，完成后自动登记 {milestone}（{day}）",
    )


def recorded_later(milestone: str, day: date, why: Both) -> Both:
    return Both(
        f"{milestone} on {day} is recorded by itself once nothing stands in its way: {why}",
        f"{milestone}（{day}）待以下情况解除后自动登记：{why.zh}",
    )
