"""Plans to try the rules on, made up by hypothesis or by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from services.orders.delays.domain import Decision, Target, log_delay
from services.orders.delays.model import LogDelay
from services.orders.orders.domain import decide
from services.orders.orders.model import Decided, Known, NewOrder, Source
from services.orders.planning.domain import plan_leg, settle
from services.orders.planning.model import Line, Node, Plan
from services.orders.shipments.model import Sailing
from services.orders.templates.domain import Network, compile_template
from services.orders.templates.model import Template
from shared.calendars import NO_DAY_OFF
from shared.contracts.calendars import EVERY_DAY

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
TODAY = NOW.date()
CUSTOMER = UUID(int=1)
STEPS = ("ORD_CONF", "PRD_END", "DEPART", "ARRIVE", "DELIVERED")
ACTION = {"en": "space on the next sailing is confirmed", "zh-CN": "我司已向船公司确认新舱位"}
_DURATIONS = (0, 20, 8, 30, 5)


def step(code: str, days: int, *after: str | dict[str, Any], **changes: Any) -> dict[str, Any]:
    waits = [{"milestone": one} if isinstance(one, str) else one for one in after]
    told = {"code": code, "name": {"en": code}, "stage": "order", "department": "sales", "visible": True}
    return {**told, "duration_days": days, "after": waits, **changes}


def template(*steps: dict[str, Any], **changes: Any) -> Template:
    """A template of these steps that delivers at the last."""
    written = {"code": "test", "name": {"en": "test"}, "delivery_point": steps[-1]["code"], "milestones": steps}
    return Template.model_validate({**written, **changes})


def chain(durations: tuple[int, ...] = _DURATIONS, point: str = "DELIVERED") -> Network:
    """One step after another, every day counted."""
    steps = [step(code, days, *STEPS[at - 1 : at] if at else ()) for at, (code, days) in enumerate(zip(STEPS, durations, strict=True))]
    return compile_template(template(*steps, delivery_point=point, delivery_point_by_incoterm={"FOB": "DEPART"}), 1)


def leg(network: Network, promise: date, *, point: str | None = None, shipment: str | None = None) -> tuple[Node, ...]:
    every_day = [EVERY_DAY] * len(network.steps)
    point = point or network.template.delivery_point
    return plan_leg(network, every_day, {EVERY_DAY: NO_DAY_OFF}, point=point, shipment=shipment, promise=promise)


KNOWN = Known({"ACME": CUSTOMER}, frozenset({"MILL"}), {"SH-1": Sailing(), "SH-2": Sailing()}, {"test": chain()})


def line(number: str = "1", **changes: Any) -> dict[str, Any]:
    return {"line": number, "item": "Cotton shirt", "quantity": "1200", "uom": "PCE", "promised": "2026-06-01", **changes}


def order(*lines: dict[str, Any], **changes: Any) -> NewOrder:
    body = {
        "number": "SO-1",
        "customer": "ACME",
        "customer_po": "PO-1",
        "trade_type": "export",
        "template": "test",
        "lines": lines or (line(),),
    }
    return NewOrder.model_validate({**body, **changes})


def entered(*lines: dict[str, Any], known: Known = KNOWN, number: int = 100, **changes: Any) -> Plan:
    """The plan of an order that was just entered, by those who follow it."""
    decided = decided_of(order(*lines, **changes), known, number)
    assert decided.errors == ()
    assert decided.after is not None
    return replace(decided.after, version=1, taken_over=False)


def decided_of(new: NewOrder, known: Known = KNOWN, number: int = 100, source: Source = "import") -> Decided:
    """As an import takes it over, whatever day it is."""
    return decide(new, known, order_id=UUID(int=number), source=source, today=TODAY)


def delay_body(new_date: date, milestone: str = "DEPART", **changes: Any) -> LogDelay:
    body = {"milestone": milestone, "new_date": new_date, "causes": [{"code": "LOG-VSL"}], "action": ACTION, **changes}
    return LogDelay.model_validate(body)


def as_of(plan: Plan, today: date) -> Plan:
    """As the clock leaves it when that day has begun."""
    return settle(replace(plan, today=today))


def log(plan: Plan, body: LogDelay, *, number: int = 900, shipment: str | None = None) -> Decision:
    target = Target(body.milestone, shipment, order_id=plan.order_id)
    return log_delay(target, [plan], body, delay_id=UUID(int=number), by="li.wei", now=NOW)


def after(decision: Decision) -> Plan:
    (only,) = decision.orders
    return only.settled.after


def day(text: str) -> date:
    return date.fromisoformat(text)


days = st.integers(min_value=0, max_value=120)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan with one or two legs, some of its first milestones reached early, late or on time."""
    durations = tuple(draw(st.lists(st.integers(0, 40), min_size=5, max_size=5)))
    network = chain(durations, draw(st.sampled_from(STEPS[1:])))
    point, nodes, lines = network.template.delivery_point, [], []
    for shipment in draw(st.sampled_from([(None,), ("SH-1",), (None, "SH-1")])):
        promises = [TODAY + timedelta(days=draw(days)) for _ in range(draw(st.integers(1, 3)))]
        planned = leg(network, min(promises), shipment=shipment)
        reached = draw(st.integers(0, STEPS.index(point)))
        slips = [draw(st.integers(-10, 30)) for _ in range(reached)]
        actual = [planned[i].planned + timedelta(days=slip) for i, slip in enumerate(slips)]
        nodes += [replace(node, actual=actual[i]) if i < reached else node for i, node in enumerate(planned)]
        lines += [Line(f"{shipment}-{i}", shipment, promise, promise) for i, promise in enumerate(promises)]
    order_id = UUID(int=draw(st.integers(1, 10**6)))
    calendars = {EVERY_DAY: NO_DAY_OFF}
    return settle(Plan(order_id, "SO-1", CUSTOMER, point, "open", 1, tuple(lines), tuple(nodes), network, calendars))
