"""`python -m benchmarks.peers.tables URL`: the tables of both outboxes, as their packages make them."""

import asyncio
import sys

from faststream_outbox import make_outbox_table
from nats_outbox.core.models import create_tables
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine


async def main(url: str) -> None:
    engine = create_async_engine(url)
    await create_tables(engine)
    tables = MetaData()
    make_outbox_table(tables, table_name="outbox")
    async with engine.begin() as connection:
        await connection.run_sync(tables.create_all)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
