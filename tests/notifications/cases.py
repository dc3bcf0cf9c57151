"""Made orders, customers and delays for the tests of notifications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from services.notifications.contacts.domain import Contact, Customer, Owner, Signer
from services.notifications.dates.domain import Line, Node, Order
from services.notifications.dates.model import Told
from services.notifications.messages.choosing import decide
from services.notifications.messages.domain import Decision, Occasion, Part
from services.notifications.messages.model import Earlier
from services.notifications.rules.domain import Condition, Rule, Template
from services.notifications.templates.render import Letter, write
from services.notifications.templates.view import Writing
from shared.contracts.codes import CauseCode
from shared.contracts.customers import ContactPersonal
from shared.contracts.orders import Because, DelayReason, MovedLine, MovedNode, PlanReestimated
from shared.contracts.shipments import Transport
from shared.contracts.text import Language, LocalText

SPACE = UUID("5c6ad9b0-2f4e-4c5e-9d0a-6f1d1d7d2a10")
PLANNED = {"PRD_END": date(2026, 3, 2), "DEPART": date(2026, 3, 12), "ARRIVE": date(2026, 4, 14), "DELIVERED": date(2026, 4, 20)}
MOVED = {"DEPART": date(2026, 3, 16), "ARRIVE": date(2026, 4, 18), "DELIVERED": date(2026, 4, 24)}
SHIPMENT = "SH-2026-088"
SEA = Transport(
    mode="sea",
    carrier="MSC",
    vessel="MSC ANNA",
    voyage="FE612W",
    transport_document="MEDUSH123456",
    port_of_loading="CNSHA",
    port_of_discharge="DEHAM",
)
ACTION = LocalText(en="Space on the new sailing is confirmed.", zh_cn="我司已向船公司确认新舱位。")
ASK = LocalText(en="Please tell us whether the new arrival date works for you.", zh_cn="新到港日能否接受，请告知。")
OWNER = Owner("li.wei", "Li Wei", "li.wei@gendan.example", "+86 21 5555 0142")
SIGNED = Signer(OWNER)
DEPUTY = Owner("zhou.jun", "Zhou Jun", "zhou.jun@gendan.example", "+86 21 5555 0143")


def ident(name: str) -> UUID:
    return uuid5(SPACE, name)


def contact(
    name: str, language: Language = "en", *, salutation: str | None = None, email: str | None = "anna@example.org", active: bool = True
) -> Contact:
    personal = ContactPersonal(name=name, salutation=salutation, email=email)
    return Contact(ident(name), ident("customer"), ("orders",), language, active, personal)


def customer(*contacts: Contact, signer: Signer = SIGNED) -> Customer:
    return Customer(ident("customer"), "MUELLER", "en", "Europe/Berlin", signer, contacts)


def line(number: str, item: str, quantity: str, *, shipment: str | None = SHIPMENT, told: date = PLANNED["DELIVERED"]) -> Line:
    return Line(number, item, Decimal(quantity), "PCS", shipment, told, told, None, Told(told))


LIGHTS = (line("1", "LED floodlight 50 W", "1200"), line("2", "LED floodlight 100 W", "300"))
BRACKET = line("3", "Mounting bracket", "1500", shipment="SH-2026-091", told=date(2026, 5, 4))


def order(name: str = "SC-1017", po: str = "4500123", lines: Sequence[Line] = LIGHTS, *, delivery_point: str = "DELIVERED") -> Order:
    legs = dict.fromkeys(line.shipment for line in lines)
    nodes = tuple(
        Node(leg, code, PLANNED[code], None, Told(PLANNED[code]))
        for leg in legs
        for code in ("PRD_END", "DEPART", "ARRIVE")
        if code != delivery_point
    )
    return Order(ident(name), name, ident("customer"), po, delivery_point, tuple(lines), nodes)


def reason(
    *causes: CauseCode,
    ordinal: int = 1,
    revision: int = 1,
    orders: int = 1,
    ask: LocalText | None = ASK,
    action: LocalText = ACTION,
) -> DelayReason:
    return DelayReason(
        delay_id=ident("delay"),
        revision=revision,
        ordinal=ordinal,
        customer_orders=orders,
        causes=causes or ("LOG-VSL",),
        action=action,
        ask=ask,
        ask_by=date(2026, 3, 5) if ask else None,
        next_news_on=date(2026, 3, 9),
    )


def reestimate(
    of: Order,
    *,
    because: Because = "delay_logged",
    delay: DelayReason | None = None,
    to: Mapping[str, date] = MOVED,
    shipment: str | None = SHIPMENT,
    transport: Transport = SEA,
    revision: int = 1,
) -> PlanReestimated:
    """The event by which the leg's nodes named in `to` move there, and its lines with the delivery point."""
    nodes = tuple(
        MovedNode(
            shipment=shipment,
            milestone=code,
            visible=True,
            planned=PLANNED[code],
            before=PLANNED[code],
            after=day,
            revision=revision,
            driven_by=None,
            slack_days=0,
        )
        for code, day in to.items()
    )
    day = to.get(of.delivery_point)
    lines = tuple(
        MovedLine(line=one.line, shipment=one.shipment, promised=one.promised, before=one.expected, after=day, revision=revision)
        for one in of.lines
        if one.shipment == shipment and day is not None
    )
    transports = {shipment: transport} if shipment else {}
    return PlanReestimated(
        order_id=of.id,
        number=of.number,
        customer_id=of.customer_id,
        because=because,
        delay=delay,
        nodes=nodes,
        lines=lines,
        transports=transports,
    )


def rule(template: Template = "delay", *, materiality: int = 1, active: bool = True) -> Rule:
    because: dict[Template, tuple[Because, ...]] = {
        "delay": ("delay_logged", "delay_updated"),
        "dates": ("actual_recorded",),
        "promise": ("promise_changed",),
        "correction": ("delay_retracted",),
    }
    return Rule(
        name=template,
        event="orders.plan.reestimated.v1",
        audience="orders",
        condition=Condition(because=because[template], materiality_days=materiality),
        template=template,
        active=active,
        version=0,
    )


@dataclass(frozen=True)
class Case:
    """One occasion, decided and written."""

    parts: tuple[Part, ...]
    orders: tuple[Order, ...]
    to: Customer
    by: Rule = field(default_factory=rule)
    earlier: Earlier = field(default_factory=Earlier)
    today: date = date(2026, 3, 1)

    def occasion(self) -> Occasion:
        first = self.parts[0]
        return Occasion(first.because if isinstance(first, PlanReestimated) else "promise_changed", self.to.id, self.parts)

    def decided(self) -> Decision:
        return decide(self.occasion(), {order.id: order for order in self.orders}, self.to, self.by, self.earlier, self.today)

    def letters(self) -> list[Letter]:
        decision = self.decided()
        orders = {order.id: order for order in self.orders}
        return [
            write(
                self.by.template,
                Writing(self.occasion(), notice, orders, notice.due, self.earlier, self.to.signer, notice.contact.language, self.today),
            )
            for notice in decision.notices
            if notice.status == "queued" and notice.contact
        ]
