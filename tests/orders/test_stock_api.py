"""Stock checks through the service: enough, ready to leave, short."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.orders.risks.handlers import look
from shared.contracts.stock import StockChecked
from tests.orders.calls import CHEN, LI, MANAGER, Desk, event
from tests.orders.firm import employ, member
from tests.orders.plans import line

OF, PATH = "/api/orders/SO-1/stock", "/api/orders/stock"
KEEPER = "wu.gang:docs"
_SHORT_AND_READY = """
INSERT INTO stock_check (id, order_id, line, day, available, on_hold, needed, ready, checked_by, checked_at)
SELECT gen_random_uuid(), order_id, line, day, needed, 1, needed, true, checked_by, checked_at FROM stock_check
"""


async def ordered(desk: Desk, *lines: dict[str, Any]) -> None:
    await desk.entered(*lines, template="from-stock")
    await employ(desk, member("wu.gang", department="warehouse"), member("he.yan", department="docs"))


async def checked(desk: Desk, *lines: dict[str, Any], who: str = KEEPER, status: int = 201, **more: Any) -> Any:
    answer = await desk.post(who, OF, {"day": desk.clock.time.date().isoformat(), "lines": lines, **more})
    assert answer.status == status, answer.body
    return answer.body


def of(number: str, available: int, **more: Any) -> dict[str, Any]:
    return {"line": number, "available": available, **more}


async def told_risks(desk: Desk) -> list[Any]:
    while await look(desk.database, desk.clock):
        pass
    return list((await desk.get(LI, "/api/orders/risks")).body["items"])


async def test_enough_for_all_lines_meets_the_check_and_ready_the_packing(desk: Desk) -> None:
    await ordered(desk, line("1"), line("2"))
    first = await checked(desk, of("1", 1300, on_hold=100, place="WH2 A-04", ready=True))
    assert (first["checks"][0]["short"], first["recorded"], first["exception"]) == ("0", [], None)
    both = await checked(desk, of("2", 1200))
    assert both["recorded"] == [{"shipment": None, "milestone": "STOCK_OK", "day": "2026-03-01"}]
    packed = await checked(desk, of("2", 1200, ready=True))
    assert [one["milestone"] for one in packed["recorded"]] == ["PACKED"]
    assert (await desk.get(LI, "/api/orders/SO-1")).body["version"] == packed["version"]
    (told,) = [event(one) for one in (await desk.told()) if one.type.endswith("stock.checked.v1") and one.sequence == 2]
    assert isinstance(told, StockChecked)
    assert (told.checks[0].place, int(told.checks[0].on_hold)) == ("WH2 A-04", 100)
    listed = (await desk.get(LI, PATH)).body["items"]
    assert [(one["line"], one["available"], one["ready"], one["by"]) for one in listed] == [
        ("1", "1300", True, "wu.gang"), ("2", "1200", True, "wu.gang"),
    ]  # fmt: skip
    history = (await desk.get(LI, OF + "?limit=2")).body
    assert [(one["line"], one["stands"]) for one in history["items"]] == [("2", True), ("2", False)]
    assert len((await desk.get(LI, f"{OF}?cursor={history['next']}")).body["items"]) == 1
    for query, found in (("?order=SO-1", 2), ("?customer=BOLT", 0), ("?short=true", 0), ("?ready=true", 2), ("?since=2026-03-02", 0)):
        assert len((await desk.get(MANAGER, PATH + query)).body["items"]) == found, query
    assert (await desk.get(CHEN, PATH)).body["items"] == []
    # Counted again on that day there is less, and then it was there after all.
    wrong = await checked(desk, of("2", 1100))
    assert [(one["milestone"], one["before"], one["actual"]) for one in wrong["corrected"]] == [
        (milestone, "2026-03-01", None) for milestone in ("PACKED", "STOCK_OK")
    ]
    assert (await desk.get(LI, "/api/orders/SO-1")).body["version"] == wrong["version"]
    right = await checked(desk, of("2", 1200, ready=True))
    assert [one["milestone"] for one in right["recorded"]] == ["STOCK_OK", "PACKED"]
    # What is gone a day later was there.
    desk.clock.time = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert (await checked(desk, of("2", 0)))["corrected"] == []
    await checked(desk, of("2", 1200, ready=True))


async def test_what_is_short_endangers_the_order_and_opens_one_exception(desk: Desk) -> None:
    await ordered(desk, line("1"), line("2"))
    desk.clock.time = datetime(2026, 5, 18, 8, tzinfo=UTC)
    short = await checked(desk, of("1", 1000, on_hold=80), of("2", 1200, ready=True), severity="major")
    assert ([one["short"] for one in short["checks"]], short["recorded"]) == (["280", "0"], [])
    opened = (await desk.get(LI, f"/api/orders/exceptions/{short['exception']}")).body
    assert (opened["kind"], opened["severity"], opened["causes"][0]["code"]) == ("shortage", "major", "STK-SHORT")
    assert [(one["line"], one["quantity"]) for one in opened["affected"]] == [("1", "280")]
    (risk,) = [one for one in await told_risks(desk) if any(reason["kind"] == "stock_short" for reason in one["reasons"])]
    assert risk["milestone"] == "STOCK_OK"
    for who in (LI, KEEPER):
        (work,) = (await desk.get(who, "/api/orders/work")).body["stock"]["items"]
        assert (work["order"], work["by"], work["link"]) == ("SO-1", "1", OF)
    again = await checked(desk, of("1", 1100), severity="minor")
    assert (again["exception"], again["checks"][0]["exception_id"]) == (None, short["exception"])
    assert [one["line"] for one in (await desk.get(LI, PATH + "?short=true")).body["items"]] == ["1"]
    there = await checked(desk, of("1", 1200))
    assert [one["milestone"] for one in there["recorded"]] == ["STOCK_OK"]
    assert not any(reason["kind"] == "stock_short" for one in await told_risks(desk) for reason in one["reasons"])


async def test_a_shortage_ends_when_nothing_of_it_is_short(desk: Desk) -> None:
    await ordered(desk, line("1"), line("2"))

    async def short(severity: str) -> str:
        return f"/api/orders/exceptions/{(await checked(desk, of('1', 1000), of('2', 1100), severity=severity))['exception']}"

    async def state(path: str) -> tuple[str, bool]:
        shown = (await desk.get(LI, path)).body
        return shown["status"], shown["over"]

    # Counted again on that day it never was; before, one of two is short still.
    none = await short("critical")
    await checked(desk, of("1", 1200))
    assert await state(none) == ("open", False)
    told = len(await desk.told())
    await checked(desk, of("2", 1200))
    closed = (await desk.get(LI, none)).body
    assert (closed["status"], closed["closed_by"], closed["resolution"][:10]) == ("closed", "wu.gang", "2026-03-01")
    assert "exception.closed" in await desk.types(told)
    # What was short, and is there on another day, is closed where nothing is left to do about it.
    for severity, ends in (("minor", ("closed", False)), ("major", ("open", True))):
        path = await short(severity)
        desk.clock.time += timedelta(days=1)
        await checked(desk, of("1", 1200), of("2", 1200))
        assert await state(path) == ends
    listed = (await desk.get(LI, "/api/orders/exceptions?status=open")).body["items"]
    assert [one["over"] for one in listed] == [True]


async def test_what_cannot_be_is_refused_and_nothing_kept(desk: Desk) -> None:
    await ordered(desk)
    good = of("1", 1200)
    for lines, field in (
        ([good, good], "lines.1.line"),
        ([of("9", 1)], "lines.0.line"),
        ([of("1", 1199, ready=True)], "lines.0.ready"),
        ([of("1", 10, on_hold=11)], "lines.0.on_hold"),
        ([], "lines"),
    ):
        assert list((await desk.post(LI, OF, {"day": "2026-03-01", "lines": lines})).fields) == [field]
    assert list((await desk.post(LI, OF, {"day": "2026-03-05", "lines": [good]})).fields) == ["day"]
    await checked(desk, good, who=CHEN, status=404)
    await checked(desk, good, who="he.yan:docs", status=403)
    assert (await desk.get(LI, PATH)).body["items"] == []
    await checked(desk, good, who=LI)
    before = await desk.post(LI, OF, {"day": "2026-02-27", "lines": [good]})
    assert list(before.fields) == ["day"]
    for statement, error in (
        (_SHORT_AND_READY, asyncpg.CheckViolationError),
        ("UPDATE stock_check SET available = 0", asyncpg.InsufficientPrivilegeError),
        ("DELETE FROM production_report", asyncpg.InsufficientPrivilegeError),
    ):
        with pytest.raises(error):
            async with desk.database.transaction() as tx:
                await tx.execute(statement)


async def test_what_has_left_is_not_checked_any_more(desk: Desk) -> None:
    await ordered(desk, line("1", shipment="SH-1"), line("2", shipment="SH-2"))
    await checked(desk, of("1", 1200, ready=True), of("2", 700))
    gone = {"date": "2026-03-01", "shipment": "SH-1"}
    for milestone in ("PAY_BAL", "DEPART"):
        assert (await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": milestone, **gone})).status == 201
    for severity in ({}, {"severity": "major"}):
        after = {"day": "2026-03-01", "lines": [of("1", 10), of("2", 1200)], **severity}
        refused = await desk.post(KEEPER, OF, after)
        assert (refused.status, list(refused.fields)) == (422, ["lines.0.line"])
        assert "DEPART of order SO-1 in shipment SH-1 happened on 2026-03-01: the stock of what has left" in refused.fields["lines.0.line"]
    assert (await desk.get(LI, "/api/orders/exceptions")).body["items"] == []
    plan = (await desk.get(LI, "/api/orders/SO-1")).body["plan"]
    assert {node["milestone"] for node in plan if node["shipment"] == "SH-1" and node["actual"]} >= {"STOCK_OK", "PACKED", "DEPART"}
    assert [one["line"] for one in (await checked(desk, of("2", 1200)))["checks"]] == ["2"], "what is still here is"
    desk.clock.time = datetime(2026, 5, 18, 8, tzinfo=UTC)
    sent = {"milestone": "DEPART", "date": "2026-05-18", "shipment": "SH-2"}
    await checked(desk, of("2", 700))
    assert any(reason["kind"] == "stock_short" for one in await told_risks(desk) for reason in one["reasons"])
    assert (await desk.post(LI, "/api/orders/SO-1/actuals", {**sent, "milestone": "PAY_BAL"})).status == 201
    assert (await desk.post(LI, "/api/orders/SO-1/actuals", sent)).status == 201
    assert not any(reason["kind"] == "stock_short" for one in await told_risks(desk) for reason in one["reasons"])


async def test_lines_are_not_delivered_by_a_check(desk: Desk) -> None:
    await desk.entered(template="from-stock", incoterm="EXW", named_place="Ningbo")
    done = await checked(desk, of("1", 1200, ready=True), who=LI)
    assert ([one["milestone"] for one in done["recorded"]], [one["milestone"] for one in done["not_recorded"]]) == (
        ["STOCK_OK"],
        ["PACKED"],
    )
