"""After a fault: is everything that was committed in the stream and in its effects, once, in order; was each delay told once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

import asyncpg

from deploy.local.mailbox import Mail
from deploy.local.suite import Suite
from shared.contracts.notifications import MessageQueued, MessageSent
from shared.contracts.orders import DelayLogged, OrderCreated
from shared.contracts.topology import LISTENS
from tests.faults.ground import Ground
from tests.faults.load import Load
from tests.support import effects, ledger
from tests.support.ledger import Told

POLL = 0.1
_UNSENT = "SELECT count(*) FROM message WHERE status IN ('queued', 'sending')"
_OPEN = "SELECT count(*) FROM gathering WHERE decided_at IS NULL"
_MESSAGES = """
SELECT id, delay_id, orders, status, possible_duplicates,
    (SELECT count(*) FROM attempt a WHERE a.message_id = m.id AND a.outcome = 'sent') AS deliveries
FROM message m WHERE customer_id = $1
"""
_AGAIN = "SELECT aggregate FROM record WHERE type = ANY($1::text[]) GROUP BY aggregate, type HAVING count(*) > 1"

ONCE = {"orders": (OrderCreated.TYPE, DelayLogged.TYPE), "notifications": (MessageQueued.TYPE, MessageSent.TYPE)}
"""Of an order of the load, whose command was done once however often it was repeated, and of a message."""
_T = TypeVar("_T")


@dataclass
class Verdict:
    """`ambiguous` mails may have been sent twice, and are counted by the sender as such; `doubled` is what nothing excuses."""

    events: int = 0
    notices: int = 0
    lost: int = 0
    doubled: int = 0
    ambiguous: int = 0
    mailed_again: int = 0
    wrong: list[str] = field(default_factory=list)

    def missing(self, what: str, things: Collection[object]) -> None:
        if things:
            self.lost += len(things)
            self.wrong.append(f"{len(things)} {what}, such as {next(iter(things))}")

    def twice(self, what: str, things: Collection[object]) -> None:
        if things:
            self.doubled += len(things)
            self.wrong.append(f"{len(things)} {what}, such as {next(iter(things))}")


async def until(met: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Whether it came to be in time. A server that is on its way back is asked again; who asks long rests long, as he uses the machine."""
    now = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(seconds):
            while True:
                began = now()
                try:
                    if await met():
                        return True
                except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    # TimeoutError of the question, not of this block, which would have come as a cancellation.
                    pass
                await asyncio.sleep(max(POLL, now() - began))
    except TimeoutError:
        return False


async def in_flight(suite: Suite) -> dict[str, int]:
    """What is not done yet. Mails are asked for twice: what was taken in between may have become one."""
    return await _to_tell(suite) or await ledger.behind(suite) or await _to_tell(suite)


async def _to_tell(suite: Suite) -> dict[str, int]:
    async with suite.database("notifications") as database:
        found = {"mails": await database.fetchval(_UNSENT), "gatherings": await database.fetchval(_OPEN)}
    return {name: number for name, number in found.items() if number}


async def until_done(suite: Suite, seconds: float) -> bool:
    async def done() -> bool:
        return not await in_flight(suite)

    return await until(done, seconds)


async def recovered(load: Load, seconds: float) -> bool:
    """Until a delay logged now is told, and everything recorded up to then has been taken by all who listen."""
    suite = load.suite
    began = asyncio.get_running_loop().time()
    delay = await load.one()
    left = await ledger.to_take(suite)

    async def through() -> bool:
        nonlocal left
        left = await ledger.left(suite, left)
        async with suite.database("notifications") as database:
            sent = await database.fetchval("SELECT count(*) FROM message WHERE delay_id = $1 AND status = 'sent'", UUID(delay))
        return bool(sent) and not left

    return await until(through, seconds - (asyncio.get_running_loop().time() - began))


