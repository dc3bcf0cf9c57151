"""The fault table: what is done, for how long, under how many delays a second, and within how many seconds all must be well again."""

from dataclasses import dataclass
from typing import Literal

from shared.contracts.topology import SERVICES
from tests.faults import acts, acts_on_demand, acts_on_disks, acts_on_events, acts_on_replicas
from tests.faults.acts import Act

BOUND = 60.0
PARTS = (*SERVICES, "nats", "postgres")
BROKEN = ("orders", "nats", "postgres")
"""What the quick set kills and freezes."""
BACK = {"nats": 3.0, "postgres": 5.0}
"""Goals after kill -9, in seconds; of a service SERVICE_BACK."""
SERVICE_BACK, RESUMED, ROOM_AGAIN = 2.0, 5.0, 10.0
"""The other goals: a service that died, something that stood still or was cut off, a disk that was full."""


@dataclass(frozen=True)
class Row:
    """`seconds` and `rate` are those of the quick set and of the whole; a row without quick seconds is in the whole set only.

    A row fails when it is not recovered within `bound`; `goal` is what is aimed at, where something is. `small_disk` names the server whose
    data are on one: such a row has a suite of its own. `stocked`: the orders to be delayed are there before it begins, so that no entering
    of orders holds the rate down.
    """

    name: str
    what: str
    act: Act
    seconds: tuple[float | None, float]
    rate: tuple[float, float] = (5, 30)
    bound: float = BOUND
    goal: float | None = None
    small_disk: Literal["nats", "postgres"] | None = None
    stocked: bool = False


def _kills() -> list[Row]:
    return [
        Row(
            f"kill {part}",
            f"kill -9 of {part}",
            acts.kill(part),
            (0 if part in BROKEN else None, 0),
            rate=(10, 30),  # at any moment something is amid its work
            goal=BACK.get(part, SERVICE_BACK),
        )
        for part in PARTS
    ]


def _stores() -> list[Row]:
    """Early in the table: what the stream lacks then is all that was told before."""
    return [Row("store lost", "the broker's store deleted, then `republish`", acts_on_disks.lose_store, (None, 0))]


def _freezes() -> list[Row]:
    what = "SIGSTOP of {}, then SIGCONT"
    return [
        Row(f"freeze {part}", what.format(part), acts.freeze(part), (5 if part in BROKEN else None, 60), goal=RESUMED) for part in PARTS
    ]


def _replicas() -> list[Row]:
    one = "the replica of orders that holds the relay"
    return [
        Row("kill relay holder", f"kill -9 of {one}, twice", acts_on_replicas.kill_relay_holder, (None, 0), goal=SERVICE_BACK),
        Row("freeze relay holder", f"SIGSTOP of {one}, another is ready", acts_on_replicas.freeze_relay_holder, (None, 60), goal=RESUMED),
        Row(
            "two replicas",
            "every service twice, one of the eight processes killed every 5 s",
            acts_on_replicas.two_replicas,
            (None, 60),
            rate=(5, 20),
            goal=SERVICE_BACK,
        ),
    ]


def _cuts() -> list[Row]:
    rows = []
    for server in ("nats", "database"):
        between, lost = f"all services and {server}", acts.lose(server, "down")
        rows += [
            _cut(f"cut {server}", f"network between {between} cut both ways", acts.cut(server, "up", "down"), (3, 30)),
            _cut(f"cut to {server}", f"network between {between} cut: nothing reaches the server", acts.cut(server, "up"), (None, 30)),
            _cut(f"cut from {server}", f"network between {between} cut: no answer comes", acts.cut(server, "down"), (None, 30)),
            _cut(f"lose from {server}", f"{server}'s answers to all services lost, then the connections reset", lost, (None, 15)),
            Row(f"reset {server}", f"every connection between {between} reset, each new one too", acts.reset(server), (None, 15)),
        ]
        for service in SERVICES:
            what = f"network between {service} and {server} cut both ways"
            rows.append(_cut(f"cut {service} {server}", what, acts.cut(server, "up", "down", services=(service,)), (None, 15)))
    return [*rows, Row("connections ended", "pg_terminate_backend, five times a second", acts.terminate, (None, 30))]


def _cut(name: str, what: str, act: Act, seconds: tuple[float | None, float]) -> Row:
    return Row(name, what, act, seconds, goal=RESUMED)


def _lost_words() -> list[Row]:
    acks, commits = acts.swallow("nats", b"Nats-Msg-Id", 3), acts.swallow("database", b"COMMIT", 5)
    return [
        Row("acks lost", "the broker's acknowledgements are lost, their connections cut", acks, (0, 0)),
        Row("commits lost", "PostgreSQL's word on COMMIT is lost, connections cut", commits, (None, 0)),
    ]


def _mails() -> list[Row]:
    drop = acts.swallow("smtp", b"\r\n.\r\n", 5)
    return [
        Row("mail dropped", "the mail server takes mails and drops the connection before its 250", drop, (0, 0)),
        Row("mail slow", "each word to and from the mail server takes 0.4 s longer", acts.slow_mail(0.4), (None, 30)),
        Row("mail away", "the mail server is killed and stays away", acts.no_mail_server, (None, 30), bound=90),
    ]


def _stream() -> list[Row]:
    copies, fatal = acts_on_events.shuffle, acts_on_events.poison_that_kills
    return [
        Row("duplicates", "each event of orders comes three times, shuffled, before itself", copies, (3, 10)),
        Row("poison", "one event in a thousand can never be applied", acts_on_events.poison, (0, 0)),
        Row("poison that kills", "an event that ends the process that handles it", fatal, (None, 0), rate=(3, 10)),
    ]


def _disks() -> list[Row]:
    broker, database = acts_on_disks.fill_broker, acts_on_disks.fill_database
    return [
        Row("broker's disk full", "no room for the broker's store", broker, (None, 30), (5, 20), goal=ROOM_AGAIN, small_disk="nats"),
        Row("database's disk full", "no room for PostgreSQL's data", database, (None, 20), (5, 20), goal=ROOM_AGAIN, small_disk="postgres"),
    ]


def _demand() -> list[Row]:
    return [
        Row(
            "nats away",
            "the broker killed and away under load",
            acts_on_demand.broker_away,
            (10, 120),
            rate=(10, 200),
            bound=300,
            stocked=True,
        ),
        Row("overload", "five times as many orders as can be taken", acts_on_demand.overload, (None, 60), rate=(2, 2)),
    ]


ROWS = [
    *_kills(),
    *_stores(),
    *_freezes(),
    *_replicas(),
    *_cuts(),
    *_lost_words(),
    *_mails(),
    *_stream(),
    *_disks(),
    Row("wrong clock", "the business clock of orders 2 h ahead, then 2 h behind", acts.wrong_clock, (None, 30)),
    *_demand(),
]
