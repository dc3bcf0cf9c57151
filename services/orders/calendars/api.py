"""Calendars over HTTP: written, read, and asked why a day does not count."""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.orders.calendars import store, words
from services.orders.calendars.model import CalendarBody, NewCalendar
from services.orders.fields import Answer, Day, Short
from services.orders.planning import store as planning
from services.orders.planning.domain import recount, settle
from services.orders.suppliers import store as suppliers
from services.orders.templates import store as templates
from services.orders.words import no_supplier
from shared.calendars import Skipped, work_calendar
from shared.calendars.public import NO_COUNTRY, PublicDays
from shared.contracts.calendars import EVERY_DAY, CalendarFacts, CalendarOwner
from shared.contracts.orders import MovedLine, MovedNode
from shared.contracts.places import COUNTRIES, no_country
from shared.contracts.text import Both, LocalText
from shared.database.pool import Tx
from shared.messaging.record import append
from shared.problems import Conflict, Invalid, NotFound, Stale
from shared.web.auth import ANYONE, MANAGERS
from shared.web.call import Call, Reply, address
from shared.web.paging import Page, PageQuery, encode_cursor, page
from shared.web.routes import Routes

routes = Routes("calendars")

LONGEST = timedelta(days=400)


class CalendarExists(Conflict):
    slug = "calendar-exists"
    title = Both("A calendar of this code or owner exists", "此代码或归属的工作日历已存在")


class CalendarsQuery(PageQuery):
    owner_kind: CalendarOwner | None = None
    owner: Short | None = None


