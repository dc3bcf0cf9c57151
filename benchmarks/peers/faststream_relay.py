"""`python -m benchmarks.peers.faststream_relay DATABASE NATS SUBJECT STREAM`: the relay of faststream-outbox's documentation, to NATS.

Its defaults are one worker and ten rows a claim; here it has eight workers and a hundred, which is quicker.
"""

import asyncio
import sys
from typing import Any

from faststream import FastStream
from faststream.nats import NatsBroker
from faststream_outbox import OutboxBroker, make_outbox_table
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine


def relay(database: str, nats: str, subject: str, stream: str) -> FastStream:
    outbox = OutboxBroker(create_async_engine(database, pool_size=10), outbox_table=make_outbox_table(MetaData(), table_name="outbox"))
    broker = NatsBroker(nats)

    @broker.publisher(subject, stream=stream)
    @outbox.subscriber("events", max_workers=8, fetch_batch_size=100)
    async def pass_on(body: dict[str, Any]) -> dict[str, Any]:
        return body

    return FastStream(outbox, on_startup=[broker.start])


if __name__ == "__main__":
    asyncio.run(relay(*sys.argv[1:]).run())
