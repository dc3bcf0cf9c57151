"""Reports over HTTP: forms, refusals, sight, and waiting for a delay."""

import asyncio
import csv
import io
from typing import Any

import pytest

from services.reporting.reports.catalogue import REPORTS
from shared.ids import new_id
from tests.reporting.conftest import Reporting
from tests.reporting.histories import consume
from tests.reporting.test_reports import delayed, on_time_history
from tests.shared.web.server import Server

ON_TIME = "/api/reporting/reports/on-time"


async def get(api: Server, path: str, login: str = "boss", role: str = "manager", **more: Any) -> Any:
    return await api.ask("GET", path, token=api.issuer.mint(login, [role]), **more)


async def test_every_report_is_listed_and_answers_in_both_forms(api: Server, reporting: Reporting) -> None:
    await on_time_history(reporting.database)
    listed = (await get(api, "/api/reporting/reports")).json["items"]
    assert {item["name"] for item in listed} == set(REPORTS)
    for item in listed:
        answer = await get(api, item["link"])
        assert answer.status == 200, answer.json
        names = [column["name"] for column in item["columns"]]
        assert all(list(row) == names for row in answer.json["rows"])
        file = await get(api, item["link"] + "?format=csv", headers={"Accept-Language": "zh-CN"})
        rows = list(csv.reader(io.StringIO(file.body.decode("utf-8-sig"), newline="")))
        assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert file.headers["Vary"] == "Accept-Language"
        assert file.headers["Content-Disposition"].startswith(f'attachment; filename="{item["name"]}-')
        assert [title.removesuffix(" (UTC)") for title in rows[0]] == [column["zh"] for column in item["columns"]]
        assert len(rows) == 1 + len(answer.json["rows"])


async def test_rate_is_a_fraction_in_json_and_a_percentage_in_csv(api: Server, reporting: Reporting) -> None:
    await on_time_history(reporting.database)
    (row,) = (await get(api, ON_TIME + "?customer=C1")).json["rows"]
    assert (row["numerator"], row["denominator"], row["rate"]) == (1, 2, "0.500000")
    assert b'"50.0000%"' in (await get(api, ON_TIME + "?customer=C1&format=csv")).body


async def test_a_merchandiser_sees_his_own_customers_only(api: Server, reporting: Reporting) -> None:
    await on_time_history(reporting.database)
    (row,) = (await get(api, ON_TIME, "li", "merchandiser")).json["rows"]
    assert row["denominator"] == 2
    assert [item["order"] for item in (await get(api, "/api/reporting/orders", "li", "merchandiser")).json["items"]] == ["A"]
    assert (await get(api, "/api/reporting/orders/A", "li", "merchandiser")).json["customer"] == "C1"
    assert (await get(api, "/api/reporting/orders/B", "li", "merchandiser")).status == 404
    assert b'"B"' not in (await get(api, "/api/reporting/reports/orders?format=csv", "li", "merchandiser")).body
    assert (await api.ask("GET", ON_TIME, token=None)).status == 401


async def test_departments_see_customers_by_their_code_and_no_money(api: Server, reporting: Reporting) -> None:
    await on_time_history(reporting.database)
    for role, named in (("finance", True), ("docs", True), ("planner", False), ("logistics", False)):
        rows = (await get(api, "/api/reporting/reports/orders", "lou", role)).json["rows"]
        rows += (await get(api, "/api/reporting/orders", "lou", role)).json["items"]
        rows.append((await get(api, "/api/reporting/orders/A", "lou", role)).json)
        assert {(row["customer"] in ("C1", "C2"), row["customer_name"] is not None) for row in rows} == {(True, named)}
        labels = {row["label"] is not None for row in (await get(api, ON_TIME + "?group=customer", "lou", role)).json["rows"]}
        assert labels == {named}
        file = (await get(api, "/api/reporting/reports/orders?format=csv", "lou", role)).body.decode()
        assert (rows[0]["customer"] in file, "Customer C" in file) == (True, named)
    assert {(name, column.name, column.secret) for name, report in REPORTS.items() for column in report.columns if column.secret} == {
        ("orders", "customer_name", "papers"), ("credits-at-risk", "amount", "papers"), ("open-exceptions", "amount", "dealings"),
        ("clauses", "penalty_so_far", "dealings"), ("clauses", "penalty_expected", "dealings"),
    }  # fmt: skip


async def test_orders_in_pages(api: Server, reporting: Reporting) -> None:
    await on_time_history(reporting.database)
    first = (await get(api, "/api/reporting/orders?limit=1")).json
    second = (await get(api, f"/api/reporting/orders?limit=1&cursor={first['next']}")).json
    assert [page["items"][0]["order"] for page in (first, second)] == ["A", "B"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [("from=yesterday", "from"), ("from=2026-02-01&to=2026-01-01", "to"), ("limit=201", "limit"), ("level=crate", "level"),
     ("nonsense=1", "nonsense"), ("format=xlsx", "format"), ("basis=hope", "basis")],
)  # fmt: skip
async def test_bad_parameters_are_refused_by_name(api: Server, query: str, field: str) -> None:
    answer = await get(api, f"{ON_TIME}?{query}")
    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


async def test_unknown_report(api: Server) -> None:
    assert (await get(api, "/api/reporting/reports/nothing")).status == 404


async def test_waiting_for_a_delay(api: Server, reporting: Reporting) -> None:
    it = delayed()
    path = f"/api/reporting/delays/{it.delay}"
    assert (await get(api, path)).status == 404
    waiting = [asyncio.create_task(get(api, path + "?wait=5")) for _ in range(20)]
    await asyncio.sleep(0.2)
    assert not any(task.done() for task in waiting)
    # More callers wait than there are connections.
    await consume(reporting.database, it.teller.told)
    for answer in await asyncio.gather(*waiting):
        assert answer.json["orders"] == [{"number": "A", "before": "2026-03-10", "after": "2026-03-14", "freed_on": None}]
        assert (answer.json["days"], answer.json["unattributed"]) == (4, True)
    assert (await get(api, path, "li", "merchandiser")).status == 200
    assert (await get(api, path, "wang", "merchandiser")).status == 404
    assert (await get(api, path + "?revision=2&wait=0.1")).status == 404
    assert (await get(api, path + "?wait=6")).status == 422
    assert (await get(api, f"/api/reporting/delays/{new_id()}?wait=0.05")).status == 404
