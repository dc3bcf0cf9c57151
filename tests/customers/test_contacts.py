"""Contacts over HTTP, and what is told of them."""

import asyncio
from typing import Any

import pytest

from shared.contracts.customers import ContactAdded, ContactChanged, ContactPersonal
from tests.customers.calls import LI, Api, contact, customer

CONTACTS = "/api/customers/NA/contacts"


@pytest.fixture
async def api_with_customer(staffed: Api) -> Api:
    assert (await staffed.post(LI, "/api/customers", customer())).status == 201
    return staffed


async def test_add_read_list(api_with_customer: Api) -> None:
    api = api_with_customer
    made = await api.post(LI, CONTACTS, contact(roles=["payment", "orders", "orders"], cc=["office@example.org"], phone="+264 61 000 000"))
    assert made.status == 201
    assert made.body["roles"] == ["orders", "payment"]
    assert made.headers["Location"] == f"{CONTACTS}/{made.body['id']}"
    read = await api.get(LI, made.headers["Location"])
    assert (read.body, read.headers["ETag"]) == (made.body, '"2"')
    await api.post(LI, CONTACTS, contact("Ana", email=None, roles=["documents"]))
    assert [one["name"] for one in (await api.get(LI, CONTACTS)).body["items"]] == ["Ana", "Maria Nangolo"]
    assert [one["name"] for one in (await api.get(LI, f"{CONTACTS}?role=documents")).body["items"]] == ["Ana"]
    assert (await api.get(LI, f"{CONTACTS}?role=boss")).status == 422
    assert (await api.get(LI, f"{CONTACTS}/{made.body['id']}x")).status == 422
    assert (await api.get(LI, f"{CONTACTS}/00000000-0000-7000-8000-000000000000")).status == 404


async def test_who_a_contact_is_travels_sealed(api_with_customer: Api) -> None:
    api = api_with_customer
    await api.post(LI, CONTACTS, contact(cc=["office@example.org"], phone="+264 61 000 000"))
    told = (await api.told())[-1]
    assert (told.type, told.sequence) == ("gendan.customers.contact.added.v1", 2)
    facts = ContactAdded.model_validate(told.data).contact
    assert facts.has_email
    assert await api.opened(told, facts.personal, ContactPersonal) == ContactPersonal(
        name="Maria Nangolo",
        salutation="Dear Maria Nangolo",
        email="maria@example.org",
        cc=("office@example.org",),
        phone="+264 61 000 000",
    )
    text = "".join(one.model_dump_json() for one in await api.told())
    for secret in ("Maria", "maria@", "office@", "+264", "Li Wei", "staff@"):
        assert secret not in text


async def test_change_with_if_match(api_with_customer: Api) -> None:
    api = api_with_customer
    path = (await api.post(LI, CONTACTS, contact())).headers["Location"]
    await api.post(LI, CONTACTS, contact("Another"))
    assert (await api.put(LI, path, contact(active=False))).status == 428
    left = await api.put(LI, path, contact(active=False), If_Match='"2"')
    assert (left.status, left.body["active"], left.body["version"]) == (200, False, 4)
    assert (await api.put(LI, path, contact(), If_Match='"2"')).status == 412
    told = (await api.told())[-1]
    assert (told.sequence, ContactChanged.model_validate(told.data).contact.active) == (4, False)
    before = len(await api.told())
    assert (await api.put(LI, path, contact(active=False), If_Match='"4"')).body["version"] == 4
    assert len(await api.told()) == before
    assert [one["name"] for one in (await api.get(LI, CONTACTS)).body["items"]] == ["Another", "Maria Nangolo"]
    assert [one["name"] for one in (await api.get(LI, f"{CONTACTS}?active=true")).body["items"]] == ["Another"]


async def test_contacts_added_at_once_are_told_without_a_gap(api_with_customer: Api) -> None:
    made = await asyncio.gather(*(api_with_customer.post(LI, CONTACTS, contact(f"Contact {number}")) for number in range(8)))
    assert [answer.status for answer in made] == [201] * 8
    assert sorted(answer.body["version"] for answer in made) == list(range(2, 10))
    told = [one.sequence for one in await api_with_customer.told() if one.type.startswith("gendan.customers.c")]
    assert told == list(range(1, 10))


async def test_a_contact_of_another_customer_is_not_there(api_with_customer: Api) -> None:
    api = api_with_customer
    made = await api.post(LI, CONTACTS, contact())
    await api.post(LI, "/api/customers", customer("ZM"))
    assert (await api.get(LI, f"/api/customers/ZM/contacts/{made.body['id']}")).status == 404
    assert (await api.put(LI, f"/api/customers/ZM/contacts/{made.body['id']}", contact(), If_Match='"2"')).status == 404


BAD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"email": "nobody"}, "email"),
    ({"email": "a@b.example\nBcc: x@example.org"}, "email"),
    ({"email": f"{'a' * 250}@example.org"}, "email"),
    ({"cc": ["nobody"]}, "cc.0"),
    ({"cc": ["x@example.org"] * 11}, "cc"),
    ({"email": None, "cc": ["x@example.org"]}, "cc"),
    ({"roles": []}, "roles"),
    ({"roles": ["boss"]}, "roles.0"),
    ({"name": "a\r\nBcc: x@example.org"}, "name"),
    ({"salutation": "a\nb"}, "salutation"),
    ({"country": "ZZ"}, "country"),
    ({"time_zone": "Mars/Base"}, "time_zone"),
    ({"phone": "call me"}, "phone"),
)


async def test_bad_input_is_named(api_with_customer: Api) -> None:
    for changes, field in BAD:
        refused = await api_with_customer.post(LI, CONTACTS, contact(**changes))
        assert refused.status == 422, changes
        assert field in refused.fields, refused.body
