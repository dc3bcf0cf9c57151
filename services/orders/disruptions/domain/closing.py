"""What closed days move in an order. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from services.orders.planning.domain import recount, settle
from services.orders.planning.model import Plan
from shared.calendars import WorkCalendar
from shared.contracts.orders import MovedNode

Worked = Mapping[str, WorkCalendar]
"""The calendar of which it says that days are closed, as if they were worked: by these days its orders are late."""


def moved(plan: Plan, closed: Mapping[str, WorkCalendar]) -> list[MovedNode]:
    """What is later with those days closed, by the day on which it was expected."""
    settled = recount(settle(plan), "calendar_changed", closed)
    later = [node for node in settled.moves.nodes if node.after > node.before] if settled is not None else []
    return sorted(later, key=lambda node: (node.before, plan.at((node.shipment, node.milestone)).position))


def moved_since(plan: Plan, worked: Worked) -> list[MovedNode]:
    """What is later as the calendar is closed already, and was `worked`."""
    closed = {code: plan.calendars[code] for code in worked if code in plan.calendars}
    return moved(replace(plan, calendars={**plan.calendars, **worked}), closed) if closed else []
