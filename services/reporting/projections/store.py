"""Writes a batch's changes: one statement per table and kind of change. Names are unqualified: `enter` says which schema they mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from services.reporting.projections.domain import Agreement, Change, Changes, Columns, Key
from shared.database.pool import Tx

LIVE = "projection"


@dataclass(frozen=True)
class Table:
    """A projection table: its columns with their types, the key first. `kept` columns are written once, `parts` may change alone.

    An empty text, or the day NOTHING, in one of `emptied` says that there is nothing any more: a part that says nothing leaves its
    column as it is.
    """

    name: str
    key: Mapping[str, str]
    columns: Mapping[str, str]
    kept: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    emptied: frozenset[str] = frozenset()

    def _arrays(self, names: Sequence[str]) -> str:
        types = {**self.key, **self.columns}
        # jsonb travels as text, so that the statement does not depend on the connection's codecs.
        return ", ".join(f"${n}::{'text' if types[name] == 'jsonb' else types[name]}[]" for n, name in enumerate(names, 1))

    def _value(self, name: str, of: str) -> str:
        return f"{of}.{name}::jsonb" if self.columns.get(name) == "jsonb" else f"{of}.{name}"

    def _stored(self, name: str, value: str) -> str:
        return f"nullif({value}, '{_EMPTY[self.columns[name]]}')" if name in self.emptied else value

    @cached_property
    def put(self) -> str:
        names = [*self.key, *self.columns]
        changing = [f"{name} = excluded.{name}" for name in self.columns if name not in self.kept]
        return (
            f"INSERT INTO {self.name} ({', '.join(names)}) "
            f"SELECT {', '.join(self._stored(name, self._value(name, 'u')) for name in names)} "
            f"FROM unnest({self._arrays(names)}) AS u ({', '.join(names)}) "
            f"ON CONFLICT ({', '.join(self.key)}) DO " + (f"UPDATE SET {', '.join(changing)}" if changing else "NOTHING")
        )

    @cached_property
    def change(self) -> str:
        names = [*self.key, *self.parts]
        changed = ((name, f"coalesce({self._value(name, 'u')}, {self.name}.{name})") for name in self.parts)
        changing = ", ".join(f"{name} = {self._stored(name, value)}" for name, value in changed)
        matching = " AND ".join(f"{self.name}.{name} = u.{name}" for name in self.key)
        return f"UPDATE {self.name} SET {changing} FROM unnest({self._arrays(names)}) AS u ({', '.join(names)}) WHERE {matching}"

    @cached_property
    def drop(self) -> str:
        matching = " AND ".join(f"{self.name}.{name} = u.{name}" for name in self.key)
        return f"DELETE FROM {self.name} USING unnest({self._arrays(list(self.key))}) AS u ({', '.join(self.key)}) WHERE {matching}"

    def arrays(self, rows: Mapping[Key, Columns], names: Sequence[str]) -> list[list[Any]]:
        """One list per parameter: the key's, then those of `names`; a column that a row lacks is null."""
        arrays: list[list[Any]] = [list(values) for values in zip(*rows, strict=True)]
        for name in names:
            if self.columns[name] == "jsonb":
                arrays.append([None if row.get(name) is None else orjson.dumps(row[name]).decode() for row in rows.values()])
            else:
                arrays.append([row.get(name) for row in rows.values()])
        return arrays


UUID, TEXT, DATE, INTEGER, BIGINT, BOOLEAN, TIME, NUMERIC, JSON = (
    "uuid", "text", "date", "integer", "bigint", "boolean", "timestamptz", "numeric", "jsonb",
)  # fmt: skip

_EMPTY = {TEXT: "", DATE: "-infinity"}

