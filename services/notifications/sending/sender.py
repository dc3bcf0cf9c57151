"""The sender: claims due messages, sends each on a kept connection outside any transaction, writes what came of it.

One claimer, some workers with a connection each, one recorder that writes results in small batches. A crash leaves
claims behind that another process takes over when their lease ends. What a process has in hand itself it does not claim again, however
long the database was away; what waited in it for longer than its lease is another's to send.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram

from services.notifications.channels.domain import Channel, Outcome
from services.notifications.messages.deciding import decide_anew
from services.notifications.sending import store
from services.notifications.sending.domain import Attempt, Claimed, Next, after, back_off
from services.notifications.sending.store import Settled
from services.notifications.settings import NotificationSettings
from shared.clock import Clock
from shared.contracts.event import Event
from shared.contracts.notifications import MessageSent
from shared.database.pool import Database, away
from shared.ids import new_id
from shared.messaging.record import Facts, append_all
from shared.problems import Unavailable

log = structlog.get_logger()

ATTEMPTS = Counter("gendan_mail_attempts", "Attempts to send a mail, by how they ended.", ("result",))
SECONDS = Histogram(
    "gendan_mail_wait_seconds",
    "From the decision to the attempt that sent the mail.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120, 600, 3600),
)

POLL = 1.0
MOST_RESULTS = 100
GATHERED_SECONDS = 0.02
"""For so long results are gathered for one transaction. What a crash loses meanwhile was sent, and is in doubt."""
DATABASE_AWAY = 1.0


class Sender:
    """Runs until `stopping`; `wake` is called when a message was decided, so that it leaves at once."""

    def __init__(self, database: Database, clock: Clock, settings: NotificationSettings, channel: Callable[[], Channel]) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._channel = channel
        self._token: UUID = new_id()
        self._woken = asyncio.Event()
        self._work: asyncio.Queue[Claimed] = asyncio.Queue(maxsize=2 * settings.send_connections)
        self._results: asyncio.Queue[Attempt] = asyncio.Queue(maxsize=4 * MOST_RESULTS)
        self._held: dict[UUID, float] = {}
        """The messages in hand, from their claim until their result is written, with the end of their lease."""
        self._outages = 0
        self._paused_until = 0.0

    def wake(self) -> None:
        self._woken.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Send until `stopping`; then finish what is being sent, write its results and give the rest back."""
        recorder = asyncio.create_task(self._record())
        workers = [asyncio.create_task(self._send()) for _ in range(self._settings.send_connections)]
        claimer = asyncio.create_task(self._claim())
        stop = asyncio.create_task(stopping.wait())
        tasks = [claimer, *workers, recorder]
        try:
            done, _ = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stop}:
                task.result()
            await self._drain(claimer, workers)
        finally:
            for task in (stop, *tasks):
                task.cancel()
            await asyncio.gather(stop, *tasks, return_exceptions=True)

    async def _drain(self, claimer: "asyncio.Task[None]", workers: "Sequence[asyncio.Task[None]]") -> None:
        await _cancelled(claimer)
        while not self._work.empty():
            self._work.get_nowait()
            self._work.task_done()
        await self._work.join()
        for worker in workers:
            await _cancelled(worker)
        await self._results.join()
        async with self._database.connection() as connection:
            await store.release(connection, self._token)

    async def _claim(self) -> None:
        while True:
            self._woken.clear()
            claimed = await self._take()
            for one in claimed:
                await self._work.put(one)
            if len(claimed) < self._settings.send_connections:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await self._woken.wait()

    async def _take(self) -> list[Claimed]:
        pause = self._paused_until - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        try:
            async with self._database.connection() as connection:
                until = time.monotonic() + self._settings.send_lease
                claimed = await store.claim(connection, self._settings.send_connections, self._token, self._settings.send_lease, self._held)
        except Exception as error:
            await _wait_for_database(error)
            return []
        self._held |= {one.mail.id: until for one in claimed}
        return claimed

    async def _send(self) -> None:
        channel = self._channel()
        try:
            while True:
                claimed = await self._work.get()
                if time.monotonic() < self._held[claimed.mail.id]:
                    began = datetime.now(UTC)
                    outcome = await channel.send(claimed.mail)
                    self._note_server(outcome)
                    await self._results.put(Attempt(claimed, outcome, began))
                else:
                    del self._held[claimed.mail.id]
                self._work.task_done()
        finally:
            await channel.close()

    def _note_server(self, outcome: Outcome) -> None:
        """While no server can be reached the sender pauses as a whole."""
        if outcome.result != "no_server":
            self._outages = 0
            return
        if time.monotonic() >= self._paused_until:
            self._outages += 1
            self._paused_until = time.monotonic() + min(back_off(self._outages), POLL * 30)
            log.warning("mail.no_server", code=outcome.code, outages=self._outages)

    async def _record(self) -> None:
        while True:
            attempts = [await self._results.get()]
            await asyncio.sleep(GATHERED_SECONDS)
            while len(attempts) < MOST_RESULTS and not self._results.empty():
                attempts.append(self._results.get_nowait())
            await self._write(attempts)
            for attempt in attempts:
                del self._held[attempt.claimed.mail.id]
                self._results.task_done()

    async def _write(self, attempts: Sequence[Attempt]) -> None:
        given = self._settings
        results = [(one, after(one, most_tries=given.send_tries, most_days=given.send_days)) for one in attempts]
        while True:
            try:
                async with self._database.command() as tx:
                    now = self._clock.now()
                    settled = await store.settle(tx, results, now)
                    await append_all(tx, [(one.stamp, Facts(one.id, one.version - 1, (_event(one, now),))) for one in settled])
                    await decide_anew(tx, settled, now)
                break
            except Exception as error:
                # Written late is better than sent twice; the lease says how late.
                await _wait_for_database(error)
        _note(results)


async def _wait_for_database(error: Exception) -> None:
    """A pause while the database is away; any other error is ours, and ends the process."""
    if not isinstance(error, Unavailable) and not away(error):
        raise error
    log.warning("sender.database_away", error=type(error).__name__)
    await asyncio.sleep(DATABASE_AWAY)


def _event(settled: Settled, now: datetime) -> Event:
    if settled.status == "sent":
        return MessageSent(message_id=settled.id, delay_id=settled.delay_id, at=now, attempts=settled.attempts)
    if settled.status == "failed":
        return settled.failed()
    return settled.cancelled()


def _note(results: Sequence[tuple[Attempt, Next]]) -> None:
    for attempt, then in results:
        ATTEMPTS.labels(attempt.outcome.result).inc()
        if then.status == "sent":
            SECONDS.observe(attempt.claimed.age.total_seconds())
        say = log.info if then.status == "sent" else log.warning
        say(
            "message.attempted",
            message=attempt.claimed.mail.id,
            result=attempt.outcome.result,
            code=attempt.outcome.code,
            attempt=attempt.claimed.attempts,
            status=then.status,
        )


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