async def judge(ground: Ground, load: Load) -> Verdict:
    """When nothing is in flight any more."""
    suite, verdict = ground.suite, Verdict()
    committed = await ledger.committed(suite)
    streamed = await ledger.streamed(suite)
    archived = set(await ledger.archived(suite))
    heard = {told for told in committed if told.publisher in LISTENS["reporting"]}
    verdict.events = len(committed)
    verdict.missing("events are not in the stream", set(committed) - set(streamed))
    verdict.missing("events had no effect in reporting", heard - archived)
    verdict.missing("aggregates have gaps in the record", ledger.gaps(committed))
    own = [told for told in streamed if told.id not in ground.injected]
    verdict.twice("events are twice in the stream", ledger.doubled(own))
    in_order = [told for told in own if told.id not in ground.told_again]
    verdict.missing("aggregates are out of order in the stream", _out_of_order(in_order))
    strange = {told for told in archived - heard if told.id not in ground.injected}
    if strange:  # unless it was recorded after the records were read
        strange -= set(await ledger.committed(suite))
    verdict.twice("events had an effect and were never committed", strange)
    await _effects(load, verdict)
    await _notices(load, verdict)
    return verdict


async def _effects(load: Load, verdict: Verdict) -> None:
    """What the services made of each other's events, and of their own commands."""
    suite = load.suite
    verdict.twice("inboxes hold more than was recorded", await ledger.beyond(suite))
    for compared in (*await effects.copies(suite, UUID(load.customer.id)), *await effects.reports(suite)):
        verdict.missing(f"{compared.what} are lacking or wrong", compared.fewer)
        verdict.twice(f"{compared.what} are too many or wrong", compared.more)
    for what, untold in (await effects.untold(suite)).items():
        verdict.missing(f"{what} stand otherwise than their record says", untold)
    for service, types in ONCE.items():
        async with suite.database(service) as database:
            verdict.twice(f"events of {service} happened again", [row["aggregate"] for row in await database.fetch(_AGAIN, types)])


def _out_of_order(streamed: Sequence[Told]) -> dict[UUID, int]:
    """Aggregates of which a later event came before an earlier one."""
    last: dict[UUID, int] = {}
    found: dict[UUID, int] = {}
    for told in streamed:
        if told.sequence < last.get(told.aggregate, 0):
            found[told.aggregate] = told.sequence
        last[told.aggregate] = told.sequence
    return found


async def _notices(load: Load, verdict: Verdict) -> None:
    """Each delay has one message, and its mail is in the sink once; once more at most for each time its sending was in doubt."""
    async with load.suite.database("notifications") as database:
        rows = await database.fetch(_MESSAGES, UUID(load.customer.id))
    sent = {row["id"]: str(row["delay_id"]) for row in rows if row["status"] == "sent"}
    doubts = {row["id"]: row["possible_duplicates"] for row in rows}
    verdict.notices = len(load.delays)
    verdict.missing("delays were told to nobody", set(load.delays) - set(sent.values()))
    verdict.twice("delays were answered twice", _several(load.delays))
    verdict.twice("orders have several messages", _several(order for row in rows for order in row["orders"]))
    verdict.twice("messages were sent several times", [row["id"] for row in rows if row["deliveries"] - 1 > row["possible_duplicates"]])
    verdict.ambiguous = sum(doubts.values())
    mails = Counter(_message_of(mail) for mail in load.world.mails(load.customer))
    verdict.missing("mails are not in the sink", sent.keys() - mails.keys())
    verdict.twice("mails are of no message", mails.keys() - doubts.keys())
    verdict.mailed_again = sum(mails.values()) - len(mails)
    verdict.twice("mails came again without being in doubt", [one for one, times in mails.items() if times - 1 > doubts.get(one, 0)])


def _several(things: Iterable[_T]) -> list[_T]:
    return [one for one, times in Counter(things).items() if times > 1]


def _message_of(mail: Mail) -> UUID:
    return UUID((mail.header("Message-ID") or "").strip("<>").partition("@")[0])
