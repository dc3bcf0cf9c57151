"""The letters that are kept as golden samples: one case for each thing a customer may read."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from services.notifications.contacts.domain import Signer
from services.notifications.dates.domain import Line, Order, tell
from services.notifications.messages.model import Earlier, ToldMail
from shared.contracts.codes import CauseCode
from shared.contracts.orders import PromiseChanged, PromisedLine
from shared.contracts.shipments import Transport
from shared.contracts.text import Language, LocalText
from tests.notifications.cases import (
    BRACKET,
    DEPUTY,
    LIGHTS,
    MOVED,
    OWNER,
    PLANNED,
    Case,
    contact,
    customer,
    ident,
    line,
    order,
    reason,
    reestimate,
    rule,
)

ANNA = contact("Anna Müller", salutation="Dear Ms Müller")
WANG = contact("王芳", "zh-CN", salutation="王经理", email="wang.fang@example.org")
BOTH = customer(ANNA, WANG)
FIRST = order(lines=(*LIGHTS, BRACKET))
SECOND = order("SC-1018", "4500124", (line("1", "LED floodlight 50 W", "600"),))
LATER = {"DEPART": date(2026, 3, 20), "ARRIVE": date(2026, 4, 22), "DELIVERED": date(2026, 4, 28)}
SUBJECTS: Mapping[Language, str] = MappingProxyType(
    {
        "en": "PO 4500123, LED floodlight 50 W and 1 more item: delivery now expected Fri 24 April 2026 (was Mon 20 April 2026)",
        "zh-CN": "订单 4500123，LED floodlight 50 W 等 2 项：预计交货由2026年4月20日(周一)改为2026年4月24日(周五)",
    }
)
TOLD = frozenset(move.which for move in Case((reestimate(FIRST, delay=reason()),), (FIRST,), BOTH).decided().told)
HEARD = tuple(ToldMail(ident(f"mail {one.id}"), one.id, SUBJECTS[one.language], date(2026, 3, 2), TOLD) for one in (ANNA, WANG))
OTHERWISE = tuple(
    replace(mail, message_id=ident(f"otherwise {mail.contact_id}"), sent_on=date(2026, 3, 3), tells=frozenset()) for mail in HEARD
)


def told(before: Order, days: dict[str, date], revision: int = 1) -> Order:
    """The order after its first delay was told."""
    case = Case((reestimate(before, delay=reason(), to=days, revision=revision),), (before,), BOTH)
    return tell(before, case.decided().told, case.decided().weighed)


def _fob() -> Case:
    """Met at sailing: the lines' date is the departure."""
    lines = tuple(
        replace(one, promised=PLANNED["DEPART"], expected=PLANNED["DEPART"], told=replace(one.told, date=PLANNED["DEPART"]))
        for one in LIGHTS
    )
    fob = order("SC-1020", "PO/77-A", lines, delivery_point="DEPART")
    sailing = {"DEPART": MOVED["DEPART"], "ARRIVE": MOVED["ARRIVE"]}
    return Case((reestimate(fob, delay=reason("LOG-ROLL", "LOG-PORT"), to=sailing),), (fob,), BOTH)


def _agreed() -> Case:
    """FOB, with a promise given that lies after what is expected: the departure is expected before it."""
    day = date(2026, 3, 20)
    lines = tuple(
        replace(one, promised=day, promise_revision=1, expected=date(2026, 3, 13), told=replace(one.told, date=date(2026, 3, 10)))
        for one in LIGHTS
    )
    fob = order("SC-1023", "4500132", lines, delivery_point="ON_BOARD")
    return Case((reestimate(fob, delay=reason("SUP-LATE"), to={"DEPART": MOVED["DEPART"], "ARRIVE": MOVED["ARRIVE"]}),), (fob,), BOTH)


