"""Whose orders the caller sees."""

from collections.abc import Sequence

from shared.directory import owners_seen, sights
from shared.problems import Forbidden
from shared.web.call import Call


class NotAllYours(Forbidden):
    """The command would touch orders of customers that are not the caller's; `others` counts them."""

    slug = "not-all-yours"
    title = "Orders of other owners' customers are touched"


async def sight(call: Call) -> list[str] | None:
    """Logins whose customers' orders the caller sees; None for all."""
    return await owners_seen(call.tx, call.principal, call.now)


async def sights_of(calls: Sequence[Call]) -> list[list[str] | None]:
    """As `sight`, for calls that share a transaction."""
    return await sights(calls[0].tx, [call.principal for call in calls], calls[0].now)


def require_all(others: int, what: str) -> None:
    """NotAllYours when there are orders out of the caller's sight."""
    if others:
        orders = "1 order of another owner's customer" if others == 1 else f"{others} orders of other owners' customers"
        raise NotAllYours(f"{what} touches {orders}: a manager can do it", others=others)
