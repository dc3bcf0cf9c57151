"""Chases in the database: loaded, saved with what is told of them; whom to ask in a department, and who is further up."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.cancelling.model import Gone
from services.orders.chases.domain import (
    ChaseOpen,
    ChaseOver,
    LinkRefused,
    bearer_of,
    end,
    go_along,
    moved,
    named_by,
    token_of,
    unanswered,
)
from services.orders.chases.model import Chase
from services.orders.chases.words import NO_CHASE, NO_LINK, asked_already, left, nobody_in
from services.orders.delays.store import start_of
from services.orders.risks.model import Rule
from services.orders.shipments.domain import Regrouped
from shared.contracts.chases import ChaseLink
from shared.contracts.event import Event
from shared.contracts.reasons import not_staff
from shared.database.pool import Tx
from shared.messaging.keys import key_of, make_key
from shared.messaging.personal import seal, unseal
from shared.messaging.record import Facts, Stamp, append
from shared.problems import Invalid, NotFound
from shared.timers import cancel_timer, set_timers

SILENT = "watch_chase_day"
"""Timer on an open chase: the day by which an answer was asked is over, or another day of silence. Chases are locked after orders."""

READ = """
SELECT c.id, c.order_id, o.number AS order_number, o.customer_id, c.shipment, c.milestone, c.asked, c.department, c.question, c.answer_by,
    c.asked_by, c.asked_at, c.sealed_link, c.status, c.level, c.escalated_to,
    c.reminders, c.answers, c.day, c.done_on, c.text, c.answered_at, c.answered_by, c.on_behalf_of, c.version, c.parts
FROM chase c JOIN customer_order o ON o.id = c.order_id JOIN known_customer k ON k.id = o.customer_id
"""
"""What `chase_of` takes, with the customer as k."""
_LOCK = "SELECT FROM chase WHERE id = $1 FOR UPDATE"
_BY_ID = f"{READ} WHERE c.id = $1"
SEEN = "($1::text[] IS NULL OR k.owner = ANY($1) OR $2::text[] && ARRAY[c.asked, c.escalated_to])"
"""Who sees a chase: those who see its order, and who is asked or stands in for him, by name."""
_READ = f"{READ} WHERE {SEEN} AND c.id = $3"
_OPEN = f"{READ} WHERE c.order_id = ANY($1::uuid[]) AND c.status = 'open'"
_LOCK_STANDING = "SELECT FROM chase WHERE order_id = ANY($1::uuid[]) AND status IN ('open', 'answered') ORDER BY id FOR UPDATE"
_STANDING = f"{READ} WHERE c.order_id = ANY($1::uuid[]) AND c.status IN ('open', 'answered') ORDER BY c.id"
_ASKED = """
SELECT EXISTS (SELECT FROM chase c WHERE c.order_id = $1 AND c.milestone = $2 AND c.asked = $3 AND c.status = 'open'
    AND array_position(c.parts, $4::text) IS NOT NULL)
