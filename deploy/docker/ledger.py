"""What was committed is what is in the stream is what had an effect, each once and in order; and each customer was told once."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass

from deploy.docker.stack import Failed, Stack
from shared.contracts.topology import LISTENS, SERVICES

PATIENCE = 180.0

_RECORD = "SELECT event_id, aggregate, sequence FROM record ORDER BY position"
_ARCHIVE = "SELECT convert_from(body, 'UTF8')::json->>'id', aggregate, sequence FROM archive"
_LATEST = "SELECT aggregate, max(sequence) FROM record GROUP BY aggregate"
_TAKEN = "SELECT publisher, aggregate, last_sequence FROM consumed"
_CONTACTS = "SELECT count(*) FROM contact"
_OUTBOX = "SELECT count(*) FROM outbox"
_PARKED = "SELECT count(*) FROM dead_letter"
_UNSETTLED = "SELECT count(*) FROM message WHERE status IN ('queued', 'sending')"
_MESSAGES = "SELECT status, count(*), sum(possible_duplicates) FROM message GROUP BY status"


@dataclass(frozen=True)
class Counted:
    """What a check counted, when all of it was right."""

    events: int
    mails: int
    doubled: int


async def settled(stack: Stack) -> None:
    """Until nothing is under way any more; `Failed` with what is."""
    try:
        async with asyncio.timeout(PATIENCE):
            while left := await _behind(stack):  # noqa: ASYNC110  the databases know
                await asyncio.sleep(1)
    except TimeoutError:
        raise Failed(f"still under way: {left}") from None


async def check(stack: Stack, delays: int, forgotten: int) -> Counted:
    """`Failed` with what was lost, doubled or out of order. `forgotten`: delays that were mailed before a restore and lost with it."""
    record = {service: [tuple(row) for row in await stack.rows(service, _RECORD)] for service in SERVICES}
    committed = [row for rows in record.values() for row in rows]
    archived = [tuple(row) for row in await stack.rows("reporting", _ARCHIVE)]
    told = [row for service, rows in record.items() if service != "reporting" for row in rows]
    messages = {row[0]: (int(row[1]), int(row[2])) for row in await stack.rows("notifications", _MESSAGES)}
    mails = await stack.mailed()
    wrong = {
        "doubled in the record": _doubled(committed),
        "gaps in the record": _gaps(committed),
        "in the record and not in the stream, or twice": await stack.streamed() - len(committed),
        "not archived": len(set(told) - set(archived)),
        "archived and never committed": len(set(archived) - set(told)),
        "taken and never committed": sum(taken > last for inbox in (await _inboxes(stack)).values() for last, taken in inbox),
        "parked": sum([int((await stack.rows(service, _PARKED))[0][0]) for service in SERVICES]),
        "messages not sent": sum(number for state, (number, _) in messages.items() if state != "sent"),
        "messages too many or too few": messages.get("sent", (0, 0))[0] - delays,
        "delays not mailed": delays + forgotten - len(set(mails)),
        "mails doubled beyond what the sender owns to": max(0, len(mails) - len(set(mails)) - sum(known for _, known in messages.values())),
    }
    if found := {name: number for name, number in wrong.items() if number}:
        raise Failed(f"the ledger is not right: {found}")
    return Counted(len(committed), len(set(mails)), len(mails) - len(set(mails)))


async def contacts_known(stack: Stack) -> int:
    """How many contacts notifications has heard of."""
    return int((await stack.rows("notifications", _CONTACTS))[0][0])


async def _behind(stack: Stack) -> dict[str, int]:
    found = {f"{service} outbox": int((await stack.rows(service, _OUTBOX))[0][0]) for service in SERVICES}
    found |= {where: sum(taken < last for last, taken in inbox) for where, inbox in (await _inboxes(stack)).items()}
    found["mails to send"] = int((await stack.rows("notifications", _UNSETTLED))[0][0])
    return {name: number for name, number in found.items() if number}


async def _inboxes(stack: Stack) -> dict[str, list[tuple[int, int]]]:
    """Of each aggregate that is recorded or taken: its last event, and the last that the service took; by service and publisher."""
    latest = {service: {row[0]: int(row[1]) for row in await stack.rows(service, _LATEST)} for service in SERVICES}
    found = {}
    for service, publishers in LISTENS.items():
        taken: dict[str, dict[str, int]] = defaultdict(dict)
        for publisher, aggregate, last in await stack.rows(service, _TAKEN):
            taken[publisher][aggregate] = int(last)
        for publisher in publishers:
            told, had = latest[publisher], taken[publisher]
            found[f"{service} behind {publisher}"] = [(told.get(one, 0), had.get(one, 0)) for one in told.keys() | had.keys()]
    return found


def _doubled(rows: list[tuple[str, ...]]) -> int:
    return sum(times - 1 for times in Counter(rows).values())


def _gaps(rows: list[tuple[str, ...]]) -> int:
    """Aggregates whose sequences do not count 1, 2, 3 ... in the order of the record."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for _, aggregate, sequence in rows:
        numbers[aggregate].append(int(sequence))
    return sum(found != list(range(1, len(found) + 1)) for found in numbers.values())
