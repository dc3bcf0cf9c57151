"""What the broker must hold for the suite: streams, consumers, and what each service's user may do. Used by operators, not by services."""

import json
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client

from shared.contracts.envelope import KEY_STREAM, SHARDS, STREAM
from shared.contracts.topology import ARCHIVES, LISTENS, MAKES_KEYS, SERVICES, TAKES_KEYS

REPLAY_STREAM = "GENDAN_REPLAY"
"""What `republish --to` tells one service alone, on `gendan-replay.<service>.<publisher>.<shard> ...`."""
MAX_AGE_DAYS = 30
"""How long the stream keeps an event."""
_SECOND = 1_000_000_000
_DAY = 24 * 3600 * _SECOND

REQUEST_SECONDS = 5.0
BATCH = 250
"""Events a consumer handles in one transaction, at most. Twice as many are hardly cheaper, and are held in memory by each shard."""
MAX_ACK_PENDING = 2 * BATCH
"""One batch being handled and one on its way."""
ALREADY_IN_USE = 10058
"""STREAM.CREATE: there is a stream of that name with another configuration."""


class Refused(Exception):
    """The broker refused a request; `code` is JetStream's err_code."""

    def __init__(self, subject: str, code: int, description: str) -> None:
        super().__init__(f"{subject}: {description} ({code})")
        self.code = code


@dataclass(frozen=True, slots=True)
class Permissions:
    """The subjects a service's user may use; everything else is denied."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def streams(replicas: int = 1, max_bytes: int = 16 * 1024**3) -> list[dict[str, Any]]:
    """Stream configurations as JetStream reads them. A full stream refuses (the outboxes grow); it never drops the oldest."""
    common = {"storage": "file", "num_replicas": replicas, "duplicate_window": 20 * 60 * _SECOND}
    events = {
        "name": STREAM,
        "subjects": ["gendan.>"],
        "retention": "limits",
        "discard": "new",
        "deny_delete": True,
        "deny_purge": True,
        "allow_atomic": True,
        "max_age": MAX_AGE_DAYS * _DAY,
        "max_bytes": max_bytes,
        "max_msg_size": 1024**2,
        **common,
    }
    keys = {
        "name": KEY_STREAM,
        "subjects": ["gendan-keys.*.*"],
        "retention": "limits",
        "discard": "old",
        "max_msgs_per_subject": 1,
        "max_age": 7 * _DAY,
        "max_bytes": 256 * 1024**2,
        "max_msg_size": 4096,
        **common,
    }
    replay = {
        "name": REPLAY_STREAM,
        "subjects": ["gendan-replay.>"],
        # What its one consumer has acknowledged is gone; when it is full, the publisher waits for the consumer.
        "retention": "interest",
        "discard": "new",
        "allow_atomic": True,
        "max_age": 7 * _DAY,
        "max_bytes": 2 * 1024**3,
        "max_msg_size": 1024**2,
        **common,
    }
    return [events, keys, replay]


def durable(service: str, shard: int) -> str:
    """Name of the consumer of one shard."""
    return f"{service}-{shard}"


def replay_durable(service: str, shard: int) -> str:
    """Name of the consumer of what is told again to that service alone."""
    return f"{service}-replay-{shard}"


def replay_subject(service: str, subject: str) -> str:
    """Where an event of that subject is told again to one service."""
    return f"gendan-replay.{service}.{subject.removeprefix('gendan.')}"


def readers(service: str) -> tuple[str, str]:
    """Names of the passing consumers through which a publisher looks at its own events: for the commands, and for the watch."""
    return f"reconcile-{service}", f"watch-{service}"


def archive_reader(service: str) -> str:
    """Name of the passing consumer through which a service with an archive reads the whole stream."""
    return f"archive-{service}"


def key_durable(service: str) -> str:
    return f"keys-{service}"


def consumers(service: str) -> list[tuple[str, dict[str, Any]]]:
    """(stream, consumer configuration) of one service; none for a service that listens to nobody."""
    # One owner at a time works through a shard in order, so that acknowledging the last message of a batch acknowledges all.
    common = {"ack_policy": "all", "ack_wait": 60 * _SECOND, "deliver_policy": "all", "max_deliver": -1, "max_waiting": 32}
    found: list[tuple[str, dict[str, Any]]] = []
    for shard in range(SHARDS if LISTENS[service] else 0):
        # The broker looks for the next message of each filter: the fewer, the cheaper.
        filters = [f"gendan.{publisher}.{shard}.>" for publisher in LISTENS[service]]
        config = {"durable_name": durable(service, shard), "filter_subjects": filters, "max_ack_pending": MAX_ACK_PENDING}
        found.append((STREAM, {**common, **config}))
        again = [f"gendan-replay.{service}.*.{shard}.>"]
        config = {"durable_name": replay_durable(service, shard), "filter_subjects": again, "max_ack_pending": MAX_ACK_PENDING}
        found.append((REPLAY_STREAM, {**common, **config}))
    if service in TAKES_KEYS:
        found.append((KEY_STREAM, {**common, "durable_name": key_durable(service), "max_ack_pending": MAX_ACK_PENDING}))
    return found


def inbox_prefix(user: str) -> str:
    """Where answers to a user's requests go; nobody else may listen there."""
    return f"_INBOX_{user}"


