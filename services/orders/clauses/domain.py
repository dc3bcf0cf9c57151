"""Rules of contract clauses: when one is due, how it stands on a plan, and what its lateness costs. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.orders.clauses import words
from services.orders.clauses.model import Clause, ClauseBody, ClauseState, Standing
from services.orders.fields import in_full
from services.orders.planning.domain.deadlines import Breach
from services.orders.planning.domain.due import START, due_day, misdue, nodes_of, unplanned
from services.orders.planning.model import Plan
from services.orders.planning.words import unknown_line
from services.orders.words import closed
from shared.contracts.approvals import Money
from shared.contracts.clauses import ClauseBreached, ClauseClosed, ClauseRecovered
from shared.contracts.event import Event
from shared.contracts.money import rounded
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, require_none

DAYS_OF_WEEK = 7


class ClauseOver(Conflict):
    """The clause was closed."""

    slug = "clause-over"
    title = Both("The clause is closed", "条款已关闭")


def agree(plan: Plan, body: ClauseBody, worth: Money | None, *, clause_id: UUID, by: str, now: datetime) -> Clause:
    """A new clause of an order. `worth` is what its line, or the whole order, is worth, as far as that is known."""
    _check(plan, body, worth, now.date())
    made = Clause(
        clause_id=clause_id,
        order_id=plan.order_id,
        order=plan.number,
        customer_id=plan.customer_id,
        **_said(body, worth),
        status="open",
        state="pending",
        keep_by=START,
        entered_by=by,
        entered_at=now,
        closed_by=None,
        closed_at=None,
        outcome=None,
        stood=None,
        version=1,
    )
    return _pending(made, plan)


def change(known: Clause, plan: Plan, body: ClauseBody, worth: Money | None, today: date) -> Clause:
    """The clause with another wording; a breach of it is told anew."""
    _check(plan, body, worth, today)
    return _pending(replace(_next(known), **_said(body, worth)), plan)


def close(known: Clause, plan: Plan, outcome: str, by: str, now: datetime) -> tuple[Clause, list[Event]]:
    """The clause as it stands now, and from now on; and what is to be told: before its end also how it stands, where that was not yet."""
    found, stands_so = look(_next(known), plan, now.date())
    over = replace(found, status="closed", closed_by=by, closed_at=now, outcome=outcome, stood=standing(known, plan, now.date()))
    ended = ClauseClosed(clause_id=known.clause_id, order_id=known.order_id, outcome=outcome)
    return over, [ended] if stands_so is None else [stands_so, ended]


def _next(known: Clause) -> Clause:
    if known.status != "open":
        raise ClauseOver(closed(known.closed_by))
    return replace(known, version=known.version + 1)


def _pending(clause: Clause, plan: Plan) -> Clause:
    return replace(clause, state="pending", keep_by=standing(clause, plan).keep_by)


def _said(body: ClauseBody, worth: Money | None) -> dict[str, Any]:
    said = {name: getattr(body, name) for name in ClauseBody.model_fields}
    needs_value = body.penalty is not None and body.penalty.percent is not None
    return {**said, "value": (body.value or worth) if needs_value else body.value}


def _check(plan: Plan, body: ClauseBody, worth: Money | None, today: date) -> None:
    errors = unplanned(plan, "milestone", body.milestone)
    errors += _due_errors(plan, body, today)
    if body.line is not None and body.line not in {line.line for line in plan.lines}:
        errors.append(FieldError("line", unknown_line(plan.number, body.line)))
    if body.penalty is not None and body.penalty.percent is not None and body.value is None and worth is None:
        errors.append(FieldError("value", words.OF_WHAT))
    require_none(errors)


def _due_errors(plan: Plan, body: ClauseBody, today: date) -> list[FieldError]:
    """It is due neither before the order nor years after, nor by what cannot come before its own milestone: that could never be broken."""
    if errors := misdue(plan, _legs(body.line, plan), "", body.due_on, body.due_after, today):
        return errors
    if body.due_after is not None and body.milestone in plan.network.index:
        after = body.due_after.milestone
        at, other = plan.network.index[body.milestone], plan.network.index[after]
        if at == other or (body.due_after.days >= 0 and plan.network.later[at] >> other & 1):
            return [FieldError("due_after.milestone", words.never_broken(after, body.milestone))]
    return []


def standing(clause: Clause, plan: Plan, today: date = START) -> Standing:
    """How the clause stands: by what has happened, by what is expected, and by what has not happened until `today`."""
    due = due_day(plan, _legs(clause.line, plan), clause.due_on, clause.due_after)
    keep_by = due + timedelta(days=clause.grace_days)
    expected, happened = _expected(clause, plan)
    late_so_far = _late(happened or today, keep_by)
    late = _late(happened or max(expected, today), keep_by)
    return Standing(
        due=due,
        keep_by=keep_by,
        expected=expected,
        happened=happened,
        state=_state(late_so_far, late, happened),
        days_late=late,
        penalty_so_far=penalty(clause, late_so_far),
        penalty_expected=penalty(clause, late),
    )


def stands(clause: Clause, plan: Plan, today: date) -> Standing:
    """How the clause stands today. One that is closed stands as it did then, whatever its order does; of those that were closed before
    that was kept at least the clock stands still."""
    return clause.stood or standing(clause, plan, clause.closed_at.date() if clause.closed_at else today)


def penalty(clause: Clause, days_late: int) -> Money | None:
    """What so many days cost; null where nothing is agreed. A week counts when it has begun."""
    terms = clause.penalty
    if terms is None:
        return None
    if terms.fixed is not None:
        return in_full(terms.fixed if days_late else _money(terms.fixed, Decimal(0)))
    assert terms.percent is not None  # it is the one or the other
    assert clause.value is not None  # a percentage is of a value
    units = days_late if terms.per == "day" else -(-days_late // DAYS_OF_WEEK)
    percent = min(terms.percent * units, terms.cap_percent or Decimal(100))
    return _money(clause.value, rounded(clause.value.amount * percent / 100, clause.value.currency))


def _money(money: Money, amount: Decimal) -> Money:
    return Money(amount=amount, currency=money.currency)


def _late(day: date, keep_by: date) -> int:
    return max((day - keep_by).days, 0)


def _state(late_so_far: int, late: int, happened: date | None) -> ClauseState:
    if late_so_far:
        return "breached"
    if happened is not None:
        return "kept"
    return "at_risk" if late else "pending"


def _expected(clause: Clause, plan: Plan) -> tuple[date, date | None]:
    """When the milestone is expected in the last of the legs, and when it happened in all of them. A line is delivered by itself."""
    lines = [line for line in plan.lines if line.is_of(clause.line)] if clause.line is not None else []
    if lines and clause.milestone == plan.delivery_point:
        delivered = [line.delivered for line in lines if line.delivered is not None]
        return max(line.estimated for line in lines), max(delivered) if len(delivered) == len(lines) else None
    nodes = nodes_of(plan, _legs(clause.line, plan), clause.milestone)
    expected = max(node.estimated for node in nodes)
    return expected, expected if all(plan.passed(node.key) is not None for node in nodes) else None


def _legs(number: str | None, plan: Plan) -> set[str | None]:
    """Those of a line with its parts, or of the order; of a line that is cancelled, too."""
    return {line.shipment for line in plan.lines if number is None or line.is_of(number)} or set(plan.legs())


@dataclass(frozen=True, slots=True)
class ClauseTerm:
    """A clause as a term of its order: its day, where a plan misses it, with the penalty."""

    clause: Clause

    def breaches(self, plan: Plan) -> Iterator[Breach]:
        found = standing(self.clause, plan)
        if found.days_late:
            yield Breach(
                kind="clause",
                term=self.clause.reference,
                shipment=None,
                line=self.clause.line,
                deadline=found.keep_by,
                would_be=found.expected,
                amount=found.penalty_expected.amount if found.penalty_expected else None,
                currency=found.penalty_expected.currency if found.penalty_expected else None,
            )


def look(clause: Clause, plan: Plan, today: date) -> tuple[Clause, ClauseBreached | ClauseRecovered | None]:
    """The clause as it stands today, and what is to be told: that it is found not to be kept, or not to be breached after all."""
    found = standing(clause, plan, today)
    now = replace(clause, state=found.state, keep_by=found.keep_by)
    if (found.state == "breached") == (clause.state == "breached"):
        return now, None
    told: dict[str, Any] = {"clause": clause.told(), "due": found.due, "happened": found.happened}
    event = ClauseBreached(**told, penalty=found.penalty_so_far) if found.state == "breached" else ClauseRecovered(**told)
    return replace(now, version=clause.version + 1), event
