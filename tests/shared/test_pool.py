"""How the statements of a service are planned."""

from collections.abc import Awaitable, Callable

from shared.database.pool import Database, Tx

LISTED = "SELECT count(*) FROM timer WHERE ($1::text IS NULL OR kind = $1) AND ($2::uuid IS NULL OR subject = $2)"
PLANS = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"
TIMES = 8
"""PostgreSQL chooses for itself after five."""


async def test_a_list_is_planned_for_what_it_is_asked_and_what_a_command_asks_is_planned_once(
    make_database: Callable[[str], Awaitable[Database]],
) -> None:
    async def plans(tx: Tx) -> tuple[int, int]:
        before = await tx.fetchrow(PLANS, LISTED) or (0, 0)
        for _ in range(TIMES):
            await tx.fetchval(LISTED, None, None)
        after = await tx.fetchrow(PLANS, LISTED) or (0, 0)
        return after[0] - before[0], after[1] - before[1]

    database = await make_database("customers")
    async with database.connection() as tx:
        assert await plans(tx) == (0, TIMES)
    async with database.command() as tx:
        assert await plans(tx) == (TIMES, 0)