def permissions(service: str) -> Permissions:
    """Exactly what the service needs: to publish its own events, to look at them, and to read and acknowledge its own consumers."""
    publish = [f"gendan.{service}.>", *(f"gendan-replay.{other}.{service}.>" for other in SERVICES if service in LISTENS[other])]
    for name in readers(service):
        # The subject names the filter, so that nothing but its own events can be asked for.
        publish += [f"$JS.API.CONSUMER.CREATE.{STREAM}.{name}.gendan.{service}.>"]
        publish += [f"$JS.API.CONSUMER.{verb}.{STREAM}.{name}" for verb in ("DELETE", "MSG.NEXT")]
    if service in ARCHIVES:
        publish += [f"$JS.API.CONSUMER.{verb}.{STREAM}.{archive_reader(service)}" for verb in ("CREATE", "DELETE", "MSG.NEXT")]
    if service in MAKES_KEYS:
        publish.append(f"gendan-keys.{service}.*")
    for stream, config in consumers(service):
        name = config["durable_name"]
        publish += [f"$JS.API.CONSUMER.{verb}.{stream}.{name}" for verb in ("INFO", "MSG.NEXT", "RESET")]
        # Both forms of the acknowledgement's subject; the second is announced as the default of later servers.
        publish += [f"$JS.ACK.{stream}.{name}.>", f"$JS.ACK.*.*.{stream}.{name}.>"]
    return Permissions(publish=tuple(publish), subscribe=(f"{inbox_prefix(service)}.>",))


async def provision(nc: Client, replicas: int = 1) -> None:
    """Create or update the streams and every service's consumers. May be run any number of times; Refused where the broker will not."""
    for config in streams(replicas):
        name = config["name"]
        try:
            await request(nc, f"$JS.API.STREAM.CREATE.{name}", config)
        except Refused as refused:
            if refused.code != ALREADY_IN_USE:
                raise
            await request(nc, f"$JS.API.STREAM.UPDATE.{name}", config)
    for service in SERVICES:
        for stream, config in consumers(service):
            body = {"stream_name": stream, "config": config}
            await request(nc, f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{config['durable_name']}", body)


async def request(nc: Client, subject: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One JetStream API request; Refused when the answer is an error, nats' TimeoutError or NoRespondersError when there is none."""
    answer = await nc.request(subject, json.dumps(body).encode() if body else b"", timeout=REQUEST_SECONDS)
    found: dict[str, Any] = json.loads(answer.data)
    if "error" in found:
        error = found["error"]
        raise Refused(subject, error.get("err_code", error["code"]), error.get("description", ""))
    return found
