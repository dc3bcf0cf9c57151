"""Imports over HTTP: what is accepted, refused at once, listed and seen by whom."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.orders.app import SERVICE
from services.orders.intake.handlers import ORDERS
from shared.config import Settings
from shared.database.pool import Database
from shared.directory.store import save_customers
from shared.imports.task import work_one
from shared.service import Running
from shared.web.app import build_app
from shared.web.edge import Edge
from shared.web.endpoint import Site
from shared.web.health import Health
from shared.web.turns import Turns
from tests.orders.intake.test_imports import DOCUMENT, GOOD, customer, file
from tests.support.calls import Api, StoppedClock, TrustingVerifier

BODY = DOCUMENT.model_dump(mode="json", exclude_defaults=True)
MANAGER, LI, ANNA = "chen.wei:manager", "li.na:merchandiser", "anna.berg:merchandiser"


class Desk(Api):
    """The orders service as its callers see it."""

    async def send(self, who: str, content: bytes, query: str = "mapping=test", **headers: str) -> tuple[int, Any, Any]:
        sent = {"Authorization": f"Bearer {who}", "Content-Type": "text/csv", **{k.replace("_", "-"): v for k, v in headers.items()}}
        async with self._client.post(f"/api/orders/imports?{query}", data=content, headers=sent) as answer:
            return answer.status, await answer.json(), answer.headers

    async def text(self, who: str, path: str) -> tuple[int, str, Any]:
        async with self._client.get(path, headers={"Authorization": f"Bearer {who}"}) as answer:
            return answer.status, await answer.text(), answer.headers

    async def work(self) -> None:
        running = cast(Running, SimpleNamespace(database=self.database, clock=self.clock, stopping=asyncio.Event()))
        while await work_one(running, ORDERS):
            pass


@pytest_asyncio.fixture(loop_scope="session")
async def desk(make_database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Desk]:
    database, clock = await make_database("orders"), StoppedClock()
    settings = Settings(database_url=SecretStr("none"), jwks_url="none", issuer="none", environment="test")
    health = Health("orders", SERVICE.migrations, database, list)
    app = build_app("orders", list(SERVICE.routes), Site(settings, database, clock, TrustingVerifier()), health, Edge(64, Turns(8)))
    async with database.transaction() as tx:
        await save_customers(tx, [customer("NA", "li.na"), customer("DE", "anna.berg")])
    async with TestClient(TestServer(app)) as client:
        desk = Desk(client, database, clock)
        saved = await desk.put(LI, "/api/orders/mappings/test", BODY, If_Match='"0"')
        assert saved.status == 200, saved.body
        yield desk


async def test_a_file_is_accepted_followed_and_reported(desk: Desk) -> None:
    status, accepted, headers = await desk.send(LI, GOOD + b"\nA9,1,XX,Tea,5,2013-02-01,,,,", "mapping=test&file_name=orders.csv")
    assert (status, accepted["status"], accepted["progress"]) == (202, "accepted", 0)
    assert headers["Location"] == f"/api/orders/imports/{accepted['id']}"
    await desk.work()
    done = (await desk.get(LI, headers["Location"])).body
    assert {name: done[name] for name in ("status", "progress", "rows", "good", "imported", "unchanged", "refused", "noted")} == {
        "status": "done", "progress": 1, "rows": 4, "good": 4, "imported": 3, "unchanged": 0, "refused": 1, "noted": 1,
    }  # fmt: skip
    rows = (await desk.get(LI, done["rows_link"])).body["items"]
    assert [(row["line"], row["column"], row["value"], row["reason"]) for row in rows] == [
        (5, "Customer", "XX", "no customer XX is known here")
    ]
    chinese = (await desk.call(LI, "GET", done["rows_link"], Accept_Language="zh-CN")).body["items"]
    assert [row["reason"] for row in chinese] == ["没有客户 XX"]
    notes = (await desk.get(LI, f"{done['rows_link']}?status=noted")).body["items"]
    assert [row["value"] for row in notes] == ["not captured"]
    status, text, headers = await desk.text(LI, f"{done['rows_link']}.csv")
    assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert "attachment" in headers["Content-Disposition"]
    assert '5,"Customer","XX"' in text


async def test_what_can_be_seen_at_once_is_refused_at_once(desk: Desk) -> None:
    status, problem, _ = await desk.send(LI, b"PO,Line,Customer\n1,2,3\n")
    assert (status, problem["type"].rsplit(":", 1)[-1].rsplit("/", 1)[-1]) == (422, "unreadable-file")
    assert problem["errors"][0]["reason"] == "the file has no column 'Item'"
    assert (await desk.send(LI, b""))[0] == 422
    assert (await desk.send(LI, b"PK\x03\x04 no workbook"))[0] == 422
    assert (await desk.send(LI, GOOD, "mapping=nobody"))[0] == 422
    assert (await desk.send(LI, GOOD, "mapping=test&charset=klingon"))[0] == 422
    assert (await desk.get(LI, "/api/orders/imports")).body["items"] == []


async def test_a_file_sent_again_under_its_key_is_one_import(desk: Desk) -> None:
    first = await desk.send(LI, GOOD, Idempotency_Key="orders-1")
    second = await desk.send(LI, GOOD, Idempotency_Key="orders-1")
    assert (first[0], second[0], second[1]["id"]) == (202, 202, first[1]["id"])
    assert len((await desk.get(LI, "/api/orders/imports")).body["items"]) == 1


async def test_imports_are_seen_by_their_sender_and_by_managers(desk: Desk) -> None:
    sent = [(await desk.send(LI, file(f"A{n},1,NA,Tea,5,2013-02-01,,,,")))[1]["id"] for n in range(3)]
    assert (await desk.get(ANNA, f"/api/orders/imports/{sent[0]}")).status == 404
    assert (await desk.get(ANNA, f"/api/orders/imports/{sent[0]}/rows")).status == 404
    assert (await desk.get(ANNA, "/api/orders/imports")).body["items"] == []
    assert (await desk.get("f:finance", "/api/orders/imports")).status == 403
    page = (await desk.get(MANAGER, "/api/orders/imports?limit=2&status=accepted")).body
    rest = (await desk.get(MANAGER, f"/api/orders/imports?limit=2&status=accepted&cursor={page['next']}")).body
    assert [one["id"] for one in [*page["items"], *rest["items"]]] == sent[::-1]


async def test_a_merchandiser_imports_for_his_own_customers_only(desk: Desk) -> None:
    await desk.send(ANNA, GOOD)
    await desk.work()
    (shown,) = (await desk.get(ANNA, "/api/orders/imports")).body["items"]
    assert (shown["imported"], shown["refused"]) == (0, 3)


async def test_mappings_are_versioned_documents(desk: Desk) -> None:
    path = "/api/orders/mappings/test"
    assert (await desk.put(LI, path, BODY, If_Match='"1"')).headers["ETag"] == '"1"', "the same document is no new version"
    changed = {**BODY, "about": "changed"}
    assert (await desk.put(LI, path, changed)).status == 428
    assert (await desk.put(LI, path, changed, If_Match='"0"')).status == 412
    assert (await desk.put(LI, path, changed, If_Match='"1"')).headers["ETag"] == '"2"'
    read = await desk.get(LI, path)
    assert (read.headers["ETag"], read.body["document"]["about"]) == ('"2"', "changed")
    listed = (await desk.get(LI, "/api/orders/mappings")).body["items"]
    assert listed == [{"name": "test", "version": 2, "about": "changed"}]
    assert (await desk.get(LI, "/api/orders/mappings/nobody")).status == 404


async def test_mappings_that_do_not_fit_name_each_part(desk: Desk) -> None:
    columns = {**BODY["columns"], "promised": {"source": "Promised"}, "colour": {"source": "Colour"}}
    answer = await desk.put(LI, "/api/orders/mappings/test", {**BODY, "columns": columns}, If_Match='"1"')
    assert answer.status == 422
    assert answer.fields.keys() == {"columns.promised.dates", "columns.colour"}
    swapped = {**BODY["columns"], "promised": {"source": "Promised", "dates": ["%d/%m/%Y", "%m/%d/%Y"]}}
    answer = await desk.put(LI, "/api/orders/mappings/test", {**BODY, "columns": swapped}, If_Match='"1"')
    assert answer.status == 422
    assert "the column decides" in str(answer.fields)
