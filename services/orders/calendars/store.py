"""Calendars in the database: every version kept, the days of each made once in a process."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.calendars.domain import Calendars, Owner, country_calendar
from services.orders.calendars.words import no_calendar
from shared.calendars import NO_DAY_OFF, WorkCalendar, work_calendar
from shared.calendars.public import NO_COUNTRY, PublicDays, ask
from shared.contracts.calendars import EVERY_DAY, CalendarFacts
from shared.contracts.orders import CalendarChanged
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Facts, Stamp
from shared.problems import NotFound
from shared.timers import set_timer

_MADE: dict[tuple[UUID, str | None], WorkCalendar] = {}
"""Days by version of a calendar and digest of its public days; neither ever changes."""
_ASKED: dict[str, PublicDays | None] = {}
"""What the library said of a country."""
_MOST_MADE = 2_000

_NEWEST = """
SELECT c.code, c.owner_kind, c.owner, v.id, c.public_days
FROM calendar c JOIN calendar_version v ON v.code = c.code AND v.version = c.version
"""
_BY_CODE = f"{_NEWEST} WHERE c.code = ANY($1::text[])"
_WANTED = f"""{_NEWEST}
WHERE c.code = ANY($1::text[]) OR (c.owner_kind, c.owner) IN (SELECT w.kind, w.owner FROM unnest($2::text[], $3::text[]) AS w (kind, owner))
ORDER BY c.id FOR SHARE OF c
"""
_DOCUMENTS = """
SELECT w.id, w.public_days, v.document, l.document AS list
FROM unnest($1::uuid[], $2::text[]) AS w (id, public_days) JOIN calendar_version v ON v.id = w.id
LEFT JOIN public_list l ON l.digest = w.public_days
"""
_COUNTRIES_THERE = "SELECT owner FROM calendar WHERE owner_kind = 'customer_country' AND owner = ANY($1::text[])"
_KEEP_LISTS = """
INSERT INTO public_list (digest, country, document)
SELECT n.digest, n.country, n.document FROM unnest($1::text[], $2::text[], $3::jsonb[]) AS n (digest, country, document)
ON CONFLICT DO NOTHING
"""
_STORED = """
SELECT c.id, c.version, v.document, v.actor, v.recorded_at
FROM calendar c JOIN calendar_version v ON v.code = c.code AND v.version = c.version
"""
_READ = f"{_STORED} WHERE c.code = $1"
_CREATE = """
INSERT INTO calendar (id, code, owner_kind, owner, version, public_days)
SELECT n.id, n.code, n.owner_kind, n.owner, 1, n.public_days
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) AS n (id, code, owner_kind, owner, public_days)
ON CONFLICT DO NOTHING RETURNING id, code
"""
_KEEP = """
INSERT INTO calendar_version (id, code, version, document, actor, recorded_at)
SELECT n.id, n.code, n.version, n.document, $5, $6
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::jsonb[]) AS n (id, code, version, document)
"""
_CHANGE = "UPDATE calendar SET version = $2, public_days = $3 WHERE id = $1"
_OF_COUNTRIES = """
SELECT c.id, c.code, c.public_days, v.document->>'country' AS country
FROM calendar c JOIN calendar_version v ON v.code = c.code AND v.version = c.version
WHERE v.document ? 'country' ORDER BY c.id FOR NO KEY UPDATE OF c
"""
_TAKE = "UPDATE calendar SET public_days = $2 WHERE id = $1"
_LIST = f"""{_STORED}
WHERE ($1::text IS NULL OR c.code > $1) AND ($2::text IS NULL OR c.owner_kind = $2) AND ($3::text IS NULL OR c.owner = $3)
ORDER BY c.code LIMIT $4
"""


RECOUNT = "recount"
"""Timer on a calendar: the plans that count in it are estimated again, a batch at a time."""


@dataclass(frozen=True, slots=True)
class Recount:
    """What a batch of recounting needs to know: which calendar, on whose word, behind which order it goes on."""

    code: str
    actor: str
    correlation_id: str
    after: str | None = None

    def payload(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Stored:
    """A calendar as it stands; `version` counts its changes, 0 as shipped."""

    id: UUID
    version: int
    facts: CalendarFacts
    actor: str
    recorded_at: datetime


async def days(tx: Tx, codes: Collection[str]) -> Mapping[str, WorkCalendar]:
    """The days of those calendars as they stand. Read under the locks of the orders they are for: a change works under the same ones."""
    wanted = set(codes) - {EVERY_DAY}
    rows = await tx.fetch(_BY_CODE, list(wanted)) if wanted else []
    return {EVERY_DAY: NO_DAY_OFF, **await _made(tx, rows)}


async def wanted(tx: Tx, codes: Collection[str], owners: Collection[Owner], country: str | None = None) -> Calendars:
    """The calendars of those codes, and those of such of the owners as have one; of `country` also when nobody has written it yet.

    They do not change until the transaction ends: plans made with them are there when a change looks for them.
    """
    owners = [*owners, ("customer_country", country)] if country else owners
    rows = await tx.fetch(_WANTED, list(codes), [kind for kind, _ in owners], [owner for _, owner in owners])
    days: dict[str, WorkCalendar] = {EVERY_DAY: NO_DAY_OFF, **await _made(tx, rows)}
    owned: dict[Owner, str] = {(row["owner_kind"], row["owner"]): row["code"] for row in rows if row["owner"] is not None}
    if country and ("customer_country", country) not in owned and (public := (await public_days([country])).get(country)):
        facts = country_calendar(country, public.name)
        days[facts.code], owned["customer_country", country] = work_calendar(facts, public), facts.code
    return Calendars(days, owned)


async def _made(tx: Tx, rows: Iterable[asyncpg.Record]) -> dict[str, WorkCalendar]:
    wanted = {row["code"]: (row["id"], row["public_days"]) for row in rows}
    missing = [key for key in wanted.values() if key not in _MADE]
    if missing:
        if len(_MADE) > _MOST_MADE:
            _MADE.clear()
        for row in await tx.fetch(_DOCUMENTS, [version for version, _ in missing], [digest for _, digest in missing]):
            facts = CalendarFacts.model_validate(row["document"])
            _MADE[row["id"], row["public_days"]] = work_calendar(facts, await _public(facts, row["list"]))
    return {code: _MADE[key] for code, key in wanted.items()}


async def _public(facts: CalendarFacts, kept: Any) -> PublicDays:
    """The list that is in force; before the service has started for the first time what the library says."""
    if kept is not None:
        return PublicDays.model_validate(kept)
    return (await public_days([facts.country])).get(facts.country, NO_COUNTRY) if facts.country else NO_COUNTRY


async def read(tx: Tx, code: str) -> Stored:
    """NotFound when there is no such calendar."""
    return _found(await tx.fetchrow(_READ, code), code)


async def lock(tx: Tx, code: str) -> Stored:
    """The calendar under its lock."""
    return _found(await tx.fetchrow(f"{_READ} FOR NO KEY UPDATE OF c", code), code)


def _found(row: asyncpg.Record | None, code: str) -> Stored:
    if row is None:
        raise NotFound(no_calendar(code))
    return _stored(row)


def _stored(row: asyncpg.Record) -> Stored:
    return Stored(row["id"], row["version"], CalendarFacts.model_validate(row["document"]), row["actor"], row["recorded_at"])


async def list_calendars(tx: Tx, after: str | None, kind: str | None, owner: str | None, limit: int) -> list[Stored]:
    """By code, those behind `after`."""
    return [_stored(row) for row in await tx.fetch(_LIST, after, kind, owner, limit)]


async def create_missing(tx: Tx, stamp: Stamp, calendars: Iterable[CalendarFacts]) -> list[Facts]:
    """Create those whose code and owner are new, in the order of their codes; the facts are the caller's to append."""
    by_code = {facts.code: facts for facts in sorted(calendars, key=lambda facts: facts.code)}
    if not by_code:
        return []
    digests = await _digests(tx, by_code.values())
    rows = [(new_id(), facts.code, facts.owner_kind, facts.owner, digests.get(facts.country or "")) for facts in by_code.values()]
    made = await tx.fetch(_CREATE, *map(list, zip(*rows, strict=True)))
    await _keep(tx, stamp, [(by_code[row["code"]], 1) for row in made])
    return [Facts(row["id"], 0, [CalendarChanged(calendar_id=row["id"], calendar=by_code[row["code"]])]) for row in made]


