"""Dead letters and operators' actions over HTTP. For administrators, and machine clients with the scope `operating`."""

import asyncio
import time
from typing import Any
from uuid import UUID

from shared.contracts.text import Both
from shared.operating import store
from shared.operating.models import (
    ActionQuery,
    Asked,
    DeadLetter,
    DeadLetterDetail,
    Decided,
    Discard,
    LetterQuery,
    OperatorAction,
    ReplayMatching,
    WaitQuery,
)
from shared.problems import Conflict, NotFound
from shared.web.auth import ADMINS
from shared.web.call import Call, Reply
from shared.web.paging import Page, page
from shared.web.routes import Routes

SCOPE = "operating"
UNDER_WAY = ("replaying", "discarding")
LOOK_SECONDS = 0.1
YET = {202: "Yet to be done"}

_FROM = {"replaying": ("parked",), "discarding": ("parked", "replaying")}
"""The states from which each is asked for."""
_ASKS = {"replaying": "dead_letter.replay", "discarding": "dead_letter.discard"}


def routes_of(service: str) -> Routes:
    """The routes of one service, under its own path."""
    routes, letters = Routes("operating"), f"/api/{service}/dead-letters"
    routes.get(letters, roles=ADMINS, scope=SCOPE)(list_dead_letters)
    routes.post(f"{letters}/replay", roles=ADMINS, scope=SCOPE, status=202)(replay_dead_letters)
    routes.get(letters + "/{letter}", roles=ADMINS, scope=SCOPE)(read_dead_letter)
    acting = routes.post(
        letters + "/{letter}/replay", roles=ADMINS, scope=SCOPE, transaction=False, also=YET, problems=(NotFound, Conflict)
    )
    acting(replay_dead_letter)
    acting = routes.post(
        letters + "/{letter}/discard", roles=ADMINS, scope=SCOPE, transaction=False, also=YET, problems=(NotFound, Conflict)
    )
    acting(discard_dead_letter)
    routes.get(f"/api/{service}/operator-actions", roles=ADMINS, scope=SCOPE)(list_operator_actions)
    return routes


async def list_dead_letters(call: Call, query: LetterQuery) -> Page[DeadLetter]:
    """Messages that were given up, the last tried first."""
    rows = await store.letters(call.tx, query)
    return page([DeadLetter(**row) for row in rows], query.limit, lambda one: (one.last_at, one.id))


async def read_dead_letter(call: Call, letter: UUID) -> DeadLetterDetail:
    """One message that was given up. With headers, body, and everything that was done about it."""
    row = await store.letter(call.tx, letter)
    if row is None:
        raise NotFound(_no_letter(letter))
    body = bytes(row["body"]).decode(errors="backslashreplace")
    actions = [OperatorAction(**action) for action in await store.actions_on(call.tx, letter)]
    return DeadLetterDetail(**{**row, "body": body}, actions=actions)


async def replay_dead_letter(call: Call, letter: UUID, query: WaitQuery) -> Reply[Decided]:
    """Try it once more. The owner of its shard does so within a second; `wait` up to 5 s for the outcome.

    202 says that it is yet to be done. It ends `replayed`, or `parked` again with the new error. What waited behind it follows in order.
    """
    return await _decide(call, letter, "replaying", None, query.wait)


async def discard_dead_letter(call: Call, letter: UUID, query: WaitQuery, body: Discard) -> Reply[Decided]:
    """Give it up for good. Its aggregate goes on without it, and it cannot be replayed afterwards."""
    return await _decide(call, letter, "discarding", body.reason, query.wait)


async def replay_dead_letters(call: Call, body: ReplayMatching) -> Asked:
    """Try all that match once more, oldest first, at most 1,000 at a time. Their owners do so; look at the letters for the outcome."""
    asked, more = await store.ask_all(call.tx, body, who=call.principal.login, correlation_id=call.correlation_id)
    return Asked(asked=asked, more=more)


async def list_operator_actions(call: Call, query: ActionQuery) -> Page[OperatorAction]:
    """What was asked of this service and what came of it, the last first."""
    rows = await store.actions(call.tx, query)
    return page([OperatorAction(**row) for row in rows], query.limit, lambda one: (one.at, one.id))


async def _decide(call: Call, id: UUID, wanted: str, reason: str | None, wait: float) -> Reply[Decided]:
    async with call.database.transaction() as tx:
        state = await store.locked_state(tx, id)
        if state is None:
            raise NotFound(_no_letter(id))
        # Asked twice is asked once.
        if state != wanted:
            if state not in _FROM[wanted]:
                raise Conflict(Both(f"the letter is {state}", f"该死信的状态是 {state}"), state=state)
            who, trace = call.principal.login, call.correlation_id
            await store.ask(tx, id, who=who, what=_ASKS[wanted], before=state, after=wanted, reason=reason, correlation_id=trace)
    deadline = time.monotonic() + wait
    while True:
        async with call.database.connection() as tx:
            row: Any = await store.letter(tx, id)
        left = deadline - time.monotonic()
        settled = row["state"] not in UNDER_WAY
        if settled or left <= 0:
            return Reply(Decided(letter=DeadLetter(**row), settled=settled), status=200 if settled else 202)
        await asyncio.sleep(min(LOOK_SECONDS, left))


def _no_letter(letter: UUID) -> Both:
    return Both(f"there is no dead letter {letter}", f"没有死信 {letter}")
