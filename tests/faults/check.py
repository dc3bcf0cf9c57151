"""After a fault: is everything that was committed in the stream and in its effects, once, in order; was each delay told once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from deploy.local.suite import Suite
from tests.faults.ground import Ground
from tests.faults.load import Load
from tests.support import ledger
from tests.support.ledger import Told

POLL = 0.1
_UNSENT = "SELECT count(*) FROM message WHERE status IN ('queued', 'sending')"
_OPEN = "SELECT count(*) FROM gathering WHERE decided_at IS NULL"
_MESSAGES = "SELECT delay_id, status, possible_duplicates FROM message WHERE delay_id = ANY($1::uuid[])"


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
    """Whether it came to be in time. A server that is on its way back is asked again."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    if await met():
                        return True
                except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    # TimeoutError of the question, not of this block, which would have come as a cancellation.
                    pass
                await asyncio.sleep(POLL)
    except TimeoutError:
        return False


async def in_flight(suite: Suite) -> dict[str, int]:
    """What is not done yet."""
    async with suite.database("notifications") as database:
        found = {"mails": await database.fetchval(_UNSENT), "gatherings": await database.fetchval(_OPEN)}
    found |= await ledger.behind(suite)
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
    mark = await ledger.latest(suite)

    async def through() -> bool:
        async with suite.database("notifications") as database:
            sent = await database.fetchval("SELECT count(*) FROM message WHERE delay_id = $1 AND status = 'sent'", UUID(delay))
        return bool(sent) and not await ledger.behind(suite, mark)

    return await until(through, seconds - (asyncio.get_running_loop().time() - began))


async def judge(ground: Ground, load: Load) -> Verdict:
    """When nothing is in flight any more."""
    suite, verdict = ground.suite, Verdict()
    committed = await ledger.committed(suite)
    streamed = await ledger.streamed(suite)
    archived = [told for told in await ledger.archived(suite) if told.publisher != "reporting"]
    verdict.events = len(committed)
    verdict.missing("events are not in the stream", set(committed) - set(streamed))
    verdict.missing("events had no effect in reporting", {told for told in committed if told.publisher != "reporting"} - set(archived))
    verdict.missing("aggregates have gaps in the record", ledger.gaps(committed))
    own = [told for told in streamed if told.id not in ground.injected]
    verdict.twice("events are twice in the stream", ledger.doubled(own))
    in_order = [told for told in own if told.id not in ground.told_again]
    verdict.missing("aggregates are out of order in the stream", _out_of_order(in_order))
    verdict.twice("events had their effect twice", ledger.doubled(archived))
    await _notices(load, verdict)
    return verdict


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
        rows = await database.fetch(_MESSAGES, [UUID(delay) for delay in load.delays])
    told = Counter(str(row["delay_id"]) for row in rows)
    sent = {str(row["delay_id"]) for row in rows if row["status"] == "sent"}
    verdict.notices = len(load.delays)
    verdict.missing("delays were told to nobody", set(load.delays) - sent)
    verdict.twice("delays have several messages", {delay for delay, times in told.items() if times > 1})
    verdict.twice("delays were answered twice", {delay for delay, times in Counter(load.delays).items() if times > 1})
    verdict.ambiguous = sum(row["possible_duplicates"] for row in rows)
    mails = Counter(mail.header("Message-ID") for mail in load.world.mails(load.customer))
    verdict.missing("mails are not in the sink", range(len(load.delays) - len(mails)))
    verdict.mailed_again = sum(mails.values()) - len(mails)
    verdict.twice("mails came again without being in doubt", range(verdict.mailed_again - verdict.ambiguous))
