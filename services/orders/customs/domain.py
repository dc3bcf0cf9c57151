"""Rules of customs entries: what may follow on what, what a hold opens, and which milestones are met. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from services.orders.customs import words
from services.orders.customs.model import Entry, EntryBody, Hold
from services.orders.exceptions.domain import open_exception
from services.orders.exceptions.model import OpenException, OrderException, Place
from services.orders.fields import to_come, too_far
from services.orders.milestones.domain import Recorded, record
from services.orders.planning.domain.due import unplaced
from services.orders.planning.model import Plan
from shared.contracts.customs import CustomsState
from shared.contracts.text import Both
from shared.problems import Conflict, Invalid

DECLARED = "CST_DECL"
"""The milestone that a declaration meets; a release meets RELEASED."""
FOLLOWS: Mapping[CustomsState, tuple[CustomsState, ...]] = {
    "declared": ("inspected", "held", "released"),
    "inspected": ("inspected", "held", "released"),
    "held": ("inspected", "released"),
    "released": (),
}


class EntryElsewhere(Conflict):
    """This does not follow on where the entry is."""

    slug = "entry-elsewhere"
    title = Both("The customs entry is at another point", "该报关单不在此状态")


def require_declared(plans: Iterable[Plan], on: date, today: date) -> None:
    """Invalid for a day on which goods of these orders cannot have been declared: to come, years ago, or before one of them was placed."""
    first = (words.declared_first(placed, on) for plan in plans if (placed := unplaced(plan, on)))
    if why := to_come(on, today) or too_far(today, on) or next(first, None):
        raise Invalid(why, field="on")


def change(known: Entry, body: EntryBody) -> Entry:
    """What was said of it, corrected; also after the release."""
    return replace(known, **{name: getattr(body, name) for name in EntryBody.model_fields}, version=known.version + 1)


def inspect(known: Entry, on: date, note: str) -> Entry:
    return replace(_next(known, "inspected", on), inspected_on=on, note=note)


def hold(known: Entry, body: Hold, *, exception_id: UUID, by: str, now: datetime) -> tuple[Entry, OrderException]:
    """The entry that is held, and the exception it opens: customs answers for it until somebody finds another cause."""
    held = replace(_next(known, "held", body.on), held_on=body.on, note=body.reason, exception_id=exception_id)
    place = Place(known.order_id, known.shipment_id, known.shipment if known.shipment_id else None, known.orders, {})
    said = {"kind": "customs_hold", "severity": body.severity, "detected_on": body.on, "causes": [{"code": "CST-HOLD"}]}
    described = OpenException.model_validate({**said, "description": f"{known.number}: {body.reason}"[:2000]})
    return held, open_exception(place, described, exception_id=exception_id, by=by, now=now)


def release(known: Entry, on: date) -> Entry:
    return replace(_next(known, "released", on), released_on=on)


def legs_of(plan: Plan, entry: Entry) -> tuple[str | None, ...]:
    """The legs of an order in which lines of the entry travel now."""
    return tuple(dict.fromkeys(line.shipment for line in plan.lines if line.line in entry.lines[plan.order_id]))


def freed(plan: Plan, entry: Entry) -> Plan:
    """The plan as the entry itself does not hold it."""
    return replace(plan, detained=tuple(one for one in plan.detained if one.entry_id != entry.entry_id))


def meet(plans: Iterable[Plan], entry: Entry, milestone: str, on: date) -> list[Recorded]:
    """The milestone recorded for those orders of an entry that have it still before them, in one leg of each in which lines that were
    declared travel now. A plan may be without it; what is cancelled meets nothing.
    """
    found = []
    for plan in (freed(plan, entry) for plan in plans if plan.status != "cancelled"):
        keys = ((leg, milestone) for leg in legs_of(plan, entry))
        key = next((key for key in keys if plan.node(key) is not None and plan.passed(key) is None), None)
        if key is not None:
            found.append(record(plan, milestone, key[0], on))
    return found


def _next(known: Entry, state: CustomsState, on: date) -> Entry:
    if state not in FOLLOWS[known.state]:
        raise EntryElsewhere(words.elsewhere(known.state, state), state=known.state, follows=list(FOLLOWS[known.state]))
    last = max(day for day in (known.declared_on, known.inspected_on, known.held_on) if day is not None)
    if on < last:
        raise Invalid(words.before(known.state, last), field="on")
    return replace(known, state=state, version=known.version + 1)
