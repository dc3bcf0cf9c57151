"""Customers over HTTP: create, read, change, list, search; who sees whom."""

import asyncio
from typing import Any

from shared.contracts.customers import CustomerChanged, CustomerCreated
from tests.customers.calls import ADMIN, CHEN, LI, MANAGER, Api, contact, customer, profile

CUSTOMERS = "/api/customers"


async def test_a_merchandiser_creates_a_customer_for_himself(staffed: Api) -> None:
    made = await staffed.post(LI, CUSTOMERS, customer(), X_Correlation_ID="correlation-1")
    assert made.status == 201
    assert made.body | {"id": ""} == {
        "id": "",
        "code": "NA",
        "name": "Namibia",
        "country": "NA",
        "language": "en",
        "time_zone": "Africa/Windhoek",
        "grade": "normal",
        "stage": "live",
        "prospect_class": None,
        "owner": "li.wei",
        "version": 1,
    }
    assert made.headers["Location"] == "/api/customers/NA"
    assert made.headers["ETag"] == '"1"'
    read = await staffed.get(LI, f"{CUSTOMERS}/NA")
    assert (read.status, read.body) == (200, made.body)
    told = (await staffed.told())[-1]
    assert (told.type, told.sequence, told.actor, told.correlationid) == (
        "gendan.customers.customer.created.v1",
        1,
        "li.wei",
        "correlation-1",
    )
    assert told.time == staffed.clock.time
    facts = CustomerCreated.model_validate(told.data).customer
    assert (str(facts.customer_id), facts.country, facts.owner) == (made.body["id"], "NA", "li.wei")


BAD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"country": "XX"}, "country"),
    ({"country": "nam"}, "country"),
    ({"country": None}, "country"),
    ({"time_zone": "Africa/Nowhere"}, "time_zone"),
    ({"language": "fr"}, "language"),
    ({"name": "  "}, "name"),
    ({"name": "a\nb"}, "name"),
    ({"grade": "huge"}, "grade"),
    ({"stage": "prospect", "prospect_class": "D"}, "prospect_class"),
    ({"prospect_class": "A"}, "prospect_class"),
    ({"code": "staff"}, "code"),
    ({"code": "Openapi.json"}, "code"),
    ({"code": "a/b"}, "code"),
    ({"code": ""}, "code"),
    ({"code": "x" * 33}, "code"),
    ({"version": 7}, "version"),
    ({"id": "0192f0c0-0000-7000-8000-000000000001"}, "id"),
)


async def test_bad_input_is_named(staffed: Api) -> None:
    for changes, field in BAD:
        refused = await staffed.post(LI, CUSTOMERS, {**customer(), **changes})
        assert refused.status == 422, changes
        assert field in refused.fields, refused.body


async def test_a_code_is_given_once(staffed: Api) -> None:
    assert (await staffed.post(LI, CUSTOMERS, customer("ACME"))).status == 201
    again = await staffed.post(CHEN, CUSTOMERS, customer("acme"))
    assert (again.status, again.slug) == (409, "code-taken")
    assert (again.body["code"], again.body["owner"], again.body["owner_name"]) == ("ACME", "li.wei", "Li Wei")
    assert "ACME" in again.fields["code"]


async def test_of_many_at_once_one_gets_the_code(staffed: Api) -> None:
    made = await asyncio.gather(*(staffed.post(LI, CUSTOMERS, customer("RUSH")) for _ in range(6)))
    assert sorted(answer.status for answer in made) == [201] + [409] * 5


async def test_an_idempotency_key_creates_once(staffed: Api) -> None:
    first, second = [await staffed.post(LI, CUSTOMERS, customer("ONCE"), Idempotency_Key="create-once-1") for _ in range(2)]
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body


async def test_codes_of_any_script_and_either_case(staffed: Api) -> None:
    assert (await staffed.post(LI, CUSTOMERS, customer("德国-012"))).status == 201
    assert (await staffed.get(LI, f"{CUSTOMERS}/德国-012")).body["code"] == "德国-012"
    assert (await staffed.post(LI, CUSTOMERS, customer("zm"))).status == 201
    assert (await staffed.get(LI, f"{CUSTOMERS}/ZM")).body["code"] == "zm"


async def test_a_change_names_the_version_it_has_seen(staffed: Api) -> None:
    await staffed.post(LI, CUSTOMERS, customer())
    path = f"{CUSTOMERS}/NA"
    assert (await staffed.put(LI, path, profile())).status == 428
    changed = await staffed.put(LI, path, profile(grade="key", name="Republic of Namibia"), If_Match='"1"')
    assert (changed.status, changed.body["grade"], changed.body["version"], changed.headers["ETag"]) == (200, "key", 2, '"2"')
    stale = await staffed.put(LI, path, profile(grade="small"), If_Match='"1"')
    assert (stale.status, stale.slug) == (412, "stale")
    told = (await staffed.told())[-1]
    assert told.sequence == 2
    assert CustomerChanged.model_validate(told.data).customer.grade == "key"


async def test_a_change_that_changes_nothing_tells_nothing(staffed: Api) -> None:
    await staffed.post(LI, CUSTOMERS, customer())
    before = len(await staffed.told())
    same = await staffed.put(LI, f"{CUSTOMERS}/NA", profile(), If_Match='"1"')
    assert (same.status, same.body["version"]) == (200, 1)
    assert len(await staffed.told()) == before