async def create_countries(tx: Tx, stamp: Stamp, wanted: Iterable[str]) -> list[Facts]:
    """The calendars of those countries that have none yet; none for countries whose public days are not known."""
    there = {row["owner"] for row in await tx.fetch(_COUNTRIES_THERE, list(wanted))}
    lists = await public_days(set(wanted) - there)
    return await create_missing(tx, stamp, [country_calendar(country, public.name) for country, public in lists.items()])


async def change(tx: Tx, stamp: Stamp, calendar: Stored, facts: CalendarFacts) -> Facts:
    """Put a new version in force of a locked calendar, whose plans are the caller's to `recount`; so are the facts to append."""
    digests = await _digests(tx, [facts])
    await tx.execute(_CHANGE, calendar.id, calendar.version + 1, digests.get(facts.country or ""))
    await _keep(tx, stamp, [(facts, calendar.version + 1)])
    return Facts(calendar.id, calendar.version, [CalendarChanged(calendar_id=calendar.id, calendar=facts)])


async def recount(tx: Tx, stamp: Stamp, calendar: Stored) -> None:
    """Have the plans that count in a calendar estimated again."""
    code = calendar.facts.code
    await set_timer(tx, RECOUNT, calendar.id, stamp.time, Recount(code, stamp.actor, stamp.correlation_id).payload())


