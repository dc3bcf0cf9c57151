"""One owner at a time, and his deputies."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from shared.contracts.customers import OwnerTransferred
from tests.customers.calls import ADMIN, CHEN, LI, MANAGER, Api, customer, person, profile
from tests.support.calls import WHEN

CUSTOMERS = "/api/customers"
STAFF = "/api/customers/staff"


async def test_only_a_manager_creates_for_another(staffed: Api) -> None:
    assert (await staffed.post(LI, CUSTOMERS, customer(owner="chen.jie"))).status == 403
    made = await staffed.post(MANAGER, CUSTOMERS, customer(owner="chen.jie"))
    assert (made.status, made.body["owner"]) == (201, "chen.jie")


async def test_an_owner_is_active_staff(staffed: Api) -> None:
    for owner in ("nobody", "old.hand"):
        if owner == "old.hand":
            await staffed.put(ADMIN, f"{STAFF}/old.hand", person("Old Hand", active=False))
        refused = await staffed.post(MANAGER, CUSTOMERS, customer(owner=owner))
        assert (refused.status, refused.fields) == (422, {"owner": f"{owner} is not active staff"})
    await staffed.post(LI, CUSTOMERS, customer())
    assert (await staffed.post(MANAGER, f"{CUSTOMERS}/NA/owner", {"owner": "old.hand"})).status == 422
    assert (await staffed.post("stranger:merchandiser", CUSTOMERS, customer("ZM"))).status == 422


async def test_a_transfer_moves_sight_and_is_told(staffed: Api) -> None:
    made = await staffed.post(LI, CUSTOMERS, customer())
    path = f"{CUSTOMERS}/NA"
    assert (await staffed.post(LI, f"{path}/owner", {"owner": "chen.jie"})).status == 403
    staffed.clock.time = WHEN + timedelta(days=3)
    moved = await staffed.post(MANAGER, f"{path}/owner", {"owner": "chen.jie"})
    assert (moved.status, moved.body["owner"], moved.body["version"]) == (200, "chen.jie", 2)
    assert (await staffed.get(LI, path)).status == 404
    assert (await staffed.get(CHEN, path)).status == 200
    told = (await staffed.told())[-1]
    event = OwnerTransferred.model_validate(told.data)
    assert (str(told.subject), told.sequence, event.before, event.after, event.code) == (made.body["id"], 2, "li.wei", "chen.jie", "NA")
    again = await staffed.post(MANAGER, f"{path}/owner", {"owner": "chen.jie"})
    assert (again.status, again.slug) == (409, "same-owner")
    assert (await staffed.put(CHEN, path, profile(grade="key"), If_Match='"1"')).status == 412


async def test_the_history_has_no_gap_and_no_overlap(staffed: Api) -> None:
    await staffed.post(LI, CUSTOMERS, customer())
    # Twice in the same moment, and once after the business clock was set back.
    for owner, when in (("chen.jie", WHEN), ("wang.fang", WHEN), ("li.wei", WHEN - timedelta(days=400))):
        staffed.clock.time = when
        assert (await staffed.post(MANAGER, f"{CUSTOMERS}/NA/owner", {"owner": owner})).status == 200
    history = (await staffed.get(LI, f"{CUSTOMERS}/NA/owners")).body["items"]
    assert [one["owner"] for one in history] == ["li.wei", "wang.fang", "chen.jie", "li.wei"]
    assert history[0]["until"] is None
    assert [one["since"] for one in history[:-1]] == [one["until"] for one in history[1:]]
    assert {one["assigned_by"] for one in history} == {"wang.fang", "li.wei"}


async def test_the_database_refuses_a_second_owner_at_a_time(staffed: Api) -> None:
    made = await staffed.post(LI, CUSTOMERS, customer())
    statement = "INSERT INTO ownership (customer_id, owner, period, assigned_by) VALUES ($1, 'chen.jie', tstzrange($2, NULL), 'x')"
    async with staffed.database.connection() as connection:
        with pytest.raises(asyncpg.ExclusionViolationError):
            await connection.execute(statement, made.body["id"], WHEN + timedelta(days=1))


async def test_the_database_refuses_a_class_for_a_live_customer(staffed: Api) -> None:
    await staffed.post(LI, CUSTOMERS, customer())
    async with staffed.database.connection() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="class_for_prospects_only"):
            await connection.execute("UPDATE customer SET prospect_class = 'A' WHERE code = 'NA'")


async def test_a_deputy_sees_and_works_in_his_time_only(staffed: Api) -> None:
    await staffed.post(LI, CUSTOMERS, customer())
    deputies = [{"login": "chen.jie", "first": "2013-02-09", "last": "2013-02-17"}]
    assert (await staffed.put(ADMIN, f"{STAFF}/li.wei", person("Li Wei", deputies=deputies))).status == 200
    path = f"{CUSTOMERS}/NA"
    # Days are days in the principal's zone: 9 February begins in Shanghai at 16:00 UTC on the 8th.
    for moment, status in (
        (datetime(2013, 2, 8, 15, 59, tzinfo=UTC), 404),
        (datetime(2013, 2, 8, 16, 0, tzinfo=UTC), 200),
        (datetime(2013, 2, 17, 15, 59, tzinfo=UTC), 200),
        (datetime(2013, 2, 17, 16, 0, tzinfo=UTC), 404),
    ):
        staffed.clock.time = moment
        assert (await staffed.get(CHEN, path)).status == status, moment
        assert len((await staffed.get(CHEN, CUSTOMERS)).body["items"]) == (status == 200)
        assert (await staffed.get(LI, path)).status == 200
    staffed.clock.time = datetime(2013, 2, 12, tzinfo=UTC)
    assert (await staffed.put(CHEN, path, profile(grade="key"), If_Match='"1"')).status == 200
    made = await staffed.post(CHEN, CUSTOMERS, customer("ZM", owner="li.wei"))
    assert (made.status, made.body["owner"]) == (201, "li.wei")


async def test_who_owns_customers_hands_over_before_he_leaves(staffed: Api) -> None:
    await staffed.post(LI, CUSTOMERS, customer())
    refused = await staffed.put(ADMIN, f"{STAFF}/li.wei", person("Li Wei", active=False))
    assert (refused.status, refused.slug, refused.body["customers"]) == (409, "still-owns-customers", 1)
    await staffed.post(MANAGER, f"{CUSTOMERS}/NA/owner", {"owner": "chen.jie"})
    assert (await staffed.put(ADMIN, f"{STAFF}/li.wei", person("Li Wei", active=False))).status == 200
