"""The broker's own speed as nats-py gives it, in a process of its own: `python -m benchmarks.peers.raw publish|fetch URL ...`.

`publish` sends to JetStream with message ids over one inbox, a window of messages ahead of their acknowledgements, in order.
`fetch` reads a stream with one pull consumer, acknowledges the last of each batch, and prints how many events it got a second and how many
seconds of processor time that took it.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from uuid import uuid4

import nats
import uvloop
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

WINDOW = 1000
BATCH = 500


async def publish(client: Client, subject: str, count: int, size: int) -> None:
    """`count` messages of `size` bytes to that subject, acknowledged each."""
    body, window, done = b"x" * size, asyncio.Semaphore(WINDOW), asyncio.Event()
    acknowledged = 0

    async def acknowledge(_: Msg) -> None:
        nonlocal acknowledged
        acknowledged += 1
        window.release()
        if acknowledged == count:
            done.set()

    inbox = client.new_inbox()
    await client.subscribe(inbox, cb=acknowledge)
    for _ in range(count):
        await window.acquire()
        await client.publish(subject, body, reply=inbox, headers={"Nats-Msg-Id": str(uuid4())})
    await done.wait()


async def fetch(client: Client, stream: str, first: int, count: int) -> tuple[float, float]:
    """Events a second over `count` messages of a stream from that sequence on, and seconds of processor time."""
    config = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=first, ack_policy=AckPolicy.ALL)
    consumer = await client.jetstream().pull_subscribe("", stream=stream, config=config, durable=f"raw-{uuid4().hex}")
    began, spent, got = time.perf_counter(), time.process_time(), 0
    while got < count:
        messages = await consumer.fetch(min(BATCH, count - got), timeout=10)
        await messages[-1].ack()
        got += len(messages)
    figures = got / (time.perf_counter() - began), time.process_time() - spent
    await client.jetstream().delete_consumer(stream, (await consumer.consumer_info()).name)
    return figures


async def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    publishing = commands.add_parser("publish")
    fetching = commands.add_parser("fetch")
    for command, words in ((publishing, ("subject",)), (fetching, ("stream",))):
        for word in ("url", *words):
            command.add_argument(word)
        for number in ("count", "size") if command is publishing else ("first", "count"):
            command.add_argument(number, type=int)
    given = parser.parse_args(arguments)
    client = await nats.connect(given.url)
    try:
        if given.command == "publish":
            await publish(client, given.subject, given.count, given.size)
        else:
            print(json.dumps(await fetch(client, given.stream, given.first, given.count)))
    finally:
        await client.close()


if __name__ == "__main__":
    uvloop.run(main())
