"""The commands `republish` and `reconcile` that every service has."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import structlog

from shared.config import Settings
from shared.contracts.topology import LISTENS, MAKES_KEYS, TAKES_KEYS
from shared.database.pool import Database
from shared.messaging import keys, reconciling
from shared.messaging.bus import Bus
from shared.messaging.reconciling import KEPT, Span

CONNECT_SECONDS = 30.0

log = structlog.get_logger()


async def republish(service: str, database: Database, settings: Settings, arguments: Sequence[str]) -> None:
    """Tell the stream again what it lacks of this service's events; with `--to` everything to one service alone."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service} republish", description=republish.__doc__)
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--from", dest="position", type=int, metavar="POSITION", help="from that position of the record")
    begin.add_argument("--since", type=_moment, metavar="TIME", help="recorded at that time or later, RFC 3339")
    parser.add_argument(
        "--to", choices=[name for name in LISTENS if service in LISTENS[name]], metavar="SERVICE", help="tell that service alone"
    )
    given = parser.parse_args(arguments)
    span = Span(given.position, given.since)
    async with connected(service, settings) as bus:
        if given.to:
            count = await reconciling.republish_to(database, bus, service, given.to, span)
        else:
            count = await reconciling.republish(database, bus, service, span)
    if service in MAKES_KEYS and (not given.to or given.to in TAKES_KEYS):
        async with database.transaction() as tx:
            # The key relay of the running service publishes them.
            await keys.publish_again(tx, None if given.to else given.since or datetime.now(UTC) - KEPT)
    log.info("republish.done", events=count, to=given.to)


async def reconcile(service: str, database: Database, settings: Settings, arguments: Sequence[str]) -> None:
    """Say what the stream lacks of this service's events, and which events of others it waits for; exit code 1 if there are any."""
    argparse.ArgumentParser(prog=f"python -m services.{service} reconcile", description=reconcile.__doc__).parse_args(arguments)
    lacks = 0
    async with connected(service, settings) as bus, reconciling.snapshot(database) as tx:
        async for part in reconciling.lacking(tx, bus, service, Span()):
            for one in part[: max(0, reconciling.LISTED - lacks)]:
                log.error(
                    "reconcile.lacks",
                    position=one.position,
                    event_id=str(one.event_id),
                    aggregate=str(one.aggregate),
                    sequence=one.sequence,
                )
            lacks += len(part)
    async with database.connection() as tx:
        waits = await reconciling.gaps(tx)
    for gap in waits:
        log.error("reconcile.gap", **{**gap, "aggregate": str(gap["aggregate"])})
    log.info("reconcile.done", lacks=lacks, gaps=len(waits))
    if lacks or waits:
        sys.exit(1)


def connected(service: str, settings: Settings) -> AbstractAsyncContextManager[Bus]:
    """The broker, for a command. Raises ConnectionClosedError when it is away."""
    return Bus(settings.nats_url, settings.nats_user, settings.nats_password, f"{service}-command").up(CONNECT_SECONDS)


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise argparse.ArgumentTypeError("say the time zone, for example 2026-11-21T08:00:00Z")
    return when
