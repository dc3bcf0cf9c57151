"""What an order's lateness came from, over HTTP."""

from typing import Annotated

from pydantic import Field

from services.orders.fields import Answer
from services.orders.lateness import store
from services.orders.planning import store as planning
from services.orders.planning.model import Status
from services.orders.sight import sight
from shared.contracts.lateness import LegLateness
from shared.problems import NotFound
from shared.web.auth import ANYONE
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("lateness")


class Lateness(Answer):
    """Leg by leg; while the order is open, as its delivery is expected from today on."""

    number: str
    status: Annotated[Status, Field(description="nothing is late of an order that is `cancelled`")]
    legs: Annotated[tuple[LegLateness, ...], Field(description="of what is delivered or to be delivered: none of a cancelled order")]


@routes.get("/api/orders/{order}/attribution", roles=ANYONE, problems=(NotFound,))
async def read_attribution(call: Call, order: str) -> Lateness:
    """Read what an order's lateness came from. The days of the steps sum to those of the leg; what was late and harmless has none.

    Lateness counts from the first promise, in calendar days, along the path that drove the delivery point to its day. What was late
    first on it uses up the slack and the time made up; what was late beside it moved nothing. While the order is open, what is overdue is
    late up to today. Of an order that is cancelled nothing is attributed: it is neither in time nor late.
    """
    plan = await planning.read_order(call.tx, order, await sight(call), call.now.date())
    found = await store.lateness(call.tx, [plan])
    return Lateness(number=plan.number, status=plan.status, legs=found[plan.order_id])
