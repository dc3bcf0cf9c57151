"""Whose customers a caller sees."""

from services.customers.staff import store
from services.customers.staff.domain import standing_in
from shared.web.auth import MANAGERS
from shared.web.call import Call


async def owners_seen(call: Call) -> list[str] | None:
    """The owners whose customers the caller sees: himself and those he stands in for today; None is everybody's."""
    if call.principal.roles & MANAGERS:
        return None
    return [call.principal.login, *standing_in(await store.standings(call.tx, call.principal.login), call.now)]
