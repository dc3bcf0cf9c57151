"""The rules of customers, contacts and staff, without a server."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.customers.contacts import domain as contacts
from services.customers.profiles import domain as profiles
from services.customers.profiles.api import NewCustomer
from services.customers.profiles.domain import Customer, Profile, SameOwner, first_owner, handover, transferred
from services.customers.search import like
from services.customers.staff.domain import Person, Standing, entered, standing_in
from shared.contracts.places import COUNTRIES
from shared.problems import Forbidden
from tests.customers.calls import contact, customer, person, profile

ID = UUID(int=1)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone


def known(**changes: Any) -> Customer:
    return Customer(id=ID, code="NA", owner="li.wei", version=3, **profile(**changes))


def test_namibia_is_a_country() -> None:
    assert "NA" in COUNTRIES
    assert len(COUNTRIES) == 250
    assert profiles.facts(known()).country == "NA"


def test_an_owner_of_ones_own_sight() -> None:
    assert first_owner(None, "li.wei", ["li.wei"]) == "li.wei"
    assert first_owner("chen.jie", "li.wei", ["li.wei", "chen.jie"]) == "chen.jie"
    assert first_owner("chen.jie", "wang.fang", None) == "chen.jie"
    with pytest.raises(Forbidden):
        first_owner("chen.jie", "li.wei", ["li.wei"])


def test_a_transfer_changes_the_owner_and_nothing_else() -> None:
    now, event = transferred(known(), "chen.jie", 4)
    assert now.model_dump() == {**known().model_dump(), "owner": "chen.jie", "version": 4}
    assert (event.before, event.after) == ("li.wei", "chen.jie")
    with pytest.raises(SameOwner):
        transferred(known(), "li.wei", 4)


@given(MOMENTS, MOMENTS)
def test_an_ownership_always_lasts(since: datetime, now: datetime) -> None:
    until = handover(since, now)
    assert until > since
    assert until == now or now <= since


@given(MOMENTS, st.dates(date(2001, 1, 1), date(2039, 1, 1)), st.integers(0, 60), st.sampled_from(["Asia/Shanghai", "America/Lima", "UTC"]))
def test_a_deputy_stands_in_on_whole_days_both_included(now: datetime, first: date, days: int, zone: str) -> None:
    last = first + timedelta(days=days)
    seen = standing_in([Standing("li.wei", zone, first, last)], now)
    assert seen in ([], ["li.wei"])
    if first + timedelta(days=1) <= now.date() <= last - timedelta(days=1):
        assert seen == ["li.wei"]
    if not first - timedelta(days=1) <= now.date() <= last + timedelta(days=1):
        assert seen == []


def test_the_same_again_is_no_change() -> None:
    same = known()
    assert profiles.changed(same, Profile(**profile()), 4) is same
    assert profiles.changed(same, Profile(**profile(grade="key")), 4).version == 4
    entry = contacts.Entry(**contact())
    told = contacts.Contact(id=ID, version=2, **entry.model_dump())
    assert contacts.changed(told, entry, 3) is told
    member = entered(None, ID, "li.wei", Person(**person()))
    assert entered(member, UUID(int=2), "li.wei", Person(**person(roles=["merchandiser"]))) is member
    moved = entered(member, UUID(int=2), "li.wei", Person(**person(team="africa")))
    assert (moved.id, moved.version) == (ID, 2)


@given(st.text(alphabet="ab%_\\", max_size=6))
def test_search_words_are_literal(words: str) -> None:
    pattern = like(words)
    assert pattern is not None
    inner = pattern[1:-1]
    assert inner.replace("\\\\", "").replace("\\%", "").replace("\\_", "").strip("ab") == ""
    assert like(None) is None


@pytest.mark.parametrize("code", ["NA", "德国-012", "9.A_b-c", "ÉTÉ"])
def test_codes(code: str) -> None:
    assert NewCustomer(**customer(f" {code} ")).code == code


@pytest.mark.parametrize("code", [*sorted(profiles.RESERVED), "STAFF", "a b", "-a", ".", "a/b", "a?b", ""])
def test_codes_that_are_none(code: str) -> None:
    with pytest.raises(ValueError, match="code"):
        NewCustomer(**customer(code))