async def made_of(facts: CalendarFacts) -> WorkCalendar:
    """The days of a calendar that is not in force, with the public days that are known now."""
    return work_calendar(facts, await _public(facts, None))


async def reopened(tx: Tx, code: str, closed: Collection[tuple[date, date]]) -> WorkCalendar:
    """The days of a calendar, had it not been closed from the first to the last of each of those days."""
    facts = (await read(tx, code)).facts
    closures = tuple(one for one in facts.closures if (one.first, one.last) not in closed)
    return await made_of(facts.model_copy(update={"closures": closures}))


async def take_lists(tx: Tx, stamp: Stamp) -> list[str]:
    """Put the public days that the library knows now in force; the codes of calendars whose plans are to be estimated again.

    So it is when the library comes with the list that a government has published since.
    """
    rows = await tx.fetch(_OF_COUNTRIES)
    lists = await public_days({row["country"] for row in rows})
    await _keep_lists(tx, lists)
    changed = []
    for row in rows:
        public = lists.get(row["country"])
        if public is not None and row["public_days"] != public.digest:
            await tx.execute(_TAKE, row["id"], public.digest)
            if row["public_days"] is not None:
                await set_timer(tx, RECOUNT, row["id"], stamp.time, Recount(row["code"], stamp.actor, stamp.correlation_id).payload())
                changed.append(row["code"])
    return changed


async def public_days(countries: Collection[str]) -> Mapping[str, PublicDays]:
    """What the library says of those countries that it knows; it is asked once for each in a process."""
    missing = set(countries) - _ASKED.keys()
    if missing:
        said = await ask(missing)
        _ASKED.update({country: said.get(country) for country in missing})
    return {country: public for country in countries if (public := _ASKED[country]) is not None}


async def _digests(tx: Tx, calendars: Iterable[CalendarFacts]) -> dict[str, str]:
    """The lists in force for those calendars by country, kept."""
    lists = await public_days({facts.country for facts in calendars if facts.country})
    await _keep_lists(tx, lists)
    return {country: public.digest for country, public in lists.items()}


async def _keep_lists(tx: Tx, lists: Mapping[str, PublicDays]) -> None:
    rows = [(public.digest, country, public.model_dump(mode="json", exclude_none=True)) for country, public in lists.items()]
    if rows:
        await tx.execute(_KEEP_LISTS, *map(list, zip(*rows, strict=True)))


async def _keep(tx: Tx, stamp: Stamp, versions: list[tuple[CalendarFacts, int]]) -> None:
    documents = [facts.model_dump(mode="json", exclude_none=True) for facts, _ in versions]
    codes = [facts.code for facts, _ in versions]
    counted = [version for _, version in versions]
    await tx.execute(_KEEP, [new_id() for _ in versions], codes, counted, documents, stamp.actor, stamp.time)