TABLES = (
    Table(
        "customer", {"id": UUID},
        {"code": TEXT, "name": TEXT, "country": TEXT, "grade": TEXT, "prospect_class": TEXT, "owner": TEXT},
        parts=("owner",),
    ),
    Table("staff", {"login": TEXT}, {"department": TEXT, "team": TEXT, "manager": TEXT, "active": BOOLEAN}),
    Table("supplier", {"code": TEXT}, {"id": UUID, "name": TEXT}),
    Table(
        "shipment", {"number": TEXT},
        {"id": UUID, "mode": TEXT, "carrier": TEXT, "vessel": TEXT, "voyage": TEXT, "booking": TEXT, "transport_document": TEXT,
         "port_of_loading": TEXT, "port_of_discharge": TEXT},
    ),
    Table("sailing", {"shipment": TEXT, "sequence": BIGINT}, {"yard_cutoff": TIME, "zone": TEXT, "rolled_at": TIME}),
    Table(
        "sales_order", {"id": UUID},
        {"number": TEXT, "customer_id": UUID, "customer_code": TEXT, "customer_po": TEXT, "trade_type": TEXT, "incoterm": TEXT,
         "delivery_point": TEXT, "currency": TEXT, "ordered_on": DATE, "template": TEXT, "source": TEXT, "historical": BOOLEAN,
         "created_at": TIME},
        parts=("ordered_on",),
    ),
    Table(
        "line", {"order_id": UUID, "line": TEXT},
        {"item": TEXT, "quantity": NUMERIC, "uom": TEXT, "amount": NUMERIC, "supplier": TEXT, "shipment": TEXT, "requested": DATE,
         "first_promised": DATE, "agreed": DATE, "promised": DATE, "promise_revision": INTEGER, "estimated": DATE, "delivered": DATE,
         "cancelled_on": DATE},
        parts=("quantity", "amount", "shipment", "promised", "promise_revision", "estimated", "delivered", "cancelled_on"),
        emptied=frozenset({"shipment", "delivered"}),
    ),
    Table(
        "milestone", {"order_id": UUID, "leg": TEXT, "milestone": TEXT},
        {"ordinal": INTEGER, "department": TEXT, "visible": BOOLEAN, "planned": DATE, "estimated": DATE, "actual": DATE,
         "revision": INTEGER, "due": DATE},
        parts=("estimated", "actual", "revision", "due"),
        emptied=frozenset({"actual", "due"}),
    ),
    Table(
        "promise_change", {"order_id": UUID, "line": TEXT, "revision": INTEGER},
        {"before": DATE, "after": DATE, "reason": TEXT, "delay_id": UUID, "changed_at": TIME},
    ),
    Table(
        "delay", {"id": UUID},
        {"order_id": UUID, "shipment": TEXT, "milestone": TEXT, "revision": INTEGER, "status": TEXT, "new_date": DATE, "causes": JSON,
         "under_investigation": BOOLEAN, "action": JSON, "next_news_on": DATE, "news_due_on": DATE, "closed_on": DATE,
         "historical": BOOLEAN, "logged_by": TEXT, "logged_at": TIME, "logged_event": UUID, "correlation_id": TEXT},
        kept=frozenset({"logged_by", "logged_at", "logged_event", "correlation_id"}),
        parts=("revision", "status", "causes", "under_investigation", "news_due_on", "closed_on"),
        emptied=frozenset({"closed_on"}),
    ),
    Table(
        "delay_order", {"delay_id": UUID, "order_id": UUID},
        {"number": TEXT, "customer_id": UUID, "before": DATE, "after": DATE, "freed_on": DATE},
        kept=frozenset({"before"}),
        parts=("freed_on",),
    ),
    Table(
        "delay_effect", {"order_id": UUID, "sequence": BIGINT},
        {"delay_id": UUID, "delay_revision": INTEGER, "told_moved": INTEGER, "earliest_before": DATE, "historical": BOOLEAN,
         "event": UUID},
    ),
    Table(
        "exception", {"id": UUID},
        {"kind": TEXT, "severity": TEXT, "status": TEXT, "shipment": TEXT, "detected_on": DATE, "causes": JSON,
         "under_investigation": BOOLEAN, "amount": NUMERIC, "currency": TEXT, "delay_id": UUID, "actions": JSON, "opened_by": TEXT,
         "opened_at": TIME},
        kept=frozenset({"opened_at"}),
    ),
    Table("exception_order", {"exception_id": UUID, "order_id": UUID}, {"number": TEXT, "customer_id": UUID}),
    Table("lateness", {"order_id": UUID}, {"number": TEXT, "customer_id": UUID, "legs": JSON}),
    Table(
        "chase", {"id": UUID},
        {"customer_id": UUID, "milestone": TEXT, "asked": TEXT, "department": TEXT, "answer_by": DATE, "asked_at": TIME,
         "answered_at": TIME, "level": INTEGER, "status": TEXT},
        parts=("answered_at", "level", "status"),
    ),
    Table(
        "warning", {"order_id": UUID, "leg": TEXT, "milestone": TEXT, "sequence": BIGINT},
        {"state": TEXT, "told_at": TIME, "department": TEXT, "level": TEXT, "kinds": TEXT},
    ),
    Table(
        "credit", {"id": UUID},
        {"number": TEXT, "customer_id": UUID, "amount": NUMERIC, "currency": TEXT, "expires_on": DATE, "closed": BOOLEAN},
        parts=("closed",),
    ),
    Table(
        "credit_risk", {"credit_id": UUID, "kind": TEXT, "order_number": TEXT, "leg": TEXT},
        {"deadline": DATE, "would_be": DATE, "amend_by": DATE, "told_at": TIME, "recovered": BOOLEAN},
    ),
    Table(
        "document", {"id": UUID},
        {"order_id": UUID, "customer_id": UUID, "leg": TEXT, "code": TEXT, "department": TEXT, "due_on": DATE, "after_milestone": TEXT,
         "after_days": INTEGER, "state": TEXT},
    ),
    Table(
        "customs_entry", {"id": UUID},
        {"number": TEXT, "regime_code": TEXT, "shipment": TEXT, "orders": JSON, "state": TEXT, "declared_on": DATE, "inspected_on": DATE,
         "held_on": DATE, "released_on": DATE},
    ),
    Table(
        "clause", {"id": UUID},
        {"order_id": UUID, "customer_id": UUID, "line": TEXT, "milestone": TEXT, "due_on": DATE, "after_milestone": TEXT,
         "after_days": INTEGER, "grace_days": INTEGER, "percent": NUMERIC, "per": TEXT, "cap_percent": NUMERIC, "value": NUMERIC,
         "currency": TEXT, "breached": BOOLEAN, "closed_on": DATE},
        parts=("breached", "closed_on"),
    ),
    Table(
        "material", {"id": UUID},
        {"customer_id": UUID, "material": TEXT, "supplier": TEXT, "need_by": DATE, "ordered_on": DATE, "eta": DATE, "state": TEXT},
    ),
    Table("material_receipt", {"material_id": UUID, "sequence": BIGINT}, {"received_on": DATE, "anew": BOOLEAN}),
    Table(
        "notice", {"id": UUID},
        {"rule": TEXT, "status": TEXT, "why": TEXT, "customer_id": UUID, "contact_id": UUID, "delay_id": UUID,
         "delay_revision": INTEGER, "language": TEXT, "corrects": UUID, "decided_at": TIME, "decided_event": UUID, "sent_at": TIME,
         "sent_event": UUID, "attempts": INTEGER, "correlation_id": TEXT},
        parts=("status", "why", "sent_at", "sent_event", "attempts"),
    ),
    Table("notice_order", {"notice_id": UUID, "order_id": UUID}, {}),
    Table(
        "notice_date", {"notice_id": UUID, "ordinal": INTEGER},
        {"order_id": UUID, "leg": TEXT, "milestone": TEXT, "line": TEXT, "before": DATE, "after": DATE},
    ),
)  # fmt: skip

