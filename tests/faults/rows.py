"""The fault table: what is done, for how long, under how many delays a second, and within how many seconds all must be well again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.contracts.topology import SERVICES
from tests.faults import acts, acts_on_events
from tests.faults.acts import Act
from tests.faults.ground import Ground
from tests.faults.load import Load

BOUND = 60.0


@dataclass(frozen=True)
class Row:
    """`seconds` and `rate` are those of the quick set and of the whole; a row without quick seconds is in the whole set only.

    `after` is asked when everything is done. `small_disk` rows have a suite of their own whose broker is on a small disk.
    """

    name: str
    what: str
    act: Act
    seconds: tuple[float | None, float]
    rate: tuple[float, float] = (10, 50)
    bound: float = BOUND
    after: Callable[[Ground, Load], Awaitable[None]] | None = None
    small_disk: bool = False


def _kills() -> list[Row]:
    parts = (*SERVICES, "nats", "postgres")
    rows = [Row(f"kill {part}", f"kill -9 of {part}", acts.kill(part), (0, 0)) for part in parts]
    return [*rows, Row("kill relay holder", "kill -9 of the replica of orders that holds the relay, twice", acts.kill_relay_holder, (0, 0))]


def _freezes() -> list[Row]:
    return [
        Row(f"freeze {part}", f"SIGSTOP of {part}, then SIGCONT", acts.freeze(part), (5, 60)) for part in (*SERVICES, "nats", "postgres")
    ]


def _cuts() -> list[Row]:
    rows = []
    for server in ("nats", "database"):
        between = f"all services and {server}"
        rows += [
            Row(f"cut {server}", f"network between {between} cut both ways", acts.cut(server, "up", "down"), (3, 30)),
            Row(f"cut to {server}", f"network between {between} cut one way: nothing reaches the server", acts.cut(server, "up"), (3, 30)),
            Row(f"cut from {server}", f"network between {between} cut one way: no answer comes", acts.cut(server, "down"), (3, 30)),
            Row(f"reset {server}", f"every connection between {between} reset, each new one too", acts.reset(server), (2, 30)),
        ]
        for service in SERVICES:
            what = f"network between {service} and {server} cut both ways"
            rows.append(Row(f"cut {service} {server}", what, acts.cut(server, "up", "down", services=(service,)), (None, 30)))
    return rows


def _lost_words() -> list[Row]:
    return [
        Row("acks lost", "the broker's acknowledgements are lost, their connections cut", acts.swallow("nats", b"Nats-Msg-Id", 3), (0, 0)),
        Row("commits lost", "PostgreSQL's word on COMMIT is lost, connections cut", acts.swallow("database", b"COMMIT", 5), (0, 0)),
    ]


def _mails() -> list[Row]:
    return [
        Row(
            "mail dropped",
            "the mail server takes mails and drops the connection before its 250",
            acts.swallow("smtp", b"\r\n.\r\n", 5),
            (0, 0),
        ),
        Row("mail slow", "each word to and from the mail server takes 0.4 s longer", acts.slow_mail(0.4), (3, 30)),
        Row("mail away", "the mail server is killed and stays away", acts.no_mail_server, (3, 30), bound=90),
    ]


def _stream() -> list[Row]:
    after = acts_on_events.rebuilt_alike
    return [
        Row("duplicates", "each event of orders comes three times, shuffled, before itself", acts_on_events.shuffle, (3, 10), after=after),
        Row("poison", "events that can never be applied, among the others", acts_on_events.poison, (1, 20)),
        Row("poison that kills", "an event that ends the process that handles it", acts_on_events.poison_that_kills, (0, 0)),
        Row("disk full", "no room for the broker's store", acts_on_events.fill_disk, (4, 30), small_disk=True),
    ]


ALWAYS = ("kill orders", "kill nats", "freeze orders", "cut nats", "acks lost", "mail dropped", "duplicates", "poison", "poison that kills")
"""Rows that every run of the tests does; the rest of the quick set is for `gendan test faults`."""

ROWS = [
    *_kills(),
    *_freezes(),
    *_cuts(),
    *_lost_words(),
    *_mails(),
    *_stream(),
    Row("two replicas", "every service twice, one of the eight processes killed every 5 s", acts.two_replicas, (12, 120)),
    Row("nats away", "the broker killed and away under load", acts.broker_away, (10, 120), rate=(20, 200), bound=180),
]
