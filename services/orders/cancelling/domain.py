"""Rules of cancelling: what may be cancelled, what becomes of the rest of the order, and what is told. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.orders.cancelling.model import Cancel, Gone
from services.orders.materials.model import Material
from services.orders.milestones.domain import delays_over
from services.orders.planning.domain import compare, goods_left, settle, told
from services.orders.planning.model import Line, OpenDelay, Plan, Settled
from services.orders.planning.words import happened_in
from services.orders.shipments.domain import Underway, open_lines, reached_without
from shared.contracts.cancellations import LinesCancelled, OpenPurchase, OrderCancelled
from shared.contracts.event import Event
from shared.contracts.orders import DelayClosed
from shared.contracts.text import Both
from shared.problems import Conflict


class NothingToCancel(Conflict):
    """Every line is delivered."""

    slug = "nothing-to-cancel"
    title = Both("Nothing of the order is still to be delivered", "订单已全部交货")


@dataclass(frozen=True, slots=True)
class Cancelled:
    """One order after it; `freed` are the delays that hold it no more, `purchases` those that are open for what is cancelled."""

    settled: Settled
    gone: Gone
    freed: tuple[OpenDelay, ...]
    purchases: tuple[OpenPurchase, ...]


def cancel(plan: Plan, body: Cancel, today: date, materials: Sequence[Material] = ()) -> Cancelled:
    """The order without these lines; where none is left it is cancelled itself, and everything of it stays as it was. `materials` are all
    that it waits for.

    Underway where the goods of one have left: what becomes of them is said by an exception.
    """
    meant = _meant(plan, body.lines)
    for leg in sorted({line.shipment for line in meant}, key=str):
        if (gone := goods_left(plan, leg)) is not None:
            left = happened_in(plan.number, gone.milestone, leg, gone.actual)
            raise Underway(
                Both(f"{left}: open an exception for goods that are on their way", f"{left.zh}，货物已在途，请登记异常"), field="lines"
            )
    numbers = tuple(line.line for line in meant)
    if len(numbers) == len(plan.lines):
        return _whole(plan, numbers, body, today, _purchases(materials))
    return _part(plan, numbers, body, today, materials)


def _purchases(materials: Sequence[Material]) -> tuple[OpenPurchase, ...]:
    return tuple(
        OpenPurchase(material_id=one.material_id, material=one.material, supplier=one.supplier, po_number=one.po_number)
        for one in materials
        if one.state == "ordered" and one.po_number is not None
    )


def _meant(plan: Plan, wanted: Sequence[str] | None) -> list[Line]:
    found = open_lines(plan, wanted) if wanted else [line for line in plan.lines if line.delivered is None]
    if not found:
        raise NothingToCancel(Both(f"order {plan.number} is delivered", f"订单 {plan.number} 已全部交货"))
    return found


def _whole(plan: Plan, lines: tuple[str, ...], body: Cancel, today: date, purchases: tuple[OpenPurchase, ...]) -> Cancelled:
    event = OrderCancelled(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        lines=lines,
        asked_by=body.asked_by,
        reason=body.reason,
        purchases=purchases,
    )
    events = (event, *_closed(plan.delays, today))
    after = replace(plan, status="cancelled", delays=())
    gone = Gone(plan, True, frozenset(lines), frozenset(lines), frozenset(plan.legs()), body.reason)
    return Cancelled(Settled(plan, after, compare(plan, after), events), gone, plan.delays, purchases)


def _part(plan: Plan, lines: tuple[str, ...], body: Cancel, today: date, materials: Sequence[Material]) -> Cancelled:
    rest = tuple(line for line in plan.lines if line.line not in lines)
    over = _over(plan, lines, rest)
    purchases = _purchases([one for one in materials if one.line in over])
    legs = {line.shipment for line in rest}
    ended = tuple(leg for leg in plan.legs() if leg not in legs)
    left = replace(
        plan,
        lines=rest,
        nodes=tuple(node for node in plan.nodes if node.shipment in legs),
        delays=tuple(delay for delay in plan.delays if delay.shipment in legs),
    )
    achieved = reached_without(left)
    after = settle(left.dated({(one.shipment, one.milestone): one.actual for one in achieved}))
    freed = (*(delay for delay in plan.delays if delay.shipment not in legs), *delays_over(left, after))
    moves = compare(left, after)
    event = LinesCancelled(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        lines=lines,
        ended=ended,
        asked_by=body.asked_by,
        reason=body.reason,
        purchases=purchases,
    )
    events = (event, *achieved, *told(left, moves, "lines_cancelled"), *_closed(freed, today))
    gone = Gone(plan, False, frozenset(lines), over, frozenset(ended), body.reason)
    return Cancelled(Settled(left, after, moves, events), gone, freed, purchases)


def _over(plan: Plan, lines: Sequence[str], rest: Sequence[Line]) -> frozenset[str]:
    """The lines of which nothing is left, with those that were split into what is cancelled: what is said of a line is of its parts."""
    left = {number for line in rest for number in (line.line, line.part_of)}
    touched = {number for line in plan.lines if line.line in lines for number in (line.line, line.part_of) if number is not None}
    return frozenset(touched - left)


def _closed(delays: Sequence[OpenDelay], today: date) -> tuple[Event, ...]:
    """Those of its own; others are closed with the last of their orders."""
    return tuple(DelayClosed(delay_id=delay.delay_id, closed_on=today) for delay in delays if not delay.shared)
