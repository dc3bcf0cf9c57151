"""Plans to try the rules on, made up by hypothesis or by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from services.orders.delays.domain import Decision, Target, log_delay
from services.orders.delays.model import LogDelay
from services.orders.orders.domain import decide
from services.orders.orders.model import Decided, Known, NewOrder
from services.orders.planning.domain import Line, Plan, plan_leg, settle
from services.orders.templates.domain import Template

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
TODAY = NOW.date()
CUSTOMER = UUID(int=1)
STEPS = ("ORD_CONF", "PRD_END", "DEPART", "ARRIVE", "DELIVERED")
ACTION = {"en": "space on the next sailing is confirmed", "zh-CN": "我司已向船公司确认新舱位"}
_DURATIONS = (0, 20, 8, 30, 5)


def template(durations: tuple[int, ...] = _DURATIONS, point: str = "DELIVERED") -> Template:
    milestones = [
        {"code": code, "name": {"en": code}, "department": "sales", "duration_days": days, "visible": True}
        for code, days in zip(STEPS, durations, strict=True)
    ]
    return Template.model_validate(
        {
            "code": "test",
            "name": {"en": "test"},
            "delivery_point": point,
            "delivery_point_by_incoterm": {"FOB": "DEPART"},
            "milestones": milestones,
        }
    )


KNOWN = Known({"ACME": CUSTOMER}, frozenset({"MILL"}), {"SH-1": (), "SH-2": ()}, {"test": template()})


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
    """The plan of an order that was just entered."""
    decided = decided_of(order(*lines, **changes), known, number)
    assert decided.errors == ()
    assert decided.after is not None
    return replace(decided.after, version=1)


def decided_of(new: NewOrder, known: Known = KNOWN, number: int = 100) -> Decided:
    return decide(new, known, order_id=UUID(int=number), source="api")


def delay_body(new_date: date, milestone: str = "DEPART", **changes: Any) -> LogDelay:
    body = {"milestone": milestone, "new_date": new_date, "causes": [{"code": "LOG-VSL"}], "action": ACTION, **changes}
    return LogDelay.model_validate(body)


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
    chosen = template(durations, draw(st.sampled_from(STEPS[1:])))
    point, nodes, lines = chosen.delivery_point, [], []
    for shipment in draw(st.sampled_from([(None,), ("SH-1",), (None, "SH-1")])):
        promises = [TODAY + timedelta(days=draw(days)) for _ in range(draw(st.integers(1, 3)))]
        leg = plan_leg(chosen, point, shipment, min(promises))
        reached = draw(st.integers(0, STEPS.index(point)))
        slips = [draw(st.integers(-10, 30)) for _ in range(reached)]
        actual = [leg[i].planned + timedelta(days=slip) for i, slip in enumerate(slips)]
        nodes += [replace(node, actual=actual[i]) if i < reached else node for i, node in enumerate(leg)]
        lines += [Line(f"{shipment}-{i}", shipment, promise, promise) for i, promise in enumerate(promises)]
    return settle(Plan(UUID(int=draw(st.integers(1, 10**6))), "SO-1", CUSTOMER, point, "open", 1, tuple(lines), tuple(nodes)))
