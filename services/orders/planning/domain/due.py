"""When something is due that is asked for by a day, or by some days after a milestone. Pure."""

from collections.abc import Collection
from datetime import date, timedelta

from services.orders.fields import too_far
from services.orders.planning import words
from services.orders.planning.model import Node, Plan
from shared.contracts.due import DueAfter
from shared.contracts.text import Both
from shared.problems import FieldError

START = date.min
"""A today before any day: what is expected stands, and nothing is over."""


def due_day(plan: Plan, legs: Collection[str | None], due_on: date | None, due_after: DueAfter | None) -> date:
    """The day itself, or counted from the milestone in the last of the legs; one of both is given."""
    if due_after is None:
        assert due_on is not None  # it is due in one way or the other
        return due_on
    return max(node.estimated for node in nodes_of(plan, legs, due_after.milestone)) + timedelta(days=due_after.days)


def nodes_of(plan: Plan, legs: Collection[str | None], milestone: str) -> list[Node]:
    """A milestone in each of those legs."""
    return [node for node in plan.nodes if node.milestone == milestone and node.shipment in legs]


def unplanned(plan: Plan, where: str, milestone: str) -> list[FieldError]:
    """What is wrong with a milestone that a plan does not have."""
    if milestone in plan.network.index:
        return []
    return [FieldError(where, words.no_milestone(plan.number, milestone, plan.network.codes))]


def unplaced(plan: Plan, day: date) -> Both | None:
    """Why nothing of an order happened, was said or was due on a day: it was placed later."""
    return words.placed(plan.number, plan.ordered_on) if plan.ordered_on is not None and day < plan.ordered_on else None


def undue(plan: Plan, day: date, today: date) -> Both | None:
    """Why nothing of an order can be due on a day: it was placed later, or the day lies far beyond all that is expected of it."""
    if placed := unplaced(plan, day):
        return words.due_first(placed, day)
    return too_far(day, max([today, *(node.estimated for node in plan.nodes)]))


def misdue(
    plan: Plan, legs: Collection[str | None], where: str, due_on: date | None, due_after: DueAfter | None, today: date
) -> list[FieldError]:
    """What is wrong with when something is due: it hangs on what the plan does not have, or nothing of the order can be due then."""
    if due_after is not None and (errors := unplanned(plan, f"{where}due_after.milestone", due_after.milestone)):
        return errors
    why = undue(plan, due_day(plan, legs, due_on, due_after), today)
    return [FieldError(f"{where}due_on" if due_after is None else f"{where}due_after.days", why)] if why else []
