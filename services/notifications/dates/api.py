"""The dates an order's customer was told, over HTTP."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.notifications.dates import queries
from services.notifications.words import no_order
from shared.directory import owners_seen
from shared.problems import NotFound
from shared.web.auth import DEALERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("dates")


class ToldDate(BaseModel):
    """`source`: order or import for the date that came with it, notice for one that a message told."""

    shipment: str | None
    milestone: str
    line: str | None = Field(description="null for a milestone of the leg; of one, the line that had been told another day when it joined")
    told: date
    now: date = Field(description="what is expected or promised now, whichever is later; an actual date once there is one")
    happened: bool
    source: str
    at: datetime
    messages: list[UUID] = Field(description="that tell it; none where the mails that did were given up or taken back")


class ToldDates(BaseModel):
    order: str
    customer: str
    customer_po: str
    items: list[ToldDate]


@routes.get("/api/notifications/orders/{order}/told", roles=DEALERS)
async def told_dates(call: Call, order: str) -> ToldDates:
    """The dates that the order's customer was told, with where each stands now."""
    found = await queries.told(call.tx, order, await owners_seen(call.tx, call.principal, call.now))
    if found is None:
        raise NotFound(no_order(order))
    head, rows = found
    return ToldDates(**head, items=[ToldDate(**row) for row in rows])