async def test_contacts_do_not_move_the_customers_etag(staffed: Api) -> None:
    await staffed.post(LI, CUSTOMERS, customer())
    await staffed.post(LI, f"{CUSTOMERS}/NA/contacts", contact())
    changed = await staffed.put(LI, f"{CUSTOMERS}/NA", profile(grade="key"), If_Match='"1"')
    assert (changed.status, changed.body["version"]) == (200, 3)
    assert [told.sequence for told in await staffed.told() if str(told.subject) == changed.body["id"]] == [1, 2, 3]


async def test_code_and_owner_are_not_changed_with_the_file(staffed: Api) -> None:
    await staffed.post(LI, CUSTOMERS, customer())
    refused = await staffed.put(LI, f"{CUSTOMERS}/NA", {**profile(), "owner": "chen.jie", "code": "NB"}, If_Match='"1"')
    assert refused.status == 422
    assert {"owner", "code"} <= refused.fields.keys()


async def test_the_class_is_for_prospects_and_ends_with_the_contract(staffed: Api) -> None:
    made = await staffed.post(LI, CUSTOMERS, customer(stage="prospect", prospect_class="B"))
    assert (made.status, made.body["prospect_class"]) == (201, "B")
    path = f"{CUSTOMERS}/NA"
    refused = await staffed.put(LI, path, profile(stage="live", prospect_class="B"), If_Match='"1"')
    assert refused.status == 422
    signed = await staffed.put(LI, path, profile(stage="live"), If_Match='"1"')
    assert (signed.body["stage"], signed.body["prospect_class"]) == ("live", None)


async def test_a_foreign_customer_is_not_there(staffed: Api) -> None:
    await staffed.post(LI, CUSTOMERS, customer())
    made = await staffed.post(LI, f"{CUSTOMERS}/NA/contacts", contact())
    person = f"{CUSTOMERS}/NA/contacts/{made.body['id']}"
    answers = [
        await staffed.get(CHEN, f"{CUSTOMERS}/NA"),
        await staffed.get(CHEN, f"{CUSTOMERS}/NOBODY"),
        await staffed.get(CHEN, f"{CUSTOMERS}/NA/contacts"),
        await staffed.get(CHEN, f"{CUSTOMERS}/NA/owners"),
        await staffed.get(CHEN, person),
        await staffed.put(CHEN, f"{CUSTOMERS}/NA", profile(), If_Match='"1"'),
        await staffed.put(CHEN, person, contact(), If_Match='"2"'),
        await staffed.post(CHEN, f"{CUSTOMERS}/NA/contacts", contact()),
    ]
    assert [answer.status for answer in answers] == [404] * len(answers)
    assert (await staffed.get(CHEN, CUSTOMERS)).body["items"] == []
    assert (await staffed.get(MANAGER, f"{CUSTOMERS}/NA")).status == 200
    assert (await staffed.get(ADMIN, person)).status == 200


async def test_departments_have_no_customer_file(staffed: Api) -> None:
    await staffed.post(LI, CUSTOMERS, customer())
    assert (await staffed.get("qi:planner", f"{CUSTOMERS}/NA")).status == 403
    assert (await staffed.get("qi:finance", CUSTOMERS)).status == 403
    assert (await staffed.post("qi:planner", CUSTOMERS, customer("ZM"))).status == 403
    assert (await staffed.get("", CUSTOMERS)).status == 401


async def test_the_list_in_pages(staffed: Api) -> None:
    for number in range(7):
        await staffed.post(LI if number % 2 else CHEN, CUSTOMERS, customer(f"C{number}", grade="key" if number > 3 else "small"))
    codes, cursor = [], ""
    while True:
        page = (await staffed.get(MANAGER, f"{CUSTOMERS}?limit=3{cursor}")).body
        codes += [item["code"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert codes == [f"C{number}" for number in range(7)]
    assert [item["code"] for item in (await staffed.get(LI, CUSTOMERS)).body["items"]] == ["C1", "C3", "C5"]
    assert [item["code"] for item in (await staffed.get(MANAGER, f"{CUSTOMERS}?owner=li.wei&grade=key")).body["items"]] == ["C5"]
    assert (await staffed.get(LI, f"{CUSTOMERS}?owner=chen.jie")).body["items"] == []
    assert (await staffed.get(LI, f"{CUSTOMERS}?limit=201")).status == 422
    assert (await staffed.get(LI, f"{CUSTOMERS}?cursor=nonsense")).status == 422
    assert (await staffed.get(LI, f"{CUSTOMERS}?colour=red")).status == 422


async def test_search_in_code_name_and_contacts_names(staffed: Api) -> None:
    await staffed.post(LI, CUSTOMERS, customer("NA"))
    await staffed.post(LI, CUSTOMERS, customer("ZM", name="Zambia 100%", country="ZM", time_zone="Africa/Lusaka"))
    await staffed.post(CHEN, CUSTOMERS, customer("TZ", name="Tanzania", country="TZ"))
    await staffed.post(LI, f"{CUSTOMERS}/ZM/contacts", contact("王芳"))
    await staffed.post(CHEN, f"{CUSTOMERS}/TZ/contacts", contact("王芳"))

    async def found(who: str, words: str) -> list[str]:
        return [item["code"] for item in (await staffed.get(who, f"{CUSTOMERS}?q={words}")).body["items"]]

    assert await found(LI, "namib") == ["NA"]
    assert await found(LI, "zm") == ["ZM"]
    assert await found(LI, "王芳") == ["ZM"]
    assert await found(MANAGER, "王") == ["TZ", "ZM"]
    assert await found(LI, "100%25") == ["ZM"]
    assert await found(LI, "1_0") == []
    assert await found(LI, "\\") == []
    assert await found(LI, "TZ") == []
    assert [item["code"] for item in (await staffed.get(LI, f"{CUSTOMERS}?country=NA")).body["items"]] == ["NA"]
