"""Disruptions as people read them: lists, and the orders they touch, ranked, as far as the reader sees them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import ConfigDict, Field

from services.orders.disruptions.examples import STANDS
from services.orders.disruptions.model import DisruptionStatus, Hit, Leg, LegState
from services.orders.disruptions.store import scope_of
from services.orders.disruptions.words import NO_DISRUPTION
from services.orders.fields import Answer
from services.orders.templates.store import NAMED
from shared.contracts.confidential import ON_PAPERS
from shared.contracts.disruptions import Scope, ScopeKind
from shared.contracts.numbers import Plain
from shared.contracts.orders import Cause
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.problems import NotFound
from shared.web.paging import Page, PageQuery, decode_cursor, page


class DisruptionsQuery(PageQuery):
    status: DisruptionStatus | None = None
    kind: ScopeKind | None = None
    to_release: Annotated[bool | None, Field(description="true: those with notices that the reader may still release")] = None
    failing: Annotated[bool | None, Field(description="true: those whose run fails and is tried again")] = None


class OrdersQuery(PageQuery):
    state: LegState | None = None


class OthersOrders(Answer):
    """Orders out of the reader's sight."""

    owner: str
    orders: int
    customers: int


class DisruptionShown(Answer):
    """A disruption as it stands. It counts legs of orders: an order that travels in two shipments may be touched twice."""

    model_config = ConfigDict(json_schema_extra={"examples": [STANDS]})

    disruption: UUID
    status: DisruptionStatus
    scope: Scope
    milestone: Annotated[str, Field(description="of a material and of closed days that of the first order: each has its own")]
    to: date | None
    days: int | None
    causes: tuple[Cause, ...]
    action: LocalText
    ask: LocalText | None
    ask_by: date | None
    next_news_on: date | None
    version: int
    opened_by: str
    opened_at: datetime
    confirmed_by: str | None
    found: int
    delayed: int
    skipped: int
    tries: Annotated[int, Field(description="how often its run has failed since it last went on: it is tried again, and the others go on")]
    own: Annotated[int, Field(description="of customers in the reader's sight")]
    to_release: Annotated[int, Field(description="of those, how many notices he may still release")]
    others: Annotated[tuple[OthersOrders, ...], Field(description="the rest by owner, the first 200")]
    orders: Annotated[str, Field(description="link to the list")]


class Listed(Answer):
    """One place in the list of what is touched."""

    rank: int
    number: str
    shipment: str | None
    milestone: Annotated[str, Field(description="that is late")]
    customer: str
    owner: str
    grade: str
    currency: str | None
    value: Annotated[Plain | None, ON_PAPERS, Field(description="what the order still has to deliver")]


class OrderTouchedBy(Listed):
    """An order and what became of it: `before`, `after` and `at_risk` are what was logged, while it is found only they are null."""

    name: Annotated[LocalText | None, Field(description="what the milestone is called in the plan of the order")]
    state: LegState
    why: Annotated[str | None, Field(description="why it was left out")]
    delay: Annotated[UUID | None, Field(description="that holds it, or held it last")]
    before: date | None
    after: date | None
    at_risk: Annotated[bool | None, Field(description="a promise breaks")]
    released: Annotated[bool, Field(description="its customer may hear of it")]


