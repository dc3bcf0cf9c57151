"""relay: an outbox of 50,000 events drained by the service's own process into a stream that syncs before it acknowledges.

The others run on a broker that does not sync, as they do out of the box, which is quicker for them. Rates are taken from the times at which
the broker stored the messages, so that nothing is measured inside anybody's process.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from benchmarks.ground import Ground
from benchmarks.history import Stencil, record
from benchmarks.method import Effort, Reach, Row, Side, compare, side_by_side
from benchmarks.peers import nats_py
from benchmarks.peers.outboxes import FASTSTREAM_OUTBOX, NATS_OUTBOX, SUBJECT, Neighbour, Outbox, neighbour
from benchmarks.peers.outboxes import STREAM as OTHERS
from benchmarks.streams import Stream, made
from shared.contracts.envelope import STREAM

EVENTS = 50_000
RAW = "raw nats-py publish, not synced"
REACH = Reach(12_000, ratio=0.25)
PEERS = {NATS_OUTBOX: Reach(ratio=6), FASTSTREAM_OUTBOX: None}


async def run(ground: Ground, effort: Effort) -> list[Row]:
    stencil = await Stencil.cut(ground)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(ground.services("orders"))
        broker = await stack.enter_async_context(ground.suite.broker())
        nats = await stack.enter_async_context(ground.unsynced_nats())
        others = await stack.enter_async_context(made(nats, OTHERS, "events.>"))
        drain = Drain(ground, stencil, Stream(broker, STREAM), others, nats, effort)
        sides = [Side("relay", drain.relay), Side(RAW, drain.raw)]
        if effort.peers:
            beside = await stack.enter_async_context(neighbour(ground, effort.peers, nats))
            sides += [Side(peer.name, partial(drain.peer, beside, peer)) for peer in PEERS]
        rates = await side_by_side(sides, effort.rounds)
    note = f"{effort.count(EVENTS):,} events of {stencil.size:,} bytes on average"
    rows = [compare("outbox drained, synced", "events/s", rates["relay"], RAW, rates[RAW], REACH, note)]
    for peer in PEERS if effort.peers else ():
        against = f"{peer.name}, not synced"
        rows.append(compare("outbox drained, synced", "events/s", rates["relay"], against, rates[peer.name], PEERS[peer]))
    return rows


@dataclass(frozen=True)
class Drain:
    """One drain of each kind, of as many events."""

    ground: Ground
    stencil: Stencil
    own: Stream
    others: Stream
    nats: str
    effort: Effort

    async def relay(self) -> float:
        """By the suite's own relay, in the orders service."""
        before = await self.own.last()
        return await self.own.filled(before + 1, await record(self.ground, self.stencil, self.effort.count(EVENTS)))

    async def raw(self) -> float:
        """By nothing but nats-py: no database, and the broker does not sync."""
        before, count = await self.others.last(), self.effort.count(EVENTS)
        await nats_py.published(self.ground, self.nats, SUBJECT, count, self.stencil.size)
        return await self.others.filled(before + 1, count)

    async def peer(self, neighbour: Neighbour, outbox: Outbox) -> float:
        before, count = await self.others.last(), self.effort.count(EVENTS)
        await neighbour.forget(outbox)
        await neighbour.fill(outbox, count, self.stencil.size)
        async with neighbour.draining(outbox):
            return await self.others.filled(before + 1, count)