def _factory() -> Case:
    """Nothing is shipped yet, and one line has a later promise that still holds."""
    lines: tuple[Line, ...] = (
        line("1", "Steel bracket, galvanised", "2500.5", shipment=None),
        line("2", "Wall plug", "10000", shipment=None, told=date(2026, 5, 30)),
    )
    at_home = order("SC-1021", "4500130", lines)
    days = {"PRD_END": date(2026, 3, 6), **MOVED}
    nothing_known = Transport()
    parts = (reestimate(at_home, delay=reason("PRD-CAP", "PRD-LAB", ask=None), to=days, shipment=None, transport=nothing_known),)
    return Case(parts, (at_home,), BOTH)


def _air() -> Case:
    flight = Transport(mode="air", vessel="CK 247", transport_document="112-45678901", port_of_loading="CNPVG", port_of_discharge="DEFRA")
    causes: tuple[CauseCode, ...] = ("UNKNOWN",)
    action = LocalText(
        en="We are in touch with the airline and track the shipment every day.", zh_cn="我司正与航空公司保持联系，每日跟踪货物动态。"
    )
    return Case((reestimate(SECOND, delay=reason(*causes, action=action, ask=None), transport=flight),), (SECOND,), BOTH)


def _at_sea() -> Case:
    """FOB goods that have sailed in time, and whose vessel is late at sea."""
    sailed = tuple(replace(one, delivered=PLANNED["DEPART"]) for one in LIGHTS)
    fob = order("SC-1022", "4500131", sailed, delivery_point="DEPART")
    event = reestimate(fob, delay=reason("FM-WEA", ask=None), to={"ARRIVE": MOVED["ARRIVE"]})
    return Case((event,), (fob,), BOTH)


def _over() -> Case:
    """A delay at sea is taken back of two orders; of the one that is delivered already, the day in force is over."""
    sailed = tuple(replace(one, delivered=PLANNED["DEPART"]) for one in LIGHTS)
    fob = order("SC-1022", "4500131", sailed, delivery_point="DEPART")
    days = (dict(list(PLANNED.items())[2:]), {"ARRIVE": date(2026, 4, 10)})
    back = tuple(
        reestimate(of, because="delay_retracted", delay=reason(orders=2), to=to, revision=2)
        for of, to in zip((FIRST, fob), days, strict=True)
    )
    late = (told(FIRST, MOVED), told(fob, {"ARRIVE": MOVED["ARRIVE"]}))
    return Case(back, late, BOTH, rule("correction"), Earlier(HEARD), today=date(2026, 4, 13))


def _promise() -> Case:
    day = date(2026, 4, 29)
    lines = tuple(replace(one, promised=day, promise_revision=1) for one in LIGHTS)
    event = PromiseChanged(
        order_id=FIRST.id,
        number=FIRST.number,
        customer_id=FIRST.customer_id,
        lines=tuple(PromisedLine(line=one.line, before=PLANNED["DELIVERED"], after=day, revision=1) for one in LIGHTS),
        reason="customer_request",
    )
    return Case((event,), (replace(FIRST, lines=(*lines, BRACKET)),), BOTH, rule("promise"))


def _unkept() -> Case:
    """A promise that is earlier than the delayed goods are expected, as he knows: of the plan the end of production moves with it."""
    day = date(2026, 4, 10)
    late = told(FIRST, MOVED)
    lines = tuple(
        replace(one, expected=MOVED["DELIVERED"], promised=day, promise_revision=1) if one.line != BRACKET.line else one
        for one in late.lines
    )
    event = reestimate(FIRST, because="promise_changed", to={"PRD_END": date(2026, 2, 26)}, revision=2)
    given = tuple(PromisedLine(line=one.line, before=PLANNED["DELIVERED"], after=day, revision=1) for one in LIGHTS)
    today = date(2026, 2, 16)
    return Case((event.model_copy(update={"promises": given}),), (replace(late, lines=lines),), BOTH, rule("promise"), today=today)


