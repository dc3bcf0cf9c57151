"""Logging a delay as a pgbench script: the same rows in the same tables, each kind by a statement of its own, in one transaction.

What a client would reckon stands in the script as values: the estimates, the warnings and tasks that follow, the events' bodies as the
service wrote them. pgbench reckons nothing, checks nothing and speaks no HTTP: it is the pace of the database behind a client that costs
next to nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from deploy.local.postgres import ENVIRONMENT, binaries
from deploy.local.process import run

_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
_FAILED = re.compile(r"number of failed transactions: 0 ")

_SCRIPT = """
\\set turn :turn + 1
\\set number 10000000 + :first + :client_id * :each + :turn
BEGIN;
INSERT INTO idempotency_key (principal, route, key, body_hash)
    VALUES ('{login}', 'POST /api/orders/{{order}}/delays', 'delay-' || :number, sha256(:number::text::bytea)) ON CONFLICT DO NOTHING;
SELECT s.login, s.time_zone, d->>'first', d->>'last' FROM known_staff s, jsonb_array_elements(s.deputies) AS d
    WHERE s.deputies @> '[{{"login": "{login}"}}]' AND d->>'login' = '{login}';
SELECT o.id AS order_id, o.version AS version, o.customer_id, o.delivery_point, o.status
    FROM customer_order o JOIN known_customer k ON k.id = o.customer_id
    WHERE o.number = 'SO-' || :number AND k.owner = ANY('{{{login}}}') FOR NO KEY UPDATE OF o \\gset
SELECT line, shipment, promised, estimated, delivered, promise_revision, estimate_revision
    FROM order_line WHERE order_id = :order_id ORDER BY line;
SELECT shipment, code, position, department, visible, duration_days, planned, estimated, actual, revision
    FROM milestone WHERE order_id = :order_id ORDER BY position;
SELECT t.delay_id, t.shipment, t.milestone, d.new_date, t.ordinal, d.shipment_id IS NOT NULL
    FROM delay_order t JOIN delay d ON d.id = t.delay_id WHERE t.order_id = :order_id AND t.open ORDER BY t.ordinal;
SELECT count(*) FROM delay_order t JOIN delay d ON d.id = t.delay_id WHERE t.order_id = :order_id AND d.status <> 'retracted';
SELECT number, mode, carrier, vessel, voyage, booking, transport_document, containers, port_of_loading, port_of_discharge
    FROM shipment WHERE number IN (SELECT shipment FROM milestone WHERE order_id = :order_id);
{nodes}
UPDATE order_line SET estimated = '{delivered}', estimate_revision = estimate_revision + 1 WHERE order_id = :order_id AND line = '1';
UPDATE customer_order SET version = :version + {count} WHERE id = :order_id;
INSERT INTO delay (id, order_id, milestone, new_date, action, next_news_on, revision, version, status, logged_by, logged_at)
    VALUES (uuidv7(), :order_id, '{milestone}', '{new_date}',
        '{{"en": "space on the next sailing is confirmed", "zh-CN": "我司已向船公司确认新舱位"}}',
        '{news}', 1, 1, 'open', '{login}', now()) RETURNING id AS delay \\gset
INSERT INTO delay_cause (delay_id, position, code, party) VALUES (:delay, 1, 'LOG-VSL', 'carrier');
INSERT INTO delay_order (delay_id, order_id, milestone, ordinal, before, after, open)
    VALUES (:delay, :order_id, '{milestone}', 1, '{before}', '{new_date}', true);
INSERT INTO promise_entry (order_id, line, milestone, kind, day, revision, recorded_at, actor, source, delay_id, reason) VALUES
    {entries};
{left}
{events}
INSERT INTO outbox (position, recorded_at) VALUES {outbox};
INSERT INTO timer (kind, subject, due_at, payload) VALUES ('news_due', :delay, '{news}', '{{}}')
    ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at;
UPDATE idempotency_key SET status = 201, headers = '{{"Content-Type": "application/json", "ETag": "1"}}', answer = '{answer}'::bytea
    WHERE principal = '{login}' AND route = 'POST /api/orders/{{order}}/delays' AND key = 'delay-' || :number;
COMMIT;
"""
_NODE = """UPDATE milestone SET estimated = '{day}', revision = revision + 1
    WHERE order_id = :order_id AND code = '{code}' AND shipment IS NULL;"""
_ENTRY = "(:order_id::uuid, {line}, {code}, 'estimated', '{day}', 1, now(), '{login}', 'api', :delay::uuid, 'delay_logged')"
_EVENT = """INSERT INTO record (event_id, aggregate, sequence, type, subject, body)
    VALUES (uuidv7(), :order_id, :version + {nth}, '{type}', '{subject}', '\\x{body}')
    RETURNING position AS position{nth}, recorded_at AS at{nth} \\gset"""


@dataclass(frozen=True)
class Told:
    """An event as the service wrote it."""

    type: str
    subject: str
    body: bytes


@dataclass(frozen=True)
class Left:
    """Rows of one table: for each column an SQL expression."""

    table: str
    rows: Sequence[Mapping[str, str]]

    @property
    def statement(self) -> str:
        columns = ", ".join(f'"{column}"' for column in self.rows[0])
        values = ",\n    ".join(f"({', '.join(row.values())})" for row in self.rows)
        return f"INSERT INTO {self.table} ({columns}) VALUES\n    {values};"


@dataclass(frozen=True)
class Work:
    """What one delay leaves behind, taken from one that the service logged. `moved` are the milestones with their days before and after."""

    login: str
    milestone: str
    news: date
    moved: Sequence[tuple[str, date, date]]
    left: Sequence[Left]
    events: Sequence[Told]
    answer: bytes

    def script(self) -> str:
        days = {code: (before, after) for code, before, after in self.moved}
        before, new_date = days[self.milestone]
        delivered = self.moved[-1][2]
        entries = [_ENTRY.format(login=self.login, line="NULL", code=f"'{code}'", day=day) for code, _, day in self.moved]
        entries.append(_ENTRY.format(login=self.login, line="'1'", code="NULL", day=delivered))
        numbered = list(enumerate(self.events, start=1))
        return _SCRIPT.format(
            login=self.login,
            milestone=self.milestone,
            news=self.news,
            before=before,
            new_date=new_date,
            delivered=delivered,
            count=len(self.events),
            nodes="\n".join(_NODE.format(day=day, code=code) for code, _, day in self.moved),
            entries=",\n    ".join(entries),
            left="\n".join(left.statement for left in self.left),
            events="\n".join(_EVENT.format(nth=nth, type=told.type, subject=told.subject, body=told.body.hex()) for nth, told in numbered),
            outbox=", ".join(f"(:position{nth}::bigint, :at{nth}::timestamptz)" for nth, _ in numbered),
            answer=f"\\x{self.answer.hex()}",
        )


async def rate(url: str, script: Path, first: int, clients: int, each: int) -> float:
    """Transactions a second of `clients` clients that do `each` of the orders after `first`. RuntimeError when one fails."""
    command = [str(binaries() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-t", str(each)]
    command += ["-D", "turn=0", "-D", f"first={first}", "-D", f"each={each}", "-f", str(script), url]
    said = await run(command, environment=ENVIRONMENT, deadline=600)
    found = _TPS.search(said)
    if found is None or not _FAILED.search(said):
        raise RuntimeError(f"pgbench: {said}")
    return float(found[1])
