"""Plan templates over HTTP: read in any revision, written as new ones."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.orders.calendars import store as calendars
from services.orders.calendars.domain import named
from services.orders.calendars.words import no_calendar
from services.orders.fields import Answer
from services.orders.templates import store, words
from services.orders.templates.domain import TemplateInUse, TemplateOutOfUse, compile_template, unclear, unowned
from services.orders.templates.model import Retired, Template, Unclear, WhyRetired
from services.orders.templates.store import Shelf, Stored
from shared.contracts.event import Event
from shared.contracts.templates import TemplateReinstated, TemplateRetired
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging.record import Facts, append
from shared.problems import Conflict, FieldError, Invalid, NotFound, Stale, require_none
from shared.web.auth import ANYONE, MANAGERS
from shared.web.call import Call, Reply, address
from shared.web.paging import Page, PageQuery, page
from shared.web.routes import Routes

routes = Routes("templates")


class TemplateExists(Conflict):
    slug = "template-exists"
    title = Both("A template of this code exists", "模板代码已存在")


class TemplatesQuery(PageQuery):
    retired: Annotated[bool | None, Field(description="those out of use, or those in use")] = None


class RevisionQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    revision: Annotated[int | None, Field(ge=1, description="the newest if left out")] = None


class TemplateShown(Answer):
    """A template in one revision; its `version` is the number of that revision."""

    template: Template
    version: int
    written_by: str
    written_at: datetime
    retired: Annotated[Retired | None, Field(description="null: new orders may be planned with it")]


class TemplateWritten(TemplateShown):
    unclear: Annotated[tuple[Unclear, ...], Field(description="orders that had one best template before, and have to name theirs now")]


@routes.get("/api/orders/templates", roles=ANYONE)
async def list_templates(call: Call, query: TemplatesQuery) -> Page[TemplateShown]:
    """List the plan templates. By code, each in its newest revision."""
    (behind,) = query.begins_after(str)
    found = await store.list_templates(call.tx, behind, query.retired, query.limit + 1)
    return page([_shown(stored) for stored in found], query.limit, lambda one: (one.template.code,))


@routes.get("/api/orders/templates/{template}", roles=ANYONE, problems=(NotFound,))
async def read_template(call: Call, template: str, query: RevisionQuery) -> TemplateShown:
    """Read a template. The revision that an order was planned with, or the newest."""
    return _shown(await store.read(call.tx, template, query.revision))


@routes.post("/api/orders/templates", roles=MANAGERS, status=201, problems=(TemplateExists,))
async def create_template(call: Call, body: Template) -> Reply[TemplateWritten]:
    """Create a template. Refused with everything that is wrong: unknown codes, circles, milestones without a date or an owner.

    `unclear` are the orders that it fits as well as another does: they have to name theirs from now on.
    """
    await _check(call.tx, body)
    before = await store.shelf(call.tx)
    if not await store.create(call.tx, call.stamp(), body):
        raise TemplateExists(words.exists(body.code), field="code")
    written = await _written(call, body.code, before)
    return Reply(written, headers={"Location": address("/api/orders/templates/{template}", template=body.code)})


@routes.put("/api/orders/templates/{template}", roles=MANAGERS, if_match=True, problems=(NotFound, Stale))
async def revise_template(call: Call, template: str, body: Template) -> TemplateWritten:
    """Write a new revision of a template. New orders take the newest; those in progress keep theirs until they are given another."""
    if body.code != template:
        raise Invalid(words.another(template), field="code")
    stored = await store.lock(call.tx, template)
    call.require_version(stored.revision)
    await _check(call.tx, body)
    before = await store.shelf(call.tx)
    await store.add_revision(call.tx, call.stamp(), body, stored.revision + 1)
    return await _written(call, template, before)


@routes.post("/api/orders/templates/{template}/retirement", roles=MANAGERS, problems=(NotFound, TemplateOutOfUse))
async def retire_template(call: Call, template: str, body: WhyRetired) -> TemplateWritten:
    """Take a template out of use. No new order is planned with it; orders in progress keep it.

    The last one that fits some orders may be retired, too: `unclear` says which have to name another from now on.
    """
    stored = await store.lock(call.tx, template)
    if stored.retired is not None:
        raise TemplateOutOfUse(words.retired_by(stored.retired.by, stored.retired.reason))
    retired = Retired(by=call.principal.login, at=call.now, reason=body.reason)
    return await _use(call, stored, retired, TemplateRetired(template=stored.facts(), reason=body.reason))


@routes.post("/api/orders/templates/{template}/reinstatement", roles=MANAGERS, problems=(NotFound, TemplateInUse))
async def reinstate_template(call: Call, template: str, body: WhyRetired) -> TemplateWritten:
    """Take a retired template back into use. New orders are planned with it where it fits them best, or when they name it."""
    stored = await store.lock(call.tx, template)
    if stored.retired is None:
        raise TemplateInUse(words.in_use(template))
    return await _use(call, stored, None, TemplateReinstated(template=stored.facts(), reason=body.reason))


async def _use(call: Call, stored: Stored, retired: Retired | None, event: Event) -> TemplateWritten:
    before = await store.shelf(call.tx)
    await store.set_retired(call.tx, stored, retired)
    await append(call.tx, call.stamp(), [Facts(stored.id, stored.version, [event])])
    return await _written(call, stored.template.code, before)


async def _written(call: Call, code: str, before: Shelf) -> TemplateWritten:
    after, shown = await store.shelf(call.tx), _shown(await store.read(call.tx, code))
    return TemplateWritten(**dict(shown), unclear=unclear(before.in_use.values(), after.in_use.values()))


async def _check(tx: Tx, template: Template) -> None:
    wanted = named([compile_template(template, 1)])
    there = (await calendars.wanted(tx, wanted, ())).days
    errors = [
        FieldError(f"milestones.{index}.calendar", no_calendar(step.calendar))
        for index, step in enumerate(template.milestones)
        if step.calendar in wanted and step.calendar not in there
    ]
    require_none([*errors, *unowned(template, await store.owners(tx, template))])


def _shown(stored: Stored) -> TemplateShown:
    return TemplateShown(
        template=stored.template,
        version=stored.revision,
        written_by=stored.actor,
        written_at=stored.recorded_at,
        retired=stored.retired,
    )
