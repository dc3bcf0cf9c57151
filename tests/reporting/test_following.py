"""The figures about following up: who answers how soon, and whether warnings come in time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from services.reporting.reports.domain import Cell, Scope
from shared.contracts import chases as ch
from shared.contracts import customers as c
from shared.contracts import orders as o
from shared.contracts import risks as r
from shared.contracts.credits import CREDIT_TERMS, CreditRiskKind
from shared.contracts.event import Event
from shared.ids import new_id
from tests.reporting.conftest import Reporting
from tests.reporting.histories import START, Teller, chase_facts, consume, delay_facts, line, node, reestimated, risk
from tests.reporting.test_reports import ALL, APRIL, TODAY, one, report

Order = tuple[UUID, str, UUID]


class Following(Teller):
    """Two orders of two customers, A of li and B of wang."""

    def __init__(self) -> None:
        super().__init__()
        li, wang = self.customer("C1", "li"), self.customer("C2", "wang")
        plan = [node("DEPART", APRIL), node("DELIVERED", APRIL)]
        self.mine: Order = (self.order(li, "A", [line("1", APRIL)], plan=plan), "A", li)
        self.other: Order = (self.order(wang, "B", [line("1", APRIL)], code="C2", plan=plan), "B", wang)
        self._warnings = {self.mine[0]: new_id(), self.other[0]: new_id()}

    def at(self, day: int, hour: int = 8) -> None:
        """So many days after START."""
        self.now = datetime(START.year, START.month, START.day, hour, tzinfo=UTC) + timedelta(days=day)

    def staff(self, login: str, department: str) -> None:
        staff_id = new_id()
        event = c.StaffChanged(
            staff_id=staff_id, login=login, department=department, team=None, manager=None, deputies=(), language="en", time_zone="UTC",
            roles=("qc",), personal="sealed",
        )  # fmt: skip
        self.tell(staff_id, event)

    def ask(self, order: Order, answer_by: date, **more: Any) -> ch.ChaseFacts:
        facts = chase_facts(new_id(), order, answer_by, **more)
        self.tell(facts.chase_id, ch.ChaseSent(chase=facts, reminder=0, personal="sealed"))
        return facts

    def answer(self, facts: ch.ChaseFacts, answer: int = 1) -> None:
        said = {"day": APRIL, "done_on": None, "text": None, "response_seconds": 0, "level": 0}
        self.tell(facts.chase_id, ch.ChaseAnswered(chase=facts, answer=answer, **said))

    def escalate(self, facts: ch.ChaseFacts, level: int) -> None:
        self.tell(facts.chase_id, ch.ChaseEscalated(chase=facts, level=level, to="boss", personal="sealed"))

    def warn(self, order: Order, day: int, *told: r.MilestoneRisk, kind: type[Event] = r.MilestoneAtRisk) -> None:
        self.at(day)
        about = {"order_id": order[0], "number": order[1], "customer_id": order[2]}
        self.tell(self._warnings[order[0]], kind(**about, risks=told))

    def clear(self, order: Order, day: int, *told: r.MilestoneRisk) -> None:
        self.warn(order, day, *told, kind=r.MilestoneRiskCleared)

    def late(self, order: Order, day: int, *milestones: str) -> None:
        self.at(day)
        about = {"shipment": None, "department": "logistics", "expected": self.now.date(), "promise_revision": 0}
        late = tuple(r.OverdueMilestone(milestone=name, **about) for name in milestones)
        event = r.MilestoneOverdue(order_id=order[0], number=order[1], customer_id=order[2], milestones=late)
        self.tell(self._warnings[order[0]], event)


def test_every_kind_and_term_has_a_name() -> None:
    assert set(r.RISKS) == set(get_args(r.RiskKind))
    assert set(CREDIT_TERMS) == set(get_args(CreditRiskKind))


def by_group(rows: Sequence[dict[str, Cell]], *names: str) -> dict[Cell, Any]:
    return {row["group"]: tuple(row[name] for name in names) for row in rows}


async def test_answer_times(reporting: Reporting) -> None:
    t = Following()
    t.staff("wu", "qc")
    first = t.ask(t.mine, date(2026, 3, 2))
    second = t.ask(t.other, date(2026, 3, 2), department="qc", asked="chen")
    third = t.ask(t.mine, date(2026, 3, 2), department="sales", asked="zhao")
    ended = t.ask(t.mine, APRIL)
    t.ask(t.mine, date(2026, 5, 1))
    t.at(1)
    t.answer(first)
    t.at(2, 20)
    t.answer(first, 2)
    for level in (1, 2):
        t.escalate(second, level)
    t.answer(second)
    t.escalate(third, 1)
    t.tell(ended.chase_id, ch.ChaseEnded(chase=ended, how="withdrawn"))
    await consume(reporting.database, t.told)

    names = ("sent", "answered", "in_time", "counted", "rate", "hours_p50", "hours_p90", "open", "overdue", "ended")
    assert by_group(await report(reporting.database, "answer-times"), *names) == {
        "qc": (4, 2, 1, 2, "0.500000", "42.0", "56.4", 1, 0, 1),
        "sales": (1, 0, 0, 1, "0.000000", None, None, 1, 1, 0),
    }
    levels = ("escalated_1", "escalated_2", "escalated_3", "label")
    assert by_group(await report(reporting.database, "answer-times", group="person"), *levels) == {
        "wu": (0, 0, 0, "qc"),
        "chen": (0, 1, 0, None),
        "zhao": (1, 0, 0, None),
    }
    total = await one(reporting.database, "answer-times", Scope(["wang"], TODAY), group="total")
    assert (total["sent"], total["answered"]) == (1, 1)
    assert by_group(await report(reporting.database, "answer-times", group="customer", owner="li", department="qc"), "sent") == {"C1": (3,)}
    assert await report(reporting.database, "answer-times", ALL, **{"from": "2026-03-02"}) == []


async def test_what_is_in_danger_now(reporting: Reporting) -> None:
    t = Following()
    t.warn(t.mine, 0, risk("DEPART", "not_started", department="qc"), risk("DELIVERED", "slack_used_up"))
    t.warn(t.mine, 3, risk("DEPART", "not_started", "unanswered", level="high", department="qc"))
    t.warn(t.other, 4, risk("DEPART", "unanswered"), risk("DELIVERED", "unanswered"))
    t.clear(t.other, 5, risk("DEPART", "unanswered"))
    # Days that pass make it expected later, and overdue no less.
    moved = o.MovedNode(
        shipment=None, milestone="DEPART", visible=True, planned=APRIL, before=APRIL, after=TODAY, revision=1, driven_by=None,
        slack_days=-5, due=APRIL,
    )  # fmt: skip
    t.tell(t.mine[0], reestimated(*t.mine, because="day_passed", nodes=[moved]))
    await consume(reporting.database, t.told)
    names = ("label", "warnings", "high", "overdue", "orders", "next_expected", "oldest_days")
    assert by_group(await report(reporting.database, "open-warnings"), *names) == {
        "unanswered": ("nobody has answered", 2, 1, 2, 2, "2026-04-10", 45),
        "not_started": ("work cannot begin", 1, 1, 1, 1, "2026-04-15", 45),
        "slack_used_up": ("no day to spare", 1, 0, 1, 1, "2026-04-10", 45),
    }
    rows = await report(reporting.database, "open-warnings", Scope(None, TODAY, "zh-CN"), group="kind", kind="slack_used_up")
    assert by_group(rows, "label") == {"slack_used_up": ("已无余量",)}
    assert by_group(await report(reporting.database, "open-warnings", group="department"), "warnings") == {"logistics": (2,), "qc": (1,)}
    assert by_group(await report(reporting.database, "open-warnings", group="owner", level="watch"), "warnings") == {
        "li": (1,),
        "wang": (1,),
    }
    total = await one(reporting.database, "open-warnings", Scope(["wang"], TODAY), group="total")
    assert (total["warnings"], total["orders"]) == (1, 1)


async def test_whether_warnings_come_in_time(reporting: Reporting) -> None:
    t = Following()
    depart, delivered = risk("DEPART", "not_started"), risk("DELIVERED", "slack_used_up")
    # Cleared, and in danger again: overdue five days after the second telling. The other is told on the day it is late.
    t.warn(t.mine, 0, depart)
    t.clear(t.mine, 2, depart)
    t.warn(t.mine, 10, depart, delivered)
    t.late(t.mine, 10, "DELIVERED")
    t.late(t.mine, 15, "DEPART")
    # A delay of another milestone is no lateness of this one; one that was retracted is none at all.
    t.warn(t.other, 10, depart, delivered)
    for day, milestone in ((12, "DEPART"), (13, "DELIVERED")):
        t.at(day)
        touched = o.TouchedOrder(order_id=t.other[0], number="B", customer_id=t.other[2], before=APRIL, after=APRIL + timedelta(days=3))
        logged = o.DelayLogged(delay=delay_facts(new_id(), [touched], order_id=t.other[0], milestone=milestone))
        t.tell(t.other[0], logged)
    t.tell(t.other[0], o.DelayRetracted(delay_id=logged.delay.delay_id, revision=2, reason="a mistake"))
    t.clear(t.other, 14, depart)
    t.late(t.other, 20, "DEPART")
    await consume(reporting.database, t.told)

    names = ("raised", "open", "cleared", "late", "days_p50", "unwarned", "numerator", "denominator", "rate")
    assert by_group(await report(reporting.database, "early-warnings", group="customer"), *names) == {
        "C1": (3, 0, 1, 2, 0, 0, 1, 2, "0.500000"),
        "C2": (2, 1, 0, 1, 2, 1, 1, 2, "0.500000"),
    }
    kinds = by_group(await report(reporting.database, "early-warnings", group="kind"), "label", "raised", "late", "unwarned")
    assert kinds == {
        "not_started": ("work cannot begin", 3, 2, 0), "slack_used_up": ("no day to spare", 2, 1, 0), None: (None, 0, 0, 1)
    }  # fmt: skip
    total = await one(reporting.database, "early-warnings", ALL, group="total", **{"from": "2026-03-02", "to": "2026-03-12"})
    assert (total["raised"], total["unwarned"], total["days_p50"]) == (4, 0, 2)
    assert by_group(await report(reporting.database, "early-warnings", Scope(["wang"], TODAY), group="owner"), "raised") == {"wang": (2,)}
