"""The copy of customers and staff, and whose customers somebody sees."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.customers import CustomerFacts, Deputy, OwnerTransferred, StaffChanged
from shared.database.pool import Tx
from shared.directory import owners_seen, store
from shared.directory.domain import Absence, away
from shared.ids import new_id

TODAY = date(2026, 5, 4)
NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Principal:
    login: str
    roles: frozenset[str]


def customer(code: str, owner: str, **changes: Any) -> CustomerFacts:
    facts = {"customer_id": new_id(), "code": code, "name": code, "country": "CN", "language": "zh-CN", "time_zone": "Asia/Shanghai"}
    return CustomerFacts.model_validate({**facts, "grade": "key", "prospect_class": None, "owner": owner, **changes})


def staff(login: str, *deputies: Deputy, **changes: Any) -> StaffChanged:
    facts = {"staff_id": new_id(), "login": login, "department": "sales", "team": None, "manager": None, "deputies": deputies}
    return StaffChanged.model_validate(
        {**facts, "language": "en", "time_zone": "UTC", "roles": ("merchandiser",), "personal": "x", **changes}
    )


async def test_customers_are_kept_as_they_are_now(tx: Callable[[str], Awaitable[Tx]]) -> None:
    connection = await tx("orders")
    one, other = customer("C1", "ann"), customer("C2", "bob")
    await store.save_customers(connection, [one, other, one.model_copy(update={"name": "New name"})])
    await store.transfer(connection, [OwnerTransferred(customer_id=other.customer_id, code="C2", before="bob", after="cat")])
    rows = await connection.fetch("SELECT code, name, owner FROM known_customer WHERE code = ANY('{C1,C2}') ORDER BY code")
    assert [tuple(row) for row in rows] == [("C1", "New name", "ann"), ("C2", "C2", "cat")]


async def test_whose_customers_somebody_sees(tx: Callable[[str], Awaitable[Tx]]) -> None:
    connection = await tx("orders")
    now = Deputy(login="dora", first=TODAY, last=TODAY)
    later = Deputy(login="dora", first=date(2026, 6, 1), last=date(2026, 6, 2))
    await store.save_staff(connection, [staff("ann", now), staff("bob", later), staff("cat", Deputy(login="eve", first=TODAY, last=TODAY))])
    merchandiser = frozenset({"merchandiser"})
    assert await owners_seen(connection, Principal("dora", merchandiser), NOW) == ["dora", "ann"]
    assert await owners_seen(connection, Principal("dora", merchandiser), datetime(2026, 6, 2, 23, tzinfo=UTC)) == ["dora", "bob"]
    assert await owners_seen(connection, Principal("ann", merchandiser), NOW) == ["ann"]
    assert await owners_seen(connection, Principal("ann", frozenset({"merchandiser", "manager"})), NOW) is None
    assert await owners_seen(connection, Principal("ann", frozenset({"qc"})), NOW) is None


async def test_a_deputys_day_is_that_of_the_one_who_is_away(tx: Callable[[str], Awaitable[Tx]]) -> None:
    connection = await tx("orders")
    one_day = Deputy(login="dora", first=TODAY, last=TODAY)
    await store.save_staff(
        connection, [staff("lin", one_day, time_zone="Asia/Shanghai"), staff("joe", one_day, time_zone="America/New_York")]
    )
    dora = Principal("dora", frozenset({"merchandiser"}))
    for day, hour, seen in ((3, 17, ["lin"]), (4, 10, ["joe", "lin"]), (4, 17, ["joe"]), (5, 3, ["joe"]), (5, 5, [])):
        assert await owners_seen(connection, dora, datetime(2026, 5, day, hour, tzinfo=UTC)) == ["dora", *seen]


async def test_a_changed_login_takes_the_place_of_the_old_one(tx: Callable[[str], Awaitable[Tx]]) -> None:
    connection = await tx("orders")
    before = staff("old-login")
    await store.save_staff(connection, [before])
    await store.save_staff(connection, [before.model_copy(update={"login": "new-login", "active": False})])
    rows = await connection.fetch("SELECT login, active FROM known_staff WHERE id = $1", before.staff_id)
    assert [tuple(row) for row in rows] == [("new-login", False)]


@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.integers(0, 30),
    st.integers(-40, 40),
    st.times(),
    st.sampled_from(["UTC", "Asia/Shanghai", "America/Los_Angeles", "Pacific/Kiritimati"]),
)
def test_an_absence_includes_its_first_and_its_last_day(first: date, days: int, offset: int, at: time, zone: str) -> None:
    last, day = first + timedelta(days=days), first + timedelta(days=offset)
    now = datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
    assert away([Absence("ann", zone, first, last)], now) == (["ann"] if first <= day <= last else [])
