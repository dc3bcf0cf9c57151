"""Rules of contract clauses, on made-up plans: when one is late, what that costs, and that a breach is told once and taken back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.clauses.domain import ClauseOver, ClauseTerm, agree, change, close, look, penalty, standing
from services.orders.clauses.model import Clause, ClauseBody
from services.orders.planning.domain import settle
from services.orders.planning.model import Plan
from shared.contracts.approvals import Money
from shared.contracts.clauses import ClauseBreached, ClauseClosed, ClauseRecovered
from shared.problems import Invalid
from tests.orders.plans import NOW, TODAY, after, day, delay_body, entered, line, log, plans

WORTH = Money(amount=Decimal(48000), currency="USD")
WEEKLY = {"percent": "0.5", "per": "week", "cap_percent": "5"}
SAID: dict[str, Any] = {
    "reference": "8.2", "text": "0.5 % a week", "milestone": "DELIVERED", "due_on": "2026-06-01", "grace_days": 3, "penalty": WEEKLY,
}  # fmt: skip


def body(**changes: Any) -> ClauseBody:
    return ClauseBody.model_validate({**SAID, **changes})


def clause(plan: Plan, worth: Money | None = WORTH, **changes: Any) -> Clause:
    return agree(plan, body(**changes), worth, clause_id=UUID(int=7), by="ann", now=NOW)


def late(plan: Plan, to: str) -> Plan:
    return after(log(plan, delay_body(day(to), "DELIVERED")))


def delivered(plan: Plan, on: str) -> Plan:
    nodes = tuple(replace(node, actual=day(on)) if node.milestone == "DELIVERED" else node for node in plan.nodes)
    lines = tuple(replace(line, delivered=day(on), estimated=day(on)) for line in plan.lines)
    return settle(replace(plan, nodes=nodes, lines=lines))


penalties = st.one_of(
    st.builds(
        lambda percent, per, cap: {"percent": percent, "per": per, "cap_percent": cap},
        st.decimals(Decimal("0.1"), Decimal(5), places=2), st.sampled_from(["day", "week"]),
        st.none() | st.decimals(Decimal(1), Decimal(20), places=1),
    ),
    st.builds(lambda amount: {"fixed": {"amount": amount, "currency": "USD"}}, st.decimals("0.01", 9999, places=2)),
)  # fmt: skip


@given(penalties, st.integers(0, 400), st.integers(0, 400))
def test_a_day_more_never_costs_less_and_nothing_costs_more_than_the_cap(terms: Any, days: int, more: int) -> None:
    made = clause(entered(), penalty=terms)
    less, most = penalty(made, days), penalty(made, days + more)
    assert less is not None
    assert most is not None
    assert less.amount <= most.amount
    assert less.currency == "USD"
    if terms.get("cap_percent"):
        assert most.amount <= WORTH.amount * Decimal(terms["cap_percent"]) / 100
    assert penalty(made, 0) == Money(amount=Decimal(0), currency="USD")


@given(plans(), st.integers(-40, 200), st.integers(0, 30), st.integers(-60, 300))
def test_as_it_stands_agrees_with_the_plan(plan: Plan, due: int, grace: int, passed: int) -> None:
    today = TODAY + timedelta(days=passed)
    made = clause(plan, milestone=plan.delivery_point, due_on=TODAY + timedelta(days=due), grace_days=grace)
    found = standing(made, plan, today)
    assert found.keep_by == found.due + timedelta(days=grace)
    assert found.days_late == max(0, ((found.happened or max(found.expected, today)) - found.keep_by).days)
    assert (found.state in ("at_risk", "breached")) == (found.days_late > 0)
    assert (found.state == "breached") == ((found.happened or today) > found.keep_by)
    assert found.penalty_so_far is not None
    assert found.penalty_expected is not None
    assert found.penalty_so_far.amount <= found.penalty_expected.amount


@pytest.mark.parametrize(
    ("to", "days", "cost"), [("2026-06-04", 0, "0"), ("2026-06-05", 1, "240.00"), ("2026-06-11", 7, "240.00"), ("2026-06-12", 8, "480.00"),
                             ("2027-06-01", 362, "2400.00")],
)  # fmt: skip
def test_a_week_counts_when_it_has_begun(to: str, days: int, cost: str) -> None:
    plan = late(entered(), to)
    found = standing(clause(plan), plan)
    assert found.penalty_expected is not None
    assert (found.days_late, found.penalty_expected.amount) == (days, Decimal(cost))
    assert [str(one.would_be) for one in ClauseTerm(clause(plan)).breaches(plan)] == [to] * (days > 0)


def test_a_breach_is_told_once_when_its_day_is_over_and_taken_back() -> None:
    plan = entered()
    made = clause(plan)
    pending, nothing = look(made, plan, day("2026-06-04"))
    assert (pending.state, nothing) == ("pending", None)
    risky, nothing = look(made, late(plan, "2026-07-01"), TODAY)
    assert (risky.state, nothing) == ("at_risk", None)
    breached, told = look(pending, plan, day("2026-06-05"))
    assert isinstance(told, ClauseBreached)
    assert told.penalty is not None
    assert (breached.state, breached.version, told.happened, told.penalty.amount) == ("breached", 2, None, Decimal("240.00"))
    again, nothing = look(breached, late(plan, "2026-07-01"), day("2026-07-01"))
    assert (again, nothing) == (breached, None)
    kept, back = look(breached, delivered(plan, "2026-06-04"), day("2026-06-06"))
    assert isinstance(back, ClauseRecovered), "it was recorded a day later"
    assert (kept.state, kept.version, back.happened) == ("kept", 3, day("2026-06-04"))


def test_what_happened_in_time_is_kept_and_what_came_late_is_not() -> None:
    plan = entered()
    kept, nothing = look(clause(plan), delivered(plan, "2026-06-04"), day("2026-07-01"))
    assert (kept.state, nothing) == ("kept", None)
    breached, told = look(clause(plan), delivered(plan, "2026-06-12"), day("2026-06-12"))
    assert breached.state == "breached"
    assert told is not None
    assert told.happened == day("2026-06-12")


def test_it_is_due_some_days_after_a_milestone_wherever_that_moves() -> None:
    plan = entered()
    made = clause(plan, milestone="ARRIVE", due_on=None, due_after={"milestone": "DEPART", "days": 30}, grace_days=0)
    assert standing(made, plan).due == plan.at((None, "DEPART")).estimated + timedelta(days=30)
    moved = after(log(plan, delay_body(day("2026-05-05"), "DEPART")))
    assert standing(made, moved).due == day("2026-06-04")
    assert standing(made, moved).state == "pending"


def test_of_one_line_it_stands_by_that_line() -> None:
    plan = entered(line("1", shipment="SH-1"), line("2", shipment="SH-2"))
    slipped = after(log(plan, delay_body(day("2026-07-01"), "DELIVERED"), shipment="SH-2"))
    assert standing(clause(plan, line="1"), slipped).days_late == 0
    assert standing(clause(plan, line="2"), slipped).expected == day("2026-07-01")
    assert standing(clause(plan), slipped).expected == day("2026-07-01")


@pytest.mark.parametrize(
    ("changes", "worth", "field"),
    [
        ({"milestone": "MOON"}, WORTH, "milestone"),
        ({"due_on": None, "due_after": {"milestone": "MOON", "days": 1}}, WORTH, "due_after.milestone"),
        ({"due_on": day("2026-02-19")}, WORTH, "due_on"),
        ({"due_on": day("2036-06-01")}, WORTH, "due_on"),
        ({"due_on": None, "due_after": {"milestone": "ARRIVE", "days": -500}}, WORTH, "due_after.days"),
        ({"milestone": "DEPART", "due_on": None, "due_after": {"milestone": "DEPART", "days": 5}}, WORTH, "due_after.milestone"),
        ({"milestone": "DEPART", "due_on": None, "due_after": {"milestone": "ARRIVE", "days": 5}}, WORTH, "due_after.milestone"),
        ({"line": "9"}, WORTH, "line"),
        ({}, None, "value"),
    ],
)
def test_what_the_order_lacks_is_refused(changes: dict[str, Any], worth: Money | None, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        clause(replace(entered(), ordered_on=day("2026-02-20")), worth, **changes)
    assert [error.field for error in refused.value.errors] == [field]


@pytest.mark.parametrize(
    "changes",
    [
        {"due_on": None}, {"due_after": {"milestone": "DEPART", "days": 1}}, {"penalty": {}}, {"penalty": {"percent": "1"}},
        {"penalty": {**WEEKLY, "fixed": {"amount": "1", "currency": "USD"}}}, {"penalty": {"percent": "-1", "per": "day"}},
        {"penalty": {"fixed": {"amount": "0.5", "currency": "JPY"}}}, {"value": {"amount": "0.5", "currency": "JPY"}},
    ],
)  # fmt: skip
def test_a_clause_says_one_day_and_one_penalty_that_can_be_paid(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"due|penalty|percentage|greater|more decimals than JPY, which has none"):
        body(**changes)


def test_a_value_that_is_given_counts_before_the_worth() -> None:
    plan = entered()
    given_value = clause(plan, value={"amount": "100", "currency": "EUR"})
    assert penalty(given_value, 1) == Money(amount=Decimal("0.50"), currency="EUR")
    assert clause(plan, penalty=None).value is None


@pytest.mark.parametrize(
    ("currency", "costs", "fixed"),
    [("USD", "61.73", "900.00"), ("JPY", "62", "900"), ("KWD", "61.725", "900.000"), ("CLF", "61.7250", "900.0000")],
)
def test_a_penalty_is_rounded_to_what_the_currency_has(currency: str, costs: str, fixed: str) -> None:
    """And has all its digits, as a clause and in a simulation."""
    plan = entered()
    found = penalty(clause(plan, Money(amount=Decimal(12345), currency=currency)), 1)
    assert found is not None
    assert str(found.amount) == costs
    typed = clause(plan, penalty={"fixed": {"amount": "900", "currency": currency}}, due_on="2026-03-02")
    assert [str(one.amount) for one in ClauseTerm(typed).breaches(plan)] == [fixed]


def test_a_changed_clause_is_told_anew_and_a_closed_one_stands() -> None:
    plan = entered()
    breached, _ = look(clause(plan), plan, day("2026-06-05"))
    changed = change(breached, plan, body(grace_days=0), WORTH, NOW.date())
    assert (changed.state, changed.version, changed.keep_by) == ("pending", 3, date(2026, 6, 1))
    assert look(changed, plan, day("2026-06-05"))[1] is not None
    closed, _ = close(changed, plan, "settled", "ann", NOW)
    with pytest.raises(ClauseOver):
        change(closed, plan, body(), WORTH, NOW.date())


def test_a_clause_that_is_closed_before_it_was_looked_at_is_told_as_it_stands_first() -> None:
    plan = entered()
    over = datetime(2026, 6, 5, tzinfo=UTC)
    breached, (first, last) = close(clause(plan), plan, "settled", "ann", over)
    assert (type(first), type(last)) == (ClauseBreached, ClauseClosed)
    assert (breached.state, breached.version) == ("breached", 3)
    known, _ = look(clause(plan), plan, over.date())
    kept, (first, last) = close(known, delivered(plan, "2026-06-04"), "kept", "ann", over)
    assert (type(first), type(last)) == (ClauseRecovered, ClauseClosed), "what was recorded a moment ago takes the breach back"
    assert (kept.state, kept.version) == ("kept", 4)
    assert len(close(known, plan, "settled", "ann", over)[1]) == 1, "it was told before"
