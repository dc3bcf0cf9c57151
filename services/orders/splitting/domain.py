"""Rules of splitting a line and joining it again: what may be, and what each part has of it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from services.orders.planning.model import Line, Plan
from services.orders.planning.words import delivered_on, gone_line
from services.orders.splitting import words
from services.orders.splitting.model import Joined, JoinLine, Known, Parted, SplitLine
from services.orders.words import all_of
from shared.contracts.legs import LineJoined, LineSplit, PromiseMade
from shared.contracts.money import rounded
from shared.contracts.text import Both
from shared.problems import Conflict, Invalid


class PromiseWaits(Conflict):
    """It would be granted for the rest of the line alone."""

    slug = "promise-waits"
    title = Both("A new promise of the line waits for approval", "该行的新交期正待审批")


class PartsDiffer(Conflict):
    """What was agreed or recorded of one since is not of the other."""

    slug = "parts-differ"
    title = Both("The parts have gone different ways", "各部分货物已分开运输")


def split(plan: Plan, lines: Mapping[str, Known], promises: Sequence[PromiseMade], body: SplitLine, currency: str | None) -> Parted | None:
    """The order with the part as a line of its own; None where that was done already. `promises` are those made of the line, in order."""
    line = _meant(plan, body.line, "line")
    known = lines[line.line]
    root = known.part_of or line.line
    if (there := lines.get(body.part)) is not None:
        if there.joined_into is not None:
            raise Invalid(words.joined(plan.number, body.part, there.joined_into), field="part")
        travels = not body.moves or there.told.shipment == body.shipment
        if there.part_of == root and there.told.quantity == body.quantity and travels:
            return None
        raise Invalid(words.exists(plan.number, body.part), field="part")
    whole = known.told
    if body.quantity >= whole.quantity:
        raise Invalid(words.too_much(plan.number, line.line, whole.quantity, whole.uom), field="quantity")
    if body.made is not None and body.made > body.quantity:
        raise Invalid(words.too_many_made(body.quantity, whole.uom), field="made")
    if body.in_stock is not None and body.in_stock > body.quantity:
        raise Invalid(words.too_many_in_stock(body.quantity, whole.uom), field="in_stock")
    amount = share(whole.amount, body.quantity, whole.quantity, currency)
    part = whole.model_copy(update={"line": body.part, "quantity": body.quantity, "amount": amount})
    left = whole.amount - amount if whole.amount is not None and amount is not None else None
    rest = whole.model_copy(update={"quantity": whole.quantity - body.quantity, "amount": left})
    event = LineSplit(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        line=line.line,
        quantity=rest.quantity,
        amount=rest.amount,
        part=part,
        promises=tuple(promises),
        estimated=line.estimated,
        reason=body.reason,
    )
    return Parted(replace(plan, lines=(*plan.lines, replace(line, line=body.part, part_of=root))), rest, event)


def join(plan: Plan, lines: Mapping[str, Known], body: JoinLine, apart: Sequence[Both]) -> Joined | None:
    """The line with its part; None where that was done already. `apart` is what keeps them from being one, as it was recorded."""
    gone = lines.get(body.part)
    if gone is not None and gone.joined_into == body.line:
        return None
    line, part = _meant(plan, body.line, "line"), _meant(plan, body.part, "part")
    if part.part_of is None or part.part_of not in (line.line, line.part_of) or part.line == line.line:
        raise Invalid(words.not_of(plan.number, part.line, line.line), field="part")
    if line.promised != part.promised:
        apart = [words.promised(line.line, line.promised, part.line, part.promised), *apart]
    if apart:
        raise PartsDiffer(all_of(apart), field="part")
    into, other = lines[line.line].told, lines[part.line].told
    worth = into.amount + other.amount if into.amount is not None and other.amount is not None else None
    whole = into.model_copy(update={"quantity": into.quantity + other.quantity, "amount": worth})
    event = LineJoined(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        line=line.line,
        quantity=whole.quantity,
        amount=whole.amount,
        part=part.line,
        reason=body.reason,
    )
    return Joined(whole, event)


def _meant(plan: Plan, number: str, field: str) -> Line:
    line = next((line for line in plan.lines if line.line == number), None)
    if line is None:
        raise Invalid(gone_line(plan.number, number), field=field)
    if line.delivered is not None:
        raise Invalid(delivered_on(plan.number, number, line.delivered), field=field)
    return line


def share(amount: Decimal | None, quantity: Decimal, whole: Decimal, currency: str | None) -> Decimal | None:
    """What a part of the quantity is worth, in whole minor units of the currency; never more than all of it."""
    return min(amount, rounded(amount * quantity / whole, currency or "")) if amount is not None else None
