"""Rules of new orders and lines: what stands in the way, and the plan that follows. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.orders.calendars.domain import Parties
from services.orders.fields import RESERVED, gone_by, not_soon, to_come, too_far
from services.orders.orders import words
from services.orders.orders.domain.happened import actual_days, actual_errors, require_aboard, require_gated, require_unmade
from services.orders.orders.model import Decided, Existing, Known, NewLine, NewOrder, Source
from services.orders.planning.domain import as_shown, brought_forward, estimate, plan_leg, settle, sooner
from services.orders.planning.model import Key, Line, Node, OpenDelay, Plan
from services.orders.planning.words import no_shipment, over, twice
from services.orders.shipments.domain import as_said, sailing_with
from services.orders.templates.domain import Network, fitting
from services.orders.templates.words import no_point, no_template
from services.orders.words import no_customer, no_supplier
from shared.contracts.orders import LinesAdded, OrderCreated
from shared.contracts.text import Both
from shared.problems import FieldError


def decide(order: NewOrder, known: Known, *, order_id: UUID, source: Source, today: date) -> Decided:
    """Create `order`, or give an order of that number the lines it lacks. `order_id` is used for a new one.

    What is typed in begins today, has met the gates before what has happened (GateClosed), and joins no goods that are further: Underway,
    Apart. An import takes over order books as they were, promises that have passed and all.
    """
    existing = known.orders.get(order.number)
    return _extend(order, existing, known, source, today) if existing else _create(order, known, order_id, source, today)


def _create(order: NewOrder, known: Known, order_id: UUID, source: Source, today: date) -> Decided:
    errors = [*_header_errors(order, known), *_line_errors(order.lines, known), *_repeated(order.lines)]
    errors += [error for index, line in enumerate(order.lines) for error in line.too_fine(index, order.currency)]
    errors += _order_days(order, today) if source == "api" else []
    if errors:
        return Decided(order.number, errors=tuple(errors))
    order = order if source == "import" else _placed(order, today)
    (network,) = candidates(order, known)
    point = order.delivery_point or network.template.point_for(order.incoterm)
    customer_id = known.customers[order.customer]
    legs = {line.shipment: None for line in order.lines}
    nodes = {shipment: _leg(network, point, shipment, order.lines, known.countries.get(order.customer), known, source) for shipment in legs}
    errors = actual_errors(order.actuals, nodes, point)
    if errors:
        return Decided(order.number, errors=tuple(errors))
    happened = {(actual.shipment, actual.milestone): actual.date for actual in order.actuals}
    chain = tuple(replace(node, actual=happened.get(node.key, node.actual)) for leg in nodes.values() for node in leg)
    lines = tuple(Line(line.line, line.shipment, line.promised, line.promised, line.delivered) for line in order.lines)
    entered = Plan(order_id, order.number, customer_id, point, "open", 0, lines, chain, network, known.calendars.days, today=today)
    entered = replace(entered, ordered_on=order.ordered_on) if source == "api" else replace(entered, taken_over=True)
    errors = actual_days(order.actuals, entered, today) if source == "api" else []
    if errors:
        return Decided(order.number, errors=tuple(errors))
    if source == "api":
        require_gated(order.actuals, entered)
        require_aboard(order.lines, entered, known)
    for leg in legs:
        entered = as_shown(entered, leg)
    aboard, held = _aboard(entered, legs, known)
    plan = _first(settle(aboard), {})
    order = _delivered(order, plan)
    shown_by = {line.line: line.shown_by for line in plan.lines}
    event = OrderCreated(
        order_id=order_id,
        number=order.number,
        customer_id=plan.customer_id,
        customer_code=order.customer,
        customer_po=order.customer_po,
        trade_type=order.trade_type,
        incoterm=order.incoterm,
        named_place=order.named_place,
        delivery_point=point,
        currency=order.currency,
        ordered_on=order.ordered_on,
        template=network.template.code,
        urgent=order.urgent,
        source=source,
        lines=tuple(line.told(shown_by[line.line]) for line in order.lines),
        plan=tuple(node.told() for node in plan.nodes),
    )
    return Decided(order.number, None, plan, order, order.lines, plan.nodes, held, event)


def _placed(order: NewOrder, today: date) -> NewOrder:
    """An order that is typed in with its day: that of its entry, or the first on which something of it had happened by then."""
    happened = (*(line.delivered for line in order.lines), *(actual.date for actual in order.actuals))
    return order.model_copy(update={"ordered_on": order.ordered_on or min(filter(None, (today, *happened)))})


def _delivered(order: NewOrder, plan: Plan) -> NewOrder:
    """An order with what its plan shows to be delivered, because it is on its way."""
    days = {line.line: line.delivered for line in plan.lines}
    return order.model_copy(update={"lines": tuple(line.model_copy(update={"delivered": days[line.line]}) for line in order.lines)})


def _extend(order: NewOrder, existing: Existing, known: Known, source: Source, today: date) -> Decided:
    differing = [
        FieldError(name, words.differs(order.number, name, value, given))
        for name, value in existing.header.items()
        if (given := getattr(order, name)) is not None and given != value
    ]
    if differing:
        return Decided(order.number, errors=tuple(differing))
    return add_lines(order.lines, existing, known, source, today)


def add_lines(lines: Sequence[NewLine], existing: Existing, known: Known, source: Source, today: date) -> Decided:
    """Give an order the lines it lacks. A line that stands there as given is unchanged; refused lines do not stop the others.

    Underway or Apart where one that is typed in would join goods that are further.
    """
    before, currency = existing.plan, existing.header["currency"]
    achieved = {node.shipment for node in before.nodes if node.milestone == before.delivery_point and node.actual is not None}
    errors = [*_line_errors(lines, known), *_repeated(lines)]
    new, unchanged = [], []
    for index, line in enumerate(lines):
        if old := existing.lines.get(line.line):
            differs = old.difference(line)
            if differs:
                errors.append(FieldError(f"lines.{index}.{differs[0]}", differs[1]))
            else:
                unchanged.append(line.line)
        elif before.status == "cancelled":
            errors.append(FieldError(f"lines.{index}.line", over(before.number, before.status)))
        elif line.shipment in achieved and line.delivered is None:
            errors.append(FieldError(f"lines.{index}.shipment", words.leg_delivered(before.number, line.shipment)))
        elif wrong := line.too_fine(index, currency) + (_line_days(index, line, before.ordered_on, today) if source == "api" else []):
            errors += wrong
        elif not any(error.field.startswith(f"lines.{index}.") for error in errors):
            new.append(line)
    if not new:
        return Decided(before.number, unchanged=tuple(unchanged), errors=tuple(errors))
    if source == "api" and not errors:
        require_unmade(lines, new, before, known)
    decided = _added(tuple(new), existing, known, source)
    return replace(decided, unchanged=tuple(unchanged), errors=tuple(errors))


def _added(new: tuple[NewLine, ...], existing: Existing, known: Known, source: Source) -> Decided:
    before, point = existing.plan, existing.plan.delivery_point
    legs = {line.shipment: None for line in new if line.shipment not in before.legs()}
    chain = tuple(node for leg in legs for node in _leg(before.network, point, leg, new, existing.country, known, source))
    before = replace(before, calendars={**before.calendars, **known.calendars.days})
    aboard, held = _aboard(replace(before, lines=(), nodes=chain, delays=()), legs, known)
    fresh = _first(settle(aboard), existing.counted)
    expected = estimate(replace(before, nodes=(*before.nodes, *fresh.nodes), delays=(*before.delays, *held)))
    added = tuple(
        Line(line.line, line.shipment, line.promised, line.delivered or expected[(line.shipment, point)].day, line.delivered)
        for line in new
    )
    travel = {leg: how for leg in legs if leg is not None and (how := known.shipments[leg].transport) is not None}
    entered = replace(before, lines=(*before.lines, *added), transports={**before.transports, **travel})
    nodes, delays, earlier = (*before.nodes, *fresh.nodes), (*before.delays, *held), fresh.earlier_delays
    after = settle(replace(entered, nodes=nodes, delays=delays, earlier_delays=earlier))
    event = LinesAdded(
        order_id=before.order_id,
        source=source,
        lines=tuple(line.told() for line in new),
        plan=tuple(node.told() for node in fresh.nodes),
    )
    joined = sooner(before, added)
    replanned = brought_forward(after, joined, event) if joined else None
    return Decided(before.number, before, after, None, new, fresh.nodes, held, event, replanned)


def _leg(
    network: Network, point: str, shipment: str | None, lines: Sequence[NewLine], country: str | None, known: Known, source: Source
) -> tuple[Node, ...]:
    own = [line for line in lines if line.shipment == shipment]
    delivered = [line.delivered for line in own if line.delivered is not None]
    actual = max(delivered) if len(delivered) == len(own) else None
    suppliers = tuple(dict.fromkeys(line.supplier for line in own if line.supplier is not None))
    parties = Parties(suppliers, known.carrier(shipment), country)
    chosen = known.calendars.choose(network, parties)
    promise = min(line.promised for line in own)
    leg = plan_leg(network, chosen, known.calendars.days, point=point, shipment=shipment, promise=promise)
    if actual is None:
        return leg
    # Nobody is asked to record what came after a delivery that is taken over from a file.
    at = network.index[point]
    kept = -1 if source == "api" else network.earlier[at] | 1 << at
    return tuple(replace(node, actual=actual if node.position == at else None, followed=bool(kept >> node.position & 1)) for node in leg)


def _aboard(plan: Plan, legs: Iterable[str | None], known: Known) -> tuple[Plan, tuple[OpenDelay, ...]]:
    """The plan with its new legs as they travel: held by the open delays of their shipments and of the vessels of these, and with what the
    carriers say of them; and those delays.
    """
    held: tuple[OpenDelay, ...] = ()
    for shipment in legs:
        if shipment is not None:
            sailing = known.shipments[shipment]
            # Each as if it were the only one: goods that are new have no day that they keep on the vessel.
            alone, joined = sailing_with(replace(plan, delays=()), shipment, sailing)
            held += joined
            plan = as_said(replace(alone, delays=held), shipment, sailing)
    return plan, held


def _first(plan: Plan, counted: Mapping[Key, int]) -> Plan:
    """A plan just made: its estimates are the first ones, nothing has moved yet. A leg that was there before counts on."""
    nodes = tuple(replace(node, revision=counted.get(node.key, 0)) for node in plan.nodes)
    lines = tuple(replace(line, estimate_revision=0) for line in plan.lines)
    return replace(plan, nodes=nodes, lines=lines)


def _header_errors(order: NewOrder, known: Known) -> list[FieldError]:
    errors = []
    if order.number in RESERVED:
        errors.append(FieldError("number", words.reserved(order.number)))
    if order.customer not in known.customers:
        errors.append(FieldError("customer", no_customer(order.customer)))
    found = candidates(order, known)
    if len(found) == 1:
        errors.extend(_template_errors(order, found[0]))
    elif (named := order.template) is not None:
        gone = words.retired(named, why) if (why := known.retired.get(named)) else no_template(named)
        errors.append(FieldError("template", words.instead(gone, known.templates)))
    else:
        errors.append(FieldError("template", words.choose(network.template.code for network in found)))
    return errors


def candidates(order: NewOrder, known: Known) -> tuple[Network, ...]:
    """The template that the order names, or those that fit it best; an order needs exactly one."""
    if order.template is not None:
        return tuple(network for code, network in known.templates.items() if code == order.template)
    return fitting(known.templates.values(), order.trade_type, order.route, order.mode, order.urgent)


def _template_errors(order: NewOrder, network: Network) -> list[FieldError]:
    template, point = network.template, order.delivery_point
    errors = []
    if template.trade_types and order.trade_type not in template.trade_types:
        errors.append(FieldError("template", words.only_for_orders(template.code, template.trade_types)))
    for name, given, wanted in (("route", order.route, template.routes), ("mode", order.mode, template.modes)):
        if wanted and given is not None and given not in wanted:
            errors.append(FieldError(name, words.only_for(template.code, wanted, given)))
    if point is not None and point not in network.index:
        errors.append(FieldError("delivery_point", no_point(template.code, point, network.codes)))
    elif point is not None and (undated := network.undated(point)):
        errors.append(FieldError("delivery_point", words.undated(point, undated)))
    return errors


def _line_errors(lines: Sequence[NewLine], known: Known) -> list[FieldError]:
    errors = []
    for index, line in enumerate(lines):
        if line.supplier is not None and line.supplier not in known.suppliers:
            errors.append(FieldError(f"lines.{index}.supplier", no_supplier(line.supplier)))
        if line.shipment is not None and line.shipment not in known.shipments:
            errors.append(FieldError(f"lines.{index}.shipment", no_shipment(line.shipment)))
    return errors


def _order_days(order: NewOrder, today: date) -> list[FieldError]:
    """Days of a new order that cannot be: it was placed by now and no years ago, by what has happened where nobody says when; what was
    asked for and promised is still to come.
    """
    placed = order.ordered_on
    errors = [FieldError("ordered_on", why)] if placed is not None and (why := to_come(placed, today) or too_far(today, placed)) else []
    if placed is None:
        happened = ((index, too_far(today, actual.date)) for index, actual in enumerate(order.actuals))
        errors += [FieldError(f"actuals.{index}.date", why) for index, why in happened if why]
    return errors + [error for index, line in enumerate(order.lines) for error in _line_days(index, line, placed, today)]


def _line_days(index: int, line: NewLine, placed: date | None, today: date) -> list[FieldError]:
    reasons: dict[str, Both | None] = {"requested": None, "promised": None, "delivered": None}
    if line.delivered is not None:
        reasons["delivered"] = to_come(line.delivered, today) or (too_far(today, line.delivered) if placed is None else None)
    else:
        reasons["promised"] = not_soon(line.promised, today)
        if line.requested is not None:
            reasons["requested"] = gone_by(line.requested, today) or too_far(line.requested, max(today, line.promised))
    if placed is not None:
        reasons = {
            name: why or (words.before_the_order(day, placed) if (day := getattr(line, name)) and day < placed else None)
            for name, why in reasons.items()
        }
    return [FieldError(f"lines.{index}.{name}", why) for name, why in reasons.items() if why]


def _repeated(lines: Sequence[NewLine]) -> list[FieldError]:
    first: dict[str, int] = {}
    return [
        FieldError(f"lines.{index}.line", twice(line.line))
        for index, line in enumerate(lines)
        if first.setdefault(line.line, index) != index
    ]
