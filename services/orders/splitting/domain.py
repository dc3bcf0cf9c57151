"""Rules of splitting a line: what may be split, and what each part has of it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from services.orders.planning.model import Line, Plan
from services.orders.splitting.model import Known, Parted, SplitLine
from shared.contracts.legs import LineSplit, PromiseMade
from shared.contracts.money import rounded
from shared.problems import Conflict, Invalid


class PromiseWaits(Conflict):
    """It would be granted for the rest of the line alone."""

    slug = "promise-waits"
    title = "A new promise of the line waits for approval"


def split(plan: Plan, lines: Mapping[str, Known], promises: Sequence[PromiseMade], body: SplitLine, currency: str | None) -> Parted | None:
    """The order with the part as a line of its own; None where that was done already. `promises` are those made of the line, in order."""
    line = _meant(plan, body)
    known = lines[line.line]
    root = known.part_of or line.line
    if (there := lines.get(body.part)) is not None:
        travels = "shipment" not in body.model_fields_set or there.told.shipment == body.shipment
        if there.part_of == root and there.told.quantity == body.quantity and travels:
            return None
        raise Invalid(f"order {plan.number} has a line {body.part} already", field="part")
    whole = known.told
    if body.quantity >= whole.quantity:
        left = f"line {line.line} of order {plan.number} has {whole.quantity} {whole.uom}"
        raise Invalid(f"{left}: less must go into a part; a whole line is moved", field="quantity")
    if body.made is not None and body.made > body.quantity:
        raise Invalid(f"{body.quantity} {whole.uom} go into the part: no more of them can be made", field="made")
    amount = share(whole.amount, body.quantity, whole.quantity, currency)
    part = whole.model_copy(update={"line": body.part, "quantity": body.quantity, "amount": amount})
    rest = whole.amount - amount if whole.amount is not None and amount is not None else None
    event = LineSplit(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        line=line.line,
        quantity=whole.quantity - body.quantity,
        amount=rest,
        part=part,
        promises=tuple(promises),
        estimated=line.estimated,
        reason=body.reason,
    )
    return Parted(replace(plan, lines=(*plan.lines, replace(line, line=body.part, part_of=root))), event)


def _meant(plan: Plan, body: SplitLine) -> Line:
    line = next((line for line in plan.lines if line.line == body.line), None)
    if line is None:
        raise Invalid(f"order {plan.number} has no line {body.line}, or it is cancelled", field="line")
    if line.delivered is not None:
        raise Invalid(f"line {body.line} of order {plan.number} was delivered on {line.delivered}", field="line")
    return line


def share(amount: Decimal | None, quantity: Decimal, whole: Decimal, currency: str | None) -> Decimal | None:
    """What a part of the quantity is worth, in whole minor units of the currency; never more than all of it."""
    return min(amount, rounded(amount * quantity / whole, currency or "")) if amount is not None else None
