"""Plan templates over HTTP: read in any revision, written as new ones."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.orders.calendars import store as calendars
from services.orders.calendars.domain import named
from services.orders.fields import Answer
from services.orders.templates import store
from services.orders.templates.domain import compile_template
from services.orders.templates.model import Template
from services.orders.templates.store import Stored
from shared.database.pool import Tx
from shared.problems import Conflict, FieldError, Invalid, NotFound, Stale, require_none
from shared.web.auth import ANYONE, MANAGERS
from shared.web.call import Call, Reply, address
from shared.web.paging import Page, PageQuery, decode_cursor, page
from shared.web.routes import Routes

routes = Routes("templates")


class TemplateExists(Conflict):
    slug = "template-exists"
    title = "A template of this code exists"


class RevisionQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    revision: Annotated[int | None, Field(ge=1, description="the newest if left out")] = None


class TemplateShown(Answer):
    """A template in one revision; its `version` is the number of that revision."""

    template: Template
    version: int
    written_by: str
    written_at: datetime


@routes.get("/api/orders/templates", roles=ANYONE)
async def list_templates(call: Call, query: PageQuery) -> Page[TemplateShown]:
    """List the plan templates. By code, each in its newest revision."""
    (behind,) = decode_cursor(query.cursor, str) if query.cursor else (None,)
    found = await store.list_templates(call.tx, behind, query.limit + 1)
    return page([_shown(stored) for stored in found], query.limit, lambda one: (one.template.code,))


@routes.get("/api/orders/templates/{template}", roles=ANYONE, problems=(NotFound,))
async def read_template(call: Call, template: str, query: RevisionQuery) -> TemplateShown:
    """Read a template. The revision that an order was planned with, or the newest."""
    return _shown(await store.read(call.tx, template, query.revision))


@routes.post("/api/orders/templates", roles=MANAGERS, status=201, problems=(TemplateExists,))
async def create_template(call: Call, body: Template) -> Reply[TemplateShown]:
    """Create a template. Refused with everything that is wrong: unknown codes, circles, milestones without a date."""
    await _check(call.tx, body)
    if not await store.create(call.tx, call.stamp(), body):
        raise TemplateExists(f"template {body.code} exists", field="code")
    shown = _shown(await store.read(call.tx, body.code))
    return Reply(shown, headers={"Location": address("/api/orders/templates/{template}", template=body.code)})


@routes.put("/api/orders/templates/{template}", roles=MANAGERS, if_match=True, problems=(NotFound, Stale))
async def revise_template(call: Call, template: str, body: Template) -> TemplateShown:
    """Write a new revision of a template. Orders keep the revision they were planned with; new ones take the newest."""
    if body.code != template:
        raise Invalid(f"the template of this address is {template}", field="code")
    stored = await store.lock(call.tx, template)
    call.require_version(stored.revision)
    await _check(call.tx, body)
    await store.add_revision(call.tx, call.stamp(), body, stored.revision + 1)
    return _shown(await store.read(call.tx, template))


async def _check(tx: Tx, template: Template) -> None:
    wanted = named([compile_template(template, 1)])
    there = (await calendars.wanted(tx, wanted, ())).days
    errors = [
        FieldError(f"milestones.{index}.calendar", f"there is no calendar {step.calendar}")
        for index, step in enumerate(template.milestones)
        if step.calendar in wanted and step.calendar not in there
    ]
    require_none(errors)


def _shown(stored: Stored) -> TemplateShown:
    return TemplateShown(template=stored.template, version=stored.revision, written_by=stored.actor, written_at=stored.recorded_at)
