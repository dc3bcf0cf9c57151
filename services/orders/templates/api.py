"""Plan templates over HTTP."""

from services.orders.fields import Answer
from services.orders.templates.domain import Template
from services.orders.templates.store import all_templates
from shared.web.auth import ANYONE
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("templates")


class Templates(Answer):
    items: tuple[Template, ...]


@routes.get("/api/orders/templates", roles=ANYONE)
async def list_templates(call: Call) -> Templates:
    """List the plan templates. Their milestones, in the order in which they happen, and where each delivers."""
    return Templates(items=tuple((await all_templates(call.tx)).values()))
