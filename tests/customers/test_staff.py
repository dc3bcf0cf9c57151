"""The staff directory over HTTP."""

from typing import Any

from shared.contracts.customers import ROLES, StaffChanged, StaffPersonal
from tests.customers.calls import ADMIN, LI, MANAGER, Api, person

STAFF = "/api/customers/staff"


async def test_an_admin_enters_and_changes_staff(api: Api) -> None:
    made = await api.put(ADMIN, f"{STAFF}/li.wei", person(roles=["merchandiser", "clerk", "clerk"], phone="+86 21 0000 0000"))
    assert (made.status, made.body["version"], made.body["roles"]) == (201, 1, ["clerk", "merchandiser"])
    same = await api.put(ADMIN, f"{STAFF}/li.wei", person(roles=["clerk", "merchandiser"], phone="+86 21 0000 0000"))
    assert (same.status, same.body) == (200, made.body)
    changed = await api.put(ADMIN, f"{STAFF}/li.wei", person(team="africa"))
    assert (changed.status, changed.body["version"], changed.body["id"]) == (200, 2, made.body["id"])
    first, second = await api.told()
    assert [told.sequence for told in (first, second)] == [1, 2]
    event = StaffChanged.model_validate(first.data)
    assert (event.login, event.department, event.roles) == ("li.wei", "sales", ("clerk", "merchandiser"))
    assert await api.opened(first, event.personal, StaffPersonal) == StaffPersonal(
        name="Li Wei", email="staff@example.org", phone="+86 21 0000 0000"
    )
    assert StaffChanged.model_validate(second.data).team == "africa"
    everything = await api.put(ADMIN, f"{STAFF}/xi.an", person(roles=list(ROLES)))
    assert (everything.status, everything.body["roles"]) == (201, sorted(ROLES))


async def test_only_admins_write_and_all_read(staffed: Api) -> None:
    assert (await staffed.put(MANAGER, f"{STAFF}/li.wei", person())).status == 403
    assert (await staffed.put(LI, f"{STAFF}/li.wei", person(roles=["admin"]))).status == 403
    assert (await staffed.get("qi:planner", f"{STAFF}/li.wei")).body["name"] == "Li Wei"
    assert (await staffed.get("qi:finance", f"{STAFF}/nobody")).status == 404
    assert (await staffed.get("qi:", STAFF)).status == 403


async def test_the_list_with_filters_in_pages(staffed: Api) -> None:
    await staffed.put(ADMIN, f"{STAFF}/qi.ming", person("Qi Ming", department="production", roles=["planner"], active=False))

    async def found(query: str) -> list[str]:
        return [one["login"] for one in (await staffed.get(LI, f"{STAFF}?{query}")).body["items"]]

    assert await found("") == ["chen.jie", "li.wei", "qi.ming", "wang.fang"]
    assert await found("role=planner") == ["qi.ming"]
    assert await found("department=production") == ["qi.ming"]
    assert await found("active=true&q=wei") == ["li.wei"]
    assert await found("q=WANG") == ["wang.fang"]
    page = (await staffed.get(LI, f"{STAFF}?limit=3")).body
    assert await found(f"limit=3&cursor={page['next']}") == ["wang.fang"]


async def test_managers_and_deputies_are_staff_and_not_in_a_circle(staffed: Api) -> None:
    path = f"{STAFF}/li.wei"
    for changes, field in (
        ({"manager": "nobody"}, "manager"),
        ({"manager": "li.wei"}, "manager"),
        ({"deputies": [{"login": "nobody", "first": "2013-02-09", "last": "2013-02-17"}]}, "deputies.0.login"),
        ({"deputies": [{"login": "li.wei", "first": "2013-02-09", "last": "2013-02-17"}]}, "deputies.0.login"),
        ({"deputies": [{"login": "chen.jie", "first": "2013-02-09", "last": "2013-02-08"}]}, "deputies.0.last"),
        ({"deputies": [{"login": "chen.jie", "first": "2013-02-09", "last": "2013-02-17"}] * 2}, "deputies"),
    ):
        refused = await staffed.put(ADMIN, path, person("Li Wei", **changes))
        assert refused.status == 422
        assert field in refused.fields, refused.body
    assert (await staffed.put(ADMIN, path, person("Li Wei", manager="wang.fang"))).status == 200
    assert (await staffed.put(ADMIN, f"{STAFF}/chen.jie", person("Chen Jie", manager="li.wei"))).status == 200
    circle = await staffed.put(ADMIN, f"{STAFF}/wang.fang", person("Wang Fang", manager="chen.jie"))
    assert (circle.status, "reports to" in circle.fields["manager"]) == (422, True)
    in_chinese = await staffed.call(ADMIN, "PUT", f"{STAFF}/wang.fang", person("Wang Fang", manager="chen.jie"), Accept_Language="zh-CN")
    assert in_chinese.fields == {"manager": "chen.jie 直接或间接向 wang.fang 汇报"}


async def test_logins_are_plain(api: Api) -> None:
    for login in ["Li.Wei", "-x", "a b", "x" * 65]:
        assert (await api.put(ADMIN, f"{STAFF}/{login}", person())).status == 422


BAD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"roles": ["boss"]}, "roles.0"),
    ({"email": "nobody"}, "email"),
    ({"time_zone": "Mars/Base"}, "time_zone"),
    ({"language": "fr"}, "language"),
    ({"department": ""}, "department"),
    ({"version": 9}, "version"),
)


async def test_bad_input_is_named(api: Api) -> None:
    for changes, field in BAD:
        refused = await api.put(ADMIN, f"{STAFF}/li.wei", person(**changes))
        assert refused.status == 422, changes
        assert field in refused.fields, refused.body