_OTHERS = """
ARRAY(SELECT ROW(k.owner, count(*), count(DISTINCT k.id))
      FROM disruption_order t JOIN customer_order o ON o.id = t.order_id JOIN known_customer k ON k.id = o.customer_id
      WHERE t.disruption_id = d.id AND NOT ($1::text[] IS NULL OR k.owner = ANY($1)) GROUP BY k.owner ORDER BY k.owner LIMIT 200) AS others
"""
_SHOWN = f"""
SELECT d.id AS disruption, d.status, d.kind, d.name, d.voyage, d.at, d.first_day, d.last_day, d.milestone, d.new_date AS to, d.days,
    d.causes, d.action, d.ask, d.ask_by, d.next_news_on, d.version, d.opened_by, d.opened_at, d.confirmed_by, d.tries,
    t.found, t.delayed, t.skipped, t.own, t.to_release, {_OTHERS}
FROM disruption d CROSS JOIN LATERAL (
    SELECT count(*) AS found, count(*) FILTER (WHERE t.state = 'delayed') AS delayed,
        count(*) FILTER (WHERE t.state = 'skipped') AS skipped,
        count(*) FILTER (WHERE $1::text[] IS NULL OR k.owner = ANY($1)) AS own,
        count(*) FILTER (WHERE t.state = 'delayed' AND NOT t.released AND ($1::text[] IS NULL OR k.owner = ANY($1))) AS to_release
    FROM disruption_order t JOIN customer_order o ON o.id = t.order_id JOIN known_customer k ON k.id = o.customer_id
    WHERE t.disruption_id = d.id
) AS t
"""
_READ = f"{_SHOWN} WHERE d.id = $2"
_LIST = f"""{_SHOWN}
WHERE ($2::uuid IS NULL OR d.id < $2) AND ($3::text IS NULL OR d.status = $3) AND ($4::text IS NULL OR d.kind = $4)
    AND ($5::boolean IS NULL OR $5 = (t.to_release > 0)) AND ($6::boolean IS NULL OR $6 = (d.tries > 0))
ORDER BY d.id DESC LIMIT $7
"""
_NAMED = NAMED.format(code="t.milestone")
# Of a leg that has left and come back before its notice was released, the delay that it came back under.
_HOLDS = """
coalesce((SELECT n.delay_id FROM delay_order n WHERE n.disruption_id = t.disruption_id AND n.order_id = t.order_id
          AND n.shipment IS NOT DISTINCT FROM t.shipment AND n.open
          ORDER BY n.delay_id <> t.delay_id, n.ordinal DESC LIMIT 1), t.delay_id)
"""
_ORDERS = f"""
SELECT t.rank, t.part, t.order_id, o.number, t.shipment, t.milestone, k.code AS customer, k.owner, t.grade, t.currency, t.value,
    t.state, t.why, {_HOLDS} AS delay, t.before, t.after, t.at_risk, t.released, {_NAMED} AS name
FROM disruption_order t JOIN customer_order o ON o.id = t.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE t.disruption_id = $1 AND ($2::text[] IS NULL OR k.owner = ANY($2)) AND t.rank > $3 AND ($4::text IS NULL OR t.state = $4)
ORDER BY t.rank LIMIT $5
"""


async def list_disruptions(tx: Tx, query: DisruptionsQuery, owners: list[str] | None) -> Page[DisruptionShown]:
    """Disruptions, the newest first: they are the firm's, and everybody sees that there are any."""
    (behind,) = query.begins_after(UUID)
    rows = await tx.fetch(_LIST, owners, behind, query.status, query.kind, query.to_release, query.failing, query.limit + 1)
    return page([_shown(row) for row in rows], query.limit, lambda one: (one.disruption,))


async def show(tx: Tx, disruption_id: UUID, owners: list[str] | None) -> DisruptionShown:
    """NotFound when there is no such disruption."""
    row = await tx.fetchrow(_READ, owners, disruption_id)
    if row is None:
        raise NotFound(NO_DISRUPTION)
    return _shown(row)


async def orders(tx: Tx, disruption_id: UUID, query: OrdersQuery, owners: list[str] | None) -> Page[OrderTouchedBy]:
    """A page of the orders in sight, by rank."""
    (behind,) = decode_cursor(query.cursor, int) if query.cursor else (0,)
    rows = await tx.fetch(_ORDERS, disruption_id, owners, behind, query.state, query.limit + 1)
    found = [OrderTouchedBy(**{name: row[name] for name in OrderTouchedBy.model_fields}) for row in rows]
    return page(found, query.limit, lambda one: (one.rank,))


def page_of(found: Sequence[tuple[Hit, Leg]], query: PageQuery) -> tuple[list[tuple[Hit, Leg]], str | None]:
    """A page of what was found and not kept, and the cursor of the next."""
    (behind,) = decode_cursor(query.cursor, int) if query.cursor else (0,)
    left = [one for one in found if one[1].rank > behind]
    cut = page(left, query.limit, lambda one: (one[1].rank,))
    return list(cut.items), cut.next


def _shown(row: asyncpg.Record) -> DisruptionShown:
    plain = set(DisruptionShown.model_fields) - {"scope", "causes", "action", "ask", "others", "orders"}
    others: list[Any] = [dict(zip(OthersOrders.model_fields, one, strict=True)) for one in row["others"]]
    return DisruptionShown(
        **{name: row[name] for name in plain},
        scope=scope_of(row),
        causes=tuple(Cause.model_validate(cause) for cause in row["causes"]),
        action=LocalText.model_validate(row["action"]),
        ask=LocalText.model_validate(row["ask"]) if row["ask"] is not None else None,
        others=tuple(OthersOrders(**one) for one in others),
        orders=f"/api/orders/disruptions/{row['disruption']}/orders",
    )
