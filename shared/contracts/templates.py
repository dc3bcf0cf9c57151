"""Events of plan templates: chosen for new orders, or not any more. Aggregate: the template. Internal."""

from uuid import UUID

from shared.contracts.event import Contract, Event
from shared.contracts.text import LocalText


class TemplateFacts(Contract):
    """Which template it is; its milestones are read from orders."""

    template_id: UUID
    code: str
    name: LocalText


class TemplateRetired(Event, type="orders.template.retired.v1"):
    """No new order is planned with it. Orders in progress keep it."""

    template: TemplateFacts
    reason: str


class TemplateReinstated(Event, type="orders.template.reinstated.v1"):
    """New orders are planned with it again."""

    template: TemplateFacts
    reason: str