"""
_SAVE = """
INSERT INTO chase (id, order_id, shipment, milestone, asked, department, question, answer_by, asked_by, asked_at, sealed_link, status,
    level, escalated_to, reminders, answers, day, done_on, text, answered_at, answered_by, on_behalf_of, version, parts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
ON CONFLICT (id) DO UPDATE SET shipment = excluded.shipment, status = excluded.status, level = excluded.level,
    escalated_to = excluded.escalated_to, reminders = excluded.reminders, answers = excluded.answers, day = excluded.day,
    done_on = excluded.done_on, text = excluded.text, answered_at = excluded.answered_at, answered_by = excluded.answered_by,
    on_behalf_of = excluded.on_behalf_of, version = excluded.version, parts = excluded.parts
"""
# The head of a department is the manager in it, or else whoever has most of it below him.
_HEAD = """
SELECT s.login FROM known_staff s WHERE s.department = $1 AND s.active
ORDER BY 'manager' = ANY(s.roles) DESC, (SELECT count(*) FROM known_staff b WHERE b.manager = s.login AND b.active) DESC, s.login LIMIT 1
"""
_PERSON = "SELECT login FROM known_staff WHERE login = $1 AND active"
# One who is not there any more is passed over.
_MANAGER = """
WITH RECURSIVE up (login, manager, found) AS (
    SELECT s.login, s.manager, false FROM known_staff s WHERE s.login = $1
    UNION
    SELECT m.login, m.manager, m.active FROM up u JOIN known_staff m ON m.login = u.manager WHERE NOT u.found
)
SELECT login FROM up WHERE found
"""


async def asked(tx: Tx, login: str | None, department: str) -> str:
    """Who is asked: the person, or the head of the department. Invalid where there is nobody."""
    if login is not None:
        if not await _is_there(tx, login):
            raise Invalid(not_staff(login), field="login")
        return login
    found: str | None = await tx.fetchval(_HEAD, department)
    if found is None:
        raise Invalid(nobody_in(department), field="department")
    return found


async def require_there(tx: Tx, login: str) -> None:
    """ChaseOver where he has left: nothing is sent to him, and his link opens nothing."""
    if not await _is_there(tx, login):
        raise ChaseOver(left(login))


async def _is_there(tx: Tx, login: str) -> bool:
    return await tx.fetchval(_PERSON, login) is not None


async def manager_of(tx: Tx, login: str) -> str | None:
    """Who is next further up and still there, where there is anybody."""
    found: str | None = await tx.fetchval(_MANAGER, login)
    return found


async def read(tx: Tx, chase_id: UUID, owners: list[str] | None, logins: Sequence[str] = ()) -> Chase:
    """NotFound also where its order is not in sight of `owners`, unless one of `logins` is asked."""
    row = await tx.fetchrow(_READ, owners, logins, chase_id)
    if row is None:
        raise NotFound(NO_CHASE)
    return chase_of(row)


async def by_token(tx: Tx, token: str, now: datetime) -> tuple[Chase, str]:
    """The chase of a link, and the login of whom it is. LinkRefused, which says no more, where it is none of ours or has expired, or he has
    left.
    """
    named = named_by(token)
    key = await key_of(tx, named) if named else None
    if named is None or key is None:
        raise LinkRefused(NO_LINK)
    bearer, chase = bearer_of(token, key, now), chase_of(await tx.fetchrow(_BY_ID, named))
    if not await _is_there(tx, bearer or chase.asked):
        raise LinkRefused(NO_LINK)
    return chase, bearer or chase.asked


async def lock(tx: Tx, chase_id: UUID) -> Chase:
    """A chase that is known to be there, under its lock, which is taken after that of its order."""
    await tx.execute(_LOCK, chase_id)
    return chase_of(await tx.fetchrow(_BY_ID, chase_id))


async def rules(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[Rule]]:
    """What silence endangers in those orders, by order."""
    found: dict[UUID, list[Rule]] = {}
    for row in await tx.fetch(_OPEN, list(orders)):
        found.setdefault(row["order_id"], []).append(unanswered(chase_of(row)))
    return found


async def check_unasked(tx: Tx, new: Chase) -> None:
    """ChaseOpen where he is asked about the milestone of these goods already, as a part of others; its order is locked."""
    if await tx.fetchval(_ASKED, new.order_id, new.milestone, new.asked, new.shipment):
        raise _open(new)


def _open(chase: Chase) -> ChaseOpen:
    return ChaseOpen(asked_already(chase.asked, chase.milestone, chase.order), field="milestone")


async def save(tx: Tx, stamp: Stamp, now: Chase, event: Event) -> None:
    """Write a chase, of which one that was there is locked, and tell it. ChaseOpen where he is asked about the milestone already."""
    about = (now.chase_id, now.order_id, now.shipment, now.milestone, now.asked, now.department, now.question, now.answer_by)
    stands = (now.asked_by, now.asked_at, now.sealed_link, now.status, now.level, now.escalated_to, now.reminders)
    answered = (now.answers, now.day, now.done_on, now.text, now.answered_at, now.answered_by, now.on_behalf_of)
    try:
        await tx.execute(_SAVE, *about, *stands, *answered, now.version, list(now.parts))
    except asyncpg.UniqueViolationError as error:
        raise _open(now) from error
    await append(tx, stamp, [Facts(now.chase_id, now.version - 1, [event])])
    if now.status == "open":
        await heed(tx, [now], stamp.time)
    else:
        await cancel_timer(tx, SILENT, now.chase_id)


async def heed(tx: Tx, chases: Collection[Chase], now: datetime) -> None:
    """Look at open chases once their day is over, or tomorrow where it is."""
    due = {one.chase_id: start_of(max(one.answer_by, now.date()) + timedelta(days=1)) for one in chases}
    await set_timers(tx, SILENT, due)


async def heed_again(tx: Tx, orders: Collection[UUID], now: datetime) -> None:
    """The same of what is asked about those orders, which are locked: what had happened may be before them again."""
    await heed(tx, [chase_of(row) for row in await tx.fetch(_OPEN, list(orders))] if orders else [], now)


async def end_with(tx: Tx, stamp: Stamp, gone: Gone) -> None:
    """Withdraw what is asked of an order, or of its legs, that are cancelled; what is asked of others as well is asked of those alone."""
    for one in await _standing(tx, [gone.plan.order_id]):
        stay = () if gone.whole else tuple(leg for leg in one.legs if leg not in gone.legs)
        if stay != one.legs:
            later, event = moved(one, stay) if stay else end(one, "withdrawn")
            await save(tx, stamp, later, event)


async def follow(tx: Tx, stamp: Stamp, regrouped: Sequence[Regrouped]) -> None:
    """Let what is asked of lines follow them; the orders are locked."""
    asked = await _standing(tx, [one.settled.after.order_id for one in regrouped])
    for one in regrouped:
        plan, left = one.settled.after, {move.before for move in one.moves}
        of_order = [chase for chase in asked if chase.order_id == plan.order_id]
        for later, event in go_along(of_order, plan, left, one.ended, one.moves[0].after):
            await save(tx, stamp, later, event)


async def _standing(tx: Tx, orders: Collection[UUID]) -> list[Chase]:
    """What is asked of those orders, or was answered and is not closed, under its lock."""
    await tx.execute(_LOCK_STANDING, list(orders))
    return [chase_of(row) for row in await tx.fetch(_STANDING, list(orders))]


async def with_link(tx: Tx, chase: Chase, asker: str | None, public_url: str) -> Chase:
    """A new chase with its link and the asker's name, sealed under a key of its own: a secret of whom it is sent to."""
    key = await make_key(tx, chase.chase_id)
    link = f"{public_url.rstrip('/')}/api/orders/answers/{token_of(chase, chase.asked, key)}/page"
    return replace(chase, sealed_link=seal(key, chase.chase_id, ChaseLink(link=link, asker=asker)))


async def opened(tx: Tx, chase: Chase) -> ChaseLink:
    """The address by which who was asked answers this chase without signing in, and who asks."""
    return unseal(await _key(tx, chase), chase.chase_id, chase.sealed_link, ChaseLink)


async def link_of(tx: Tx, chase: Chase, bearer: str) -> ChaseLink:
    """The same of `bearer`, who is asked further up: by a link of his own, so that the answer is his."""
    sent, key = await opened(tx, chase), await _key(tx, chase)
    address, _, page = sent.link.rsplit("/", 2)
    return sent.model_copy(update={"link": f"{address}/{token_of(chase, bearer, key)}/{page}"})


async def sealed_to(tx: Tx, chase: Chase, bearer: str) -> str:
    """What `link_of` says, as an event carries it."""
    return seal(await _key(tx, chase), chase.chase_id, await link_of(tx, chase, bearer))


async def _key(tx: Tx, chase: Chase) -> bytes:
    key = await key_of(tx, chase.chase_id)
    assert key is not None  # made with the chase, and it stays
    return key


def chase_of(row: Any) -> Chase:
    """A row of READ."""
    same = {name: value for name, value in row.items() if name not in ("id", "order_number", "parts")}
    return Chase(chase_id=row["id"], order=row["order_number"], parts=tuple(row["parts"]), **same)