class DaysQuery(BaseModel):
    """The days from `first` to `last`, both of them too; 400 at most."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: Day
    last: Day


class CalendarShown(Answer):
    """A calendar as it stands; `version` counts its changes, 0 is as shipped."""

    calendar: CalendarFacts
    version: int
    written_by: str
    written_at: datetime


class DaySkipped(Answer):
    """A day that does not count. `provisional`: the official list of its year is not published yet, so it may still move."""

    day: date
    why: Annotated[str, Field(description="week, holiday or closure")]
    name: LocalText
    provisional: bool


class DaysShown(Answer):
    worked: Annotated[int, Field(description="days that count")]
    skipped: tuple[DaySkipped, ...]
    provisional_from: Annotated[date | None, Field(description="from here on moved working days are not published yet")]


class OrderMoved(Answer):
    """What a calendar would move in one order."""

    number: str
    nodes: tuple[MovedNode, ...]
    lines: tuple[MovedLine, ...]
    at_risk: Annotated[tuple[str, ...], Field(description="lines that would newly miss their promise")]


@routes.get("/api/orders/calendars", roles=ANYONE)
async def list_calendars(call: Call, query: CalendarsQuery) -> Page[CalendarShown]:
    """List calendars by code."""
    (behind,) = query.begins_after(str)
    found = await store.list_calendars(call.tx, behind, query.owner_kind, query.owner, query.limit + 1)
    return page([_shown(stored) for stored in found], query.limit, lambda one: (one.calendar.code,))


@routes.get("/api/orders/calendars/{calendar}", roles=ANYONE, problems=(NotFound,))
async def read_calendar(call: Call, calendar: str) -> CalendarShown:
    """Read a calendar."""
    return _shown(await store.read(call.tx, calendar))


@routes.get("/api/orders/calendars/{calendar}/days", roles=ANYONE, problems=(NotFound,))
async def read_days(call: Call, calendar: str, query: DaysQuery) -> DaysShown:
    """Read which days do not count. Each with its reason, from the first day to the last."""
    if not query.first <= query.last < query.first + LONGEST:
        raise Invalid(words.too_long(LONGEST), field="last")
    await store.read(call.tx, calendar)
    days = (await store.days(call.tx, [calendar]))[calendar]
    eve = query.first - timedelta(days=1)
    skipped = tuple(_skipped(one) for one in days.explain(eve, query.last))
    worked = days.between(eve.toordinal(), query.last.toordinal())
    return DaysShown(worked=worked, skipped=skipped, provisional_from=days.provisional_from)


@routes.post("/api/orders/calendars", roles=MANAGERS, status=201, problems=(CalendarExists,))
async def create_calendar(call: Call, body: NewCalendar) -> Reply[CalendarShown]:
    """Create a calendar. That of a department, supplier, carrier or customer's country is used by the plans made from now on.

    The department is one of the staff directory or of a template, the supplier is known. A carrier need not be named by a shipment yet.
    """
    await _check_owner(call.tx, body)
    await _public(body)
    facts = await store.create_missing(call.tx, call.stamp(), [body.facts(body.code, body.owner_kind, body.owner)])
    if not facts:
        for his in await store.list_calendars(call.tx, None, body.owner_kind, body.owner, 1) if body.owner else ():
            raise CalendarExists(words.has_one(his.facts), field="owner")
        raise CalendarExists(words.exists(body.code), field="code")
    await append(call.tx, call.stamp(), facts)
    shown = _shown(await store.read(call.tx, body.code))
    return Reply(shown, headers={"Location": address("/api/orders/calendars/{calendar}", calendar=body.code)})


@routes.put("/api/orders/calendars/{calendar}", roles=MANAGERS, if_match=True, problems=(NotFound, Stale))
async def change_calendar(call: Call, calendar: str, body: CalendarBody) -> CalendarShown:
    """Change a calendar. The plans that count its days are estimated again, and tell what moved."""
    if calendar == EVERY_DAY:
        raise Invalid(words.NEVER_CLOSED)
    await _public(body)
    stored = await store.lock(call.tx, calendar)
    call.require_version(stored.version)
    facts = body.facts(calendar, stored.facts.owner_kind, stored.facts.owner)
    await append(call.tx, call.stamp(), [await store.change(call.tx, call.stamp(), stored, facts)])
    await store.recount(call.tx, call.stamp(), stored)
    return _shown(await store.read(call.tx, calendar))


@routes.post("/api/orders/calendars/{calendar}/trials", roles=MANAGERS, problems=(NotFound,))
async def try_calendar(call: Call, calendar: str, query: PageQuery, body: CalendarBody) -> Page[OrderMoved]:
    """Try a calendar. Answers the open orders it would move, a page of those that count in it at a time, and writes nothing."""
    public = await _public(body)
    stored = await store.read(call.tx, calendar)
    changed = {calendar: work_calendar(body.facts(calendar, stored.facts.owner_kind, stored.facts.owner), public)}
    (behind,) = query.begins_after(UUID)
    plans = await planning.read_counting(call.tx, calendar, behind, query.limit, call.now.date())
    settled = [moved for plan in plans if (moved := recount(settle(plan), "calendar_changed", changed)) is not None]
    items = [
        OrderMoved(
            number=one.after.number,
            nodes=one.moves.nodes,
            lines=one.moves.lines,
            at_risk=tuple(line.line for line in one.moves.at_risk),
        )
        for one in settled
    ]
    return Page(items=items, next=encode_cursor(plans[-1].order_id) if len(plans) == query.limit else None)


async def _check_owner(tx: Tx, body: NewCalendar) -> None:
    """Invalid where the owner is nobody: his calendar would count for no plan."""
    why: Both | None = None
    owner = body.owner or ""
    match body.owner_kind:
        case "supplier" if not await suppliers.known(tx, [owner]):
            why = words.create_first(no_supplier(owner))
        case "department" if owner not in await templates.departments(tx):
            why = words.nobodys(owner)
        case "customer_country" if owner not in COUNTRIES:
            why = no_country(owner)
    if why is not None:
        raise Invalid(why, field="owner")


async def _public(body: CalendarBody) -> PublicDays:
    """The public days of its country; Invalid when they are not known."""
    if body.country is None:
        return NO_COUNTRY
    found = (await store.public_days([body.country])).get(body.country)
    if found is None:
        raise Invalid(words.unknown_holidays(body.country), field="country")
    return found


def _skipped(skipped: Skipped) -> DaySkipped:
    return DaySkipped(day=skipped.day, why=skipped.why, name=skipped.name, provisional=skipped.provisional)


def _shown(stored: store.Stored) -> CalendarShown:
    return CalendarShown(calendar=stored.facts, version=stored.version, written_by=stored.actor, written_at=stored.recorded_at)