_AGREE = """
UPDATE line SET agreed = u.after
FROM unnest($1::uuid[], $2::text[], $3::date[], $4::date[], $5::date[]) AS u (order_id, line, changed_on, before, after)
WHERE line.order_id = u.order_id AND line.line = u.line AND line.agreed = u.before AND u.changed_on <= u.before
"""


async def enter(tx: Tx, schema: str) -> None:
    """Until the transaction ends, unqualified names mean tables of `schema`, then of public."""
    await tx.execute("SELECT set_config('search_path', $1 || ', public', true)", schema)


async def write(tx: Tx, changes: Changes) -> None:
    """Write everything. Parts go to rows of earlier batches: those of this batch are in the whole rows already."""
    for table in TABLES:
        change: Change = getattr(changes, table.name)
        if change.gone:
            await tx.execute(table.drop, *map(list, zip(*change.gone, strict=True)))
        if change.whole:
            await tx.execute(table.put, *table.arrays(change.whole, tuple(table.columns)))
        if change.parts:
            await tx.execute(table.change, *table.arrays(change.parts, table.parts))
    for step in changes.rounds():
        await tx.execute(_AGREE, *_columns(step))


def _columns(step: Sequence[Agreement]) -> list[list[Any]]:
    return [
        [a.order_id for a in step],
        [a.line for a in step],
        [a.on for a in step],
        [a.before for a in step],
        [a.after for a in step],
    ]