def _corrected(mails: tuple[ToldMail, ...], *, heard: tuple[ToldMail, ...] = ()) -> Case:
    """A delay is taken back of goods whose late day he was told otherwise: by these mails, or as it came with the order. `heard` are those
    of the delay itself."""
    late, by = told(FIRST, MOVED), ident("joined")
    late = replace(late, lines=tuple(replace(one, told=replace(one.told, by=by if mails else None)) for one in late.lines))
    event = reestimate(FIRST, because="delay_retracted", delay=reason(), to=dict(list(PLANNED.items())[1:]), revision=2)
    nodes = tuple(node.model_copy(update={"before": MOVED[node.milestone]}) for node in event.nodes)
    lines = tuple(one.model_copy(update={"before": MOVED["DELIVERED"]}) for one in event.lines)
    back = event.model_copy(update={"nodes": nodes, "lines": lines})
    return Case((back,), (late,), BOTH, rule("correction"), Earlier(heard, telling={by: mails}))


def _promised() -> Case:
    """A promise given with the delay, to the very day that the goods are expected: of one of two lines."""
    event = reestimate(FIRST, delay=reason("SUP-LATE"))
    given = PromisedLine(line="1", before=PLANNED["DELIVERED"], after=MOVED["DELIVERED"], revision=1)
    first, second = (replace(one, expected=MOVED["DELIVERED"]) for one in LIGHTS)
    lines = (replace(first, promised=MOVED["DELIVERED"], promise_revision=1), second)
    return Case((event.model_copy(update={"promises": (given,)}),), (replace(FIRST, lines=(*lines, BRACKET)),), BOTH)


CASES: Mapping[str, Case] = MappingProxyType(
    {
        "delay": Case((reestimate(FIRST, delay=reason()),), (FIRST,), BOTH),
        "delay-second": Case((reestimate(FIRST, delay=reason("QC-FAIL", ordinal=2)),), (FIRST,), BOTH, earlier=Earlier((), {FIRST.id: 1})),
        "delay-two-orders": Case(
            (reestimate(FIRST, delay=reason(orders=2)), reestimate(SECOND, delay=reason(orders=2, ordinal=2))),
            (FIRST, SECOND),
            BOTH,
            earlier=Earlier((), {SECOND.id: 1}),
        ),
        "delay-deputy": Case((reestimate(FIRST, delay=reason()),), (FIRST,), customer(ANNA, WANG, signer=Signer(DEPUTY, OWNER))),
        "delay-fob": _fob(),
        "delay-agreed": _agreed(),
        "delay-promised": _promised(),
        "delay-at-sea": _at_sea(),
        "delay-factory": _factory(),
        "delay-air-unknown": _air(),
        "update": Case(
            (reestimate(FIRST, because="delay_updated", delay=reason(revision=2), to=LATER, revision=2),),
            (told(FIRST, MOVED),),
            BOTH,
            earlier=Earlier(HEARD),
        ),
        "update-better": Case(
            (reestimate(FIRST, because="delay_updated", delay=reason(revision=2), to=MOVED, revision=2),),
            (told(FIRST, LATER),),
            BOTH,
            earlier=Earlier(HEARD),
        ),
        "correction": Case(
            (reestimate(FIRST, because="delay_retracted", delay=reason(), to=dict(list(PLANNED.items())[1:]), revision=2),),
            (told(FIRST, MOVED),),
            BOTH,
            rule("correction"),
            Earlier(HEARD),
        ),
        "correction-otherwise": _corrected(OTHERWISE),
        "correction-of-two": _corrected(OTHERWISE, heard=HEARD),
        "correction-unwritten": _corrected(()),
        "correction-over": _over(),
        "promise": _promise(),
        "promise-unkept": _unkept(),
        "dates": Case((reestimate(FIRST, because="actual_recorded", to={"ARRIVE": MOVED["ARRIVE"]}),), (FIRST,), BOTH, rule("dates")),
    }
)
