"""Lists in pages: a limit, and an opaque cursor that says where the next page begins."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.text import Both
from shared.problems import Invalid

MAX_LIMIT = 200
MAX_CURSOR = 1000

T = TypeVar("T")
Shown = TypeVar("Shown")
Sortable: TypeAlias = str | int | bool | UUID | date | datetime | None


class PageQuery(BaseModel):
    """The paging part of a query string; a list's own query model derives from it and adds its filters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=50, ge=1, le=MAX_LIMIT, description="items on a page")
    cursor: str | None = Field(default=None, max_length=MAX_CURSOR, description="`next` of the page before")

    def begins_after(self, *kinds: type[Any]) -> tuple[Any, ...]:
        """What the page begins after, see `decode_cursor`; as many times None for the first page."""
        return decode_cursor(self.cursor, *kinds) if self.cursor else (None,) * len(kinds)


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the following page, absent on the last."""

    items: Sequence[T]
    next: str | None = None

    def each(self, show: Callable[[T], Shown]) -> "Page[Shown]":
        """The same page of what is shown of its items."""
        return Page(items=[show(item) for item in self.items], next=self.next)


def page(found: Sequence[T], limit: int, behind: Callable[[T], tuple[Sortable, ...]]) -> Page[T]:
    """The first `limit` of what was found: one more than that where the list goes on. `behind` gives what an item is sorted by."""
    items = found[:limit]
    return Page(items=items, next=encode_cursor(*behind(items[-1])) if len(found) > limit else None)


def encode_cursor(*values: Sortable) -> str:
    """The sort values of the last item on a page, for a query that goes on behind them (`WHERE (a, b) > ($1, $2)`)."""
    # the driver's own UUID class is unknown to orjson
    return base64.urlsafe_b64encode(orjson.dumps(values, default=str)).rstrip(b"=").decode()


def decode_cursor(cursor: str, *kinds: type[Any]) -> tuple[Any, ...]:
    """The values of `encode_cursor`, each as its kind (str, int, bool, UUID, date, datetime) or None; `Invalid` for anything else."""
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise ValueError
        return tuple(_restored(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, TypeError, binascii.Error):
        raise Invalid(Both("this is not a cursor of this list", "这不是此列表的 cursor"), field="cursor") from None


def _restored(value: Any, kind: type[Any]) -> Any:
    if value is None:
        return None
    if kind is UUID:
        return UUID(value)
    if kind is datetime:
        when = datetime.fromisoformat(value)
        return when if when.tzinfo is not None else _refuse()
    if kind is date:
        return date.fromisoformat(value)
    fits = type(value) is kind and (kind is not str or "\0" not in value) and (kind is not int or abs(value) < 2**63)
    return value if fits else _refuse()


def _refuse() -> Any:
    raise ValueError
