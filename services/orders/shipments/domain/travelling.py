"""What of a shipment is on its way, who travels in it, and when it can arrive. Pure."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID, uuid5

from services.orders.estimates.domain import carriers_words, said_now, state_all
from services.orders.planning.model import ARRIVE, DEPART, Line, OpenDelay, Plan, Settled
from services.orders.planning.words import delivered_on, gone_line, twice
from services.orders.shipments import words
from shared.contracts.shipments import Transport
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, Invalid, require_none

Leg = str | None


class Underway(Conflict):
    """Goods that are on their way stay in their shipment, and none join them."""

    slug = "shipment-underway"
    title = Both("The shipment has left", "货物已发运")


class Apart(Conflict):
    """The lines cannot share a leg: what has happened to the others has not happened to these, or both are delayed at one milestone."""

    slug = "legs-differ"
    title = Both("The lines cannot travel as one leg", "这些订单行不能合并出运")


class Elsewhere(Conflict):
    """Its lines changed their shipments while this was asked: look again."""

    slug = "lines-elsewhere"
    title = Both("The lines travel in other shipments now", "这些行已改走其他出运批次")


class NothingToMerge(Conflict):
    """Nothing that is still to be delivered travels in it: it was empty, or was merged before."""

    slug = "nothing-to-merge"
    title = Both("The shipment has nothing to merge", "该批次没有可合并的货物")


def check_locked(plan: Plan, locked: Container[Leg], lines: Container[str] | None = None) -> None:
    """Elsewhere where the order's lines, all or those, travel in a shipment that was not theirs when the shipments were `locked`."""
    meant = plan.lines if lines is None else [line for line in plan.lines if line.line in lines]
    if any(line.shipment not in locked for line in meant if line.shipment is not None):
        raise Elsewhere(words.moved_meanwhile(plan.number))


def require_arrival(plans: Sequence[Plan], shipment: str, days: Mapping[str, date | None], stood: date | None, field: str = "eta") -> None:
    """Invalid for an arrival before goods that have departed did, or before the carrier's departure; where he says none with it, before the
    one that `stood` and before any is expected. `plans` are those of the shipment with his `days`. Goods that are not ready for his vessel
    arrive with a later one.
    """
    eta, left = days.get(ARRIVE), (shipment, DEPART)
    if eta is None:
        return
    departs = [node for plan in plans if (node := plan.node(left)) is not None and plan.passed((shipment, ARRIVE)) is None]
    gone = [node.actual for node in departs if node.actual is not None]
    departed = max(gone, default=days.get(DEPART))
    if departed is not None:
        if departed > eta:
            raise Invalid(words.before_departure(eta, departed), field=field)
        return
    expected = max([day for day in (stood, min((node.estimated for node in departs), default=None)) if day is not None], default=eta)
    if eta < expected:
        raise Invalid(words.before_expected_departure(eta, expected), field=field)


def say_schedule(
    plans: Sequence[Plan], shipment: str, days: Mapping[str, date | None], at: datetime, departs: date | None, stood: date | None = None
) -> list[Settled | None]:
    """What the carrier's days, as words on every leg of a shipment, move of each order, its arrival as of a vessel that `departs` then, in
    place of a departure that `stood`; None where nothing. Invalid for an arrival that cannot be.
    """
    words = [said_now(plan, carriers_words(plan, shipment, days, at, departs)) for plan in plans]
    said = [state_all(plan, own, of="shipment") for plan, own in zip(plans, words, strict=True)]
    require_arrival([one.after if one else plan for one, plan in zip(said, plans, strict=True)], shipment, days, stood)
    return said


def held_by(delay: OpenDelay, order_id: UUID, brought: str, ordinal: int) -> OpenDelay:
    """A delay of a shipment as it holds a leg that is new in it. A disruption has each that comes later under a delay of its own, by what
    `brought` it: the same order may come again.
    """
    if delay.disruption_id is None:
        return replace(delay, ordinal=ordinal)
    return replace(delay, delay_id=uuid5(delay.disruption_id, f"{order_id} {delay.shipment} {brought}"), ordinal=ordinal)


def travelling(plan: Plan, shipment: str, transport: Transport) -> Plan:
    """The plan with its shipment travelling so."""
    return replace(plan, transports={**plan.transports, shipment: transport})


def lines_in(plan: Plan, shipment: str, wanted: Sequence[str] | None) -> tuple[str, ...]:
    """The lines of the order that are meant: those wanted, or all in the shipment that are still to be delivered."""
    inside = plan.lines_of(shipment)
    if wanted is None:
        return tuple(line.line for line in inside if line.delivered is None)
    if missing := [number for number in wanted if number not in {line.line for line in inside}]:
        raise Invalid(words.not_inside(plan.number, missing[0], shipment), field="orders")
    return tuple(wanted)


def open_lines(plan: Plan, named: Sequence[str]) -> list[Line]:
    """The lines that are named under `lines`, each to be delivered yet; Invalid names each that is not, or is given twice."""
    known = {line.line: line for line in plan.lines}
    errors = []
    for index, number in enumerate(named):
        if number not in known:
            errors.append(FieldError(f"lines.{index}", gone_line(plan.number, number)))
        elif number in named[:index]:
            errors.append(FieldError(f"lines.{index}", twice(number)))
        elif (day := known[number].delivered) is not None:
            errors.append(FieldError(f"lines.{index}", delivered_on(plan.number, number, day)))
    require_none(errors)
    return [known[number] for number in named]
