"""Documents and customs entries over HTTP on a real database: asked for, brought further, overdue; declared, held, released."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.orders.app import SERVICE
from services.orders.documents.handlers import day_over, order_moved
from services.orders.documents.store import MOVED, OVER
from shared.contracts.customs import CustomsHeld
from shared.contracts.papers import DocumentOverdue
from tests.orders.calls import CHEN, FINANCE, LI, MANAGER, Desk, confirmed, delay, event, kind
from tests.orders.firm import employ, member
from tests.orders.plans import line

NEED = "/api/orders/SO-1/documents"
PATH = "/api/orders/documents"
INVOICE: dict[str, Any] = {"code": "INVOICE", "department": "docs", "due_after": {"milestone": "DEPART", "days": 5}}
HE = "he.yan:docs"
CUSTOMS = "/api/orders/customs"
ENTRY: dict[str, Any] = {"number": "222920260000000001", "regime_code": "0110", "on": "2026-03-01"}


async def needed(desk: Desk, *documents: dict[str, Any], who: str = LI) -> list[str]:
    answer = await desk.post(who, NEED, {"documents": documents or [INVOICE]})
    assert answer.status == 201, answer.body
    return [f"{PATH}/{one['document']}" for one in answer.body["documents"]]


def taken(state: str, **changes: Any) -> dict[str, Any]:
    return {"state": state, "on": "2026-03-01", **changes}


async def looked(desk: Desk) -> list[Any]:
    """Run what is due of the documents, as the leader does; what they told then."""
    before, timers = len(await desk.told()), await desk.due()
    async with desk.database.transaction() as tx:
        await tx.execute("DELETE FROM timer WHERE kind = $1", MOVED)
        await order_moved(tx, [one for one in timers if one.kind == MOVED], desk.clock.now())
        await day_over(tx, [one for one in timers if one.kind == OVER and one.due <= desk.clock.now()], desk.clock.now())
    return [event(one) for one in (await desk.told())[before:]]


async def test_from_missing_to_accepted(desk: Desk) -> None:
    await desk.entered(actuals=confirmed())
    (path,) = await needed(desk)
    shown = (await desk.get(FINANCE, path)).body
    assert (shown["state"], shown["due"], shown["name"]) == ("missing", "2026-05-02", {"en": "commercial invoice", "zh-CN": "商业发票"})
    for state, changes in [
        ("issued", {"number": "INV-77"}), ("sent", {}), ("discrepant", {"note": "the consignee differs"}), ("issued", {}), ("accepted", {}),
    ]:  # fmt: skip
        answer = await desk.post(HE, path + "/steps", taken(state, **changes))
        assert answer.status == 200, answer.body
        assert (answer.body["state"], answer.body["by"], answer.body["number"]) == (state, "he.yan", "INV-77")
    again = await desk.post(HE, path + "/steps", taken("sent"))
    assert (again.status, again.slug, again.body["follows"]) == (409, "out-of-order", [])
    told = [one for one in await desk.told() if kind(one).startswith("document")]
    assert [kind(one).removeprefix("document.") for one in told] == ["required", "issued", "sent", "discrepant", "issued", "accepted"]
    assert [one.sequence for one in told] == [1, 2, 3, 4, 5, 6]


async def test_a_document_that_is_not_there_is_overdue_once(desk: Desk) -> None:
    await desk.entered()
    (path,) = await needed(desk)
    await desk.delayed(delay("2026-05-10"))
    assert await looked(desk) == []
    assert (await desk.get(LI, path)).body["due"] == "2026-05-15"
    desk.clock.time = datetime(2026, 5, 15, 12, tzinfo=UTC)
    assert await looked(desk) == []
    desk.clock.time = datetime(2026, 5, 16, tzinfo=UTC)
    (told,) = await looked(desk)
    assert isinstance(told, DocumentOverdue)
    assert await looked(desk) == []
    assert [one["code"] for one in (await desk.get(LI, PATH + "?overdue=true")).body["items"]] == ["INVOICE"]
    assert [one["code"] for one in (await desk.get(LI, "/api/orders/work")).body["documents"]["items"]] == ["INVOICE"]
    await desk.post(HE, path + "/steps", taken("issued"))
    assert (await desk.get(LI, "/api/orders/work")).body["documents"]["items"] == []


async def test_what_is_there_waits_for_nothing(desk: Desk) -> None:
    await desk.entered()
    (path,) = await needed(desk)
    await desk.post(HE, path + "/steps", taken("issued"))
    assert [one for one in await desk.due() if one.kind == OVER] == []
    await desk.post(HE, path + "/steps", taken("discrepant", note="a word is missing"))
    assert len([one for one in await desk.due() if one.kind == OVER]) == 1


async def test_a_department_has_its_documents_in_its_work_list(desk: Desk) -> None:
    await employ(desk, member("he.yan", department="docs"))
    await desk.entered(actuals=confirmed())
    path, _ = await needed(desk, INVOICE, {**INVOICE, "code": "ORIGIN", "department": "sales"})
    desk.clock.time = datetime(2026, 4, 25, tzinfo=UTC)
    assert [one["code"] for one in (await desk.get(HE, "/api/orders/work")).body["documents"]["items"]] == ["INVOICE"]
    assert len((await desk.get(LI, "/api/orders/work")).body["documents"]["items"]) == 2
    mistyped = {**INVOICE, "department": "dosc"}
    refused = [
        await desk.post(LI, NEED, {"documents": [{**INVOICE, "code": "PACKING_LIST"}, mistyped]}),
        await desk.put(LI, path, {name: value for name, value in mistyped.items() if name != "code"}, If_Match='"1"'),
    ]
    assert [(one.status, list(one.fields)) for one in refused] == [(422, ["documents.1.department"]), (422, ["department"])]
    assert "docs" in refused[1].fields["department"]


async def test_the_documents_of_goods_that_travel_otherwise_go_along(desk: Desk) -> None:
    """With all goods of a shipment, also where they were in none for a while; what is missing in both is needed once."""
    await desk.entered(line(shipment="SH-1"), line("2", shipment="SH-2"), actuals=confirmed("SH-1", "SH-2"))
    await desk.delayed(delay("2026-05-11"), "/api/orders/shipments/SH-2")
    bill = {"code": "BILL_OF_LADING", "department": "docs", "shipment": "SH-1", "due_after": {"milestone": "DEPART", "days": 3}}
    packed = {**INVOICE, "code": "PACKING_LIST"}
    wanted = [bill, *({**one, "shipment": shipment} for one in (INVOICE, packed) for shipment in ("SH-1", "SH-2"))]
    paths = await needed(desk, *wanted)
    assert (await desk.post(HE, paths[3] + "/steps", taken("issued"))).status == 200

    async def found() -> list[tuple[str, str, str]]:
        shown = [(await desk.get(LI, path)).body for path in paths]
        return [(one["shipment"], one["state"], one["due"]) for one in shown]

    assert (await found())[0] == ("SH-1", "missing", "2026-04-30")
    told = len(await desk.told())
    for shipment in (None, "SH-2"):
        moved = await desk.post(LI, "/api/orders/SO-1/moves", {"lines": ["1"], "shipment": shipment, "reason": "one container"})
        assert moved.status == 200, moved.body
    assert await found() == [
        ("SH-2", "missing", "2026-05-14"),
        ("SH-1", "waived", "2026-05-02"),
        ("SH-2", "missing", "2026-05-16"),
        ("SH-2", "issued", "2026-05-16"),
        ("SH-2", "missing", "2026-05-16"),
    ], "that which was issued is beside the one that is missing"
    assert (await desk.get(LI, paths[1])).body["note"] == "one container"
    papers = [one for one in await desk.types(told) if one.startswith("document.")]
    assert sorted(papers) == ["document.changed", "document.changed", "document.waived"]
    assert (await desk.post(LI, NEED, {"documents": [{**bill, "shipment": "SH-2"}]})).slug == "document-exists"


async def test_what_a_part_leaves_missing_is_needed_of_the_part_as_well(desk: Desk) -> None:
    """Until it travels with the rest again. What is made already, or of the whole order, is not."""
    await desk.entered(line(shipment="SH-1"), line("2", shipment="SH-1"), actuals=confirmed("SH-1"))
    await desk.delayed(delay("2026-05-11"), "/api/orders/shipments/SH-1")
    made, *_ = await needed(desk, *({**INVOICE, "code": code, "shipment": "SH-1"} for code in ("INVOICE", "BILL_OF_LADING")))
    await needed(desk, {**INVOICE, "code": "ORIGIN"})
    assert (await desk.post(HE, made + "/steps", taken("issued"))).status == 200

    async def moved(shipment: str) -> list[tuple[str, str, str]]:
        answer = await desk.post(LI, "/api/orders/SO-1/moves", {"lines": ["2"], "shipment": shipment, "reason": "one vessel"})
        assert answer.status == 200, answer.body
        items = (await desk.get(LI, f"{PATH}?shipment=SH-2")).body["items"]
        return [(one["code"], one["state"], one["due"]) for one in items]

    assert await moved("SH-2") == [("BILL_OF_LADING", "missing", "2026-05-02")]
    assert await moved("SH-1") == [("BILL_OF_LADING", "waived", "2026-05-02")]
    assert len((await desk.get(LI, f"{PATH}?lacking=true")).body["items"]) == 2


async def test_goods_that_wait_without_a_shipment_keep_what_they_need(desk: Desk) -> None:
    """Split off, split again, joined: each has its bill of lading where it goes, also once that of the rest is made."""
    await desk.entered(line(shipment="SH-1", quantity="100"), actuals=confirmed("SH-1"))
    (bill,) = await needed(desk, {**INVOICE, "code": "BILL_OF_LADING", "shipment": "SH-1"})
    for number in ("SH-3", "SH-4", "SH-5"):
        assert (await desk.post(LI, "/api/orders/shipments", {"number": number})).status == 201

    async def done(deed: str, **body: Any) -> list[tuple[str, str]]:
        answer = await desk.post(LI, f"/api/orders/SO-1/{deed}", {"reason": "no space", **body})
        assert answer.status in (200, 201), answer.body
        items = (await desk.get(LI, f"{PATH}?order=SO-1")).body["items"]
        return sorted((one["shipment"], one["state"]) for one in items)

    waiting = [("SH-1", "missing")]
    assert await done("splits", line="1", part="1-A", quantity="60", shipment=None) == waiting
    assert await done("splits", line="1-A", part="1-B", quantity="20") == waiting
    assert await done("splits", line="1-A", part="1-C", quantity="20", shipment="SH-3") == [*waiting, ("SH-3", "missing")]
    # What leaves its shipment to be of a line that waits is waited for by that line; so is what two wait for that are one again.
    assert await done("joins", line="1-B", part="1-C") == [*waiting, ("SH-3", "missing")]
    assert await done("splits", line="1-B", part="1-D", quantity="5") == [*waiting, ("SH-3", "missing")]
    assert await done("joins", line="1-A", part="1-B") == [*waiting, ("SH-3", "missing")]
    assert (await desk.post(HE, bill + "/steps", taken("issued"))).status == 200
    found = [("SH-1", "issued"), ("SH-3", "missing"), ("SH-4", "missing")]
    assert await done("moves", lines=["1-D"], shipment="SH-4") == found
    found = [("SH-1", "issued"), ("SH-3", "waived"), ("SH-4", "missing"), ("SH-5", "missing")]
    assert await done("moves", lines=["1-A"], shipment="SH-5") == found
    assert await done("moves", lines=["1-A"], shipment=None) == found
    # What waited before it was known which goods do is found when the database is upgraded.
    async with desk.database.transaction() as tx:
        travels = "SELECT FROM document_waiting w JOIN order_line l USING (order_id, line) WHERE l.shipment IS NOT NULL"
        assert await tx.fetch(travels) == []
        await tx.execute("DELETE FROM document_waiting")
        upgrade = (SERVICE.migrations / "0179_documents_wait_with_goods.sql").read_text()
        await tx.execute(upgrade[upgrade.index("INSERT INTO") :])
    found[-1] = ("SH-5", "waived")
    assert await done("cancellations", lines=["1-A"], asked_by="customer") == found


async def test_terms_are_changed_by_version(desk: Desk) -> None:
    await desk.entered()
    (path,) = await needed(desk)
    terms = {"department": "sales", "due_on": "2026-04-20"}
    assert (await desk.put(LI, path, terms, If_Match='"4"')).slug == "stale"
    changed = await desk.put(LI, path, terms, If_Match='"1"')
    assert (changed.status, changed.body["due"], changed.body["department"], changed.body["version"]) == (200, "2026-04-20", "sales", 2)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({**INVOICE, "code": "MAP"}, "documents.0.code"),
        ({**INVOICE, "due_on": "2026-04-01"}, "documents.0.due_after"),
        ({**INVOICE, "due_after": {"milestone": "MOON", "days": 1}}, "documents.0.due_after.milestone"),
        ({**INVOICE, "shipment": "SH-1"}, "documents.0.shipment"),
        ({**INVOICE, "colour": "red"}, "documents.0.colour"),
    ],
)
async def test_refusals_name_the_field_and_write_nothing(desk: Desk, document: dict[str, Any], field: str) -> None:
    await desk.entered()
    answer = await desk.post(LI, NEED, {"documents": [document]})
    assert answer.status == 422, answer.body
    assert field in answer.fields
    assert await desk.count("document") == 0


async def test_what_others_follow_is_not_there(desk: Desk) -> None:
    await desk.entered()
    (path,) = await needed(desk)
    there = await desk.post(LI, NEED, {"documents": [{**INVOICE, "code": "ORIGIN"}, INVOICE]})
    assert (there.slug, there.fields) == ("document-exists", {"documents.1.code": "the order needs the INVOICE already"})
    assert (await desk.post(CHEN, NEED, {"documents": [INVOICE]})).status == 404
    assert (await desk.get(CHEN, path)).status == 404
    assert (await desk.get(CHEN, PATH)).body["items"] == []
    assert (await desk.post(CHEN, path + "/steps", taken("issued"))).status == 404
    assert (await desk.post("guo.hui:planner", path + "/steps", taken("issued"))).status == 403
    assert (await desk.post(LI, path + "/steps", taken("issued", on="2026-03-09"))).fields.keys() == {"on"}


async def test_lists_are_filtered(desk: Desk) -> None:
    await desk.entered()
    await needed(desk, INVOICE, {**INVOICE, "code": "ORIGIN", "department": "sales", "due_after": None, "due_on": "2026-04-01"})
    for query, codes in [
        ("", ["ORIGIN", "INVOICE"]),
        ("?order=SO-1&customer=ACME&state=missing&lacking=true", ["ORIGIN", "INVOICE"]),
        ("?department=docs", ["INVOICE"]),
        ("?due_by=2026-04-01", ["ORIGIN"]),
        ("?code=PACKING_LIST", []),
        ("?lacking=false", []),
    ]:
        assert [one["code"] for one in (await desk.get(LI, PATH + query)).body["items"]] == codes
    first = (await desk.get(LI, PATH + "?limit=1")).body
    assert [one["code"] for one in (await desk.get(LI, f"{PATH}?limit=1&cursor={first['next']}")).body["items"]] == ["INVOICE"]
    assert (await desk.get(LI, "/api/orders/codes")).body["documents"]["ORIGIN"]["untdid"] == "861"


async def made(desk: Desk, *lines: dict[str, Any], **changes: Any) -> None:
    """An order of the long template, whose gates before customs are met."""
    await desk.entered(*lines, template="export-make", incoterm="FOB", **changes)
    path = f"/api/orders/{changes.get('number', 'SO-1')}/actuals"
    for milestone in ("PAY_DEP", "PP_OK"):
        answer = await desk.post(MANAGER, path, {"milestone": milestone, "date": "2026-02-20"})
        assert answer.status == 201, answer.body


async def actual(desk: Desk, milestone: str, number: str = "SO-1") -> Any:
    plan = (await desk.get(MANAGER, f"/api/orders/{number}")).body["plan"]
    return next(node["actual"] for node in plan if node["milestone"] == milestone)


async def test_a_shipment_is_declared_held_and_released(desk: Desk) -> None:
    await made(desk, line(shipment="SH-1"))
    await made(desk, line(shipment="SH-1"), number="SO-2", customer="BOLT")
    (paper,) = await needed(desk)
    body = {**ENTRY, "documents": [paper.rsplit("/", 1)[1]]}
    assert (await desk.post(LI, "/api/orders/shipments/SH-1/customs", body)).slug == "not-all-yours"
    declared = await desk.post(MANAGER, "/api/orders/shipments/SH-1/customs", body)
    assert (declared.status, declared.body["orders"], declared.body["state"]) == (201, ["SO-1", "SO-2"], "declared")
    assert [await actual(desk, "CST_DECL", number) for number in ("SO-1", "SO-2")] == ["2026-03-01", "2026-03-01"]
    path = declared.headers["Location"]
    ahead = await desk.post(MANAGER, path + "/hold", {"on": "2026-03-09", "reason": "the value is questioned"})
    assert set(ahead.fields) == {"on"}
    held = await desk.post(MANAGER, path + "/hold", {"on": "2026-03-01", "reason": "the value is questioned"})
    assert (held.status, held.body["state"]) == (200, "held")
    exception = (await desk.get(LI, held.body["exception"])).body
    assert (exception["kind"], exception["shipment"], exception["causes"][0]["party"]) == ("customs_hold", "SH-1", "customs")
    released = await desk.post(MANAGER, path + "/release", {"on": "2026-03-02"})
    assert (released.status, released.body["state"], released.body["follows"]) == (200, "released", [])
    assert [await actual(desk, "CST_REL", number) for number in ("SO-1", "SO-2")] == ["2026-03-02", "2026-03-02"]
    assert (await desk.post(MANAGER, path + "/hold", {"on": "2026-03-02", "reason": "again"})).slug == "entry-elsewhere"
    told = [one for one in await desk.told() if kind(one).startswith("customs")]
    assert [(kind(one), one.sequence) for one in told] == [("customs.declared", 1), ("customs.held", 2), ("customs.released", 3)]
    second = event(told[1])
    assert isinstance(second, CustomsHeld)
    assert str(second.entry.exception_id) == exception["exception"]


async def test_an_entry_keeps_what_was_declared_wherever_it_travels(desk: Desk) -> None:
    await made(desk, line(shipment="SH-1"))
    await made(desk, line(shipment="SH-1"), number="SO-3")
    declared = await desk.post(MANAGER, "/api/orders/shipments/SH-1/customs", ENTRY)
    path = declared.headers["Location"]
    assert declared.body["orders"] == ["SO-1", "SO-3"]
    # Goods that were not declared are entered into the shipment, and some that were declared leave it, in part.
    await made(desk, line(shipment="SH-1"), number="SO-2", customer="BOLT")
    part = {"line": "1", "part": "1-B", "quantity": "200", "shipment": "SH-2", "reason": "no space"}
    assert (await desk.post(MANAGER, "/api/orders/SO-1/splits", part)).status == 200
    moves = {"lines": ["1"], "shipment": "SH-2", "reason": "no space"}
    assert (await desk.post(MANAGER, "/api/orders/SO-3/moves", moves)).status == 200
    assert (await desk.post(MANAGER, path + "/hold", {"on": "2026-03-01", "reason": "the value"})).body["orders"] == ["SO-1", "SO-3"]
    release = {"milestone": "CST_REL", "date": "2026-03-01"}
    for number, status in (("SO-1", 409), ("SO-3", 409), ("SO-2", 201)):
        leg = {"shipment": "SH-1"} if number == "SO-1" else {}
        answer = await desk.post(MANAGER, f"/api/orders/{number}/actuals", {**release, **leg})
        assert (answer.status, answer.body.get("entry")) == (status, path.rsplit("/", 1)[1] if status == 409 else None), number
    gone = await desk.post(MANAGER, "/api/orders/SO-3/actuals", {"milestone": "DEPART", "date": "2026-03-01"})
    assert (gone.slug, gone.body["entry"]) == ("customs-hold", path.rsplit("/", 1)[1])
    assert (await desk.post(MANAGER, "/api/orders/SO-2/actuals/corrections", {**release, "date": None, "reason": "x"})).status == 201
    released = await desk.post(MANAGER, path + "/release", {"on": "2026-03-01"})
    assert (released.status, released.body["orders"]) == (200, ["SO-1", "SO-3"])
    for number, days in (("SO-1", {"2026-03-01"}), ("SO-3", {"2026-03-01"}), ("SO-2", {None})):
        plan = (await desk.get(MANAGER, f"/api/orders/{number}")).body["plan"]
        assert {node["actual"] for node in plan if node["milestone"] == "CST_REL"} == days, number
    for number, count in (("SO-1", 1), ("SO-2", 0), ("SO-3", 1)):
        assert len((await desk.get(MANAGER, f"{CUSTOMS}?order={number}")).body["items"]) == count


async def test_a_part_is_of_the_entries_that_there_are_and_of_those_that_it_is_declared_with(desk: Desk) -> None:
    await made(desk, line(shipment="SH-1"))

    async def parted(number: str, part: str, shipment: str | None, quantity: str) -> None:
        body = {"line": number, "part": part, "quantity": quantity, "shipment": shipment, "reason": "no space"}
        assert (await desk.post(MANAGER, "/api/orders/SO-1/splits", body)).status == 200

    async def days(milestone: str) -> dict[str | None, str | None]:
        plan = (await desk.get(MANAGER, "/api/orders/SO-1")).body["plan"]
        return {node["shipment"]: node["actual"] for node in plan if node["milestone"] == milestone}

    await parted("1", "1-B", "SH-2", "200")
    entries = []
    for number, shipment in (("1", "SH-1"), ("2", "SH-2")):
        declared = await desk.post(MANAGER, f"/api/orders/shipments/{shipment}/customs", {**ENTRY, "number": number})
        assert declared.status == 201, declared.body
        entries.append(declared.headers["Location"])
        assert await days("CST_DECL") == {"SH-1": "2026-03-01", "SH-2": "2026-03-01" if number == "2" else None}
    await parted("1-B", "1-C", None, "50")
    hold = await desk.post(MANAGER, entries[1] + "/hold", {"on": "2026-03-01", "reason": "the value"})
    assert hold.status == 200, hold.body
    for leg, status in (("SH-2", 409), (None, 409), ("SH-1", 201)):
        body = {"milestone": "CST_REL", "date": "2026-03-01", "shipment": leg}
        assert (await desk.post(MANAGER, "/api/orders/SO-1/actuals", body)).status == status, leg
    joined = await desk.post(MANAGER, "/api/orders/SO-1/joins", {"line": "1", "part": "1-B", "reason": "x"})
    assert (joined.slug, joined.fields["part"].split("; ")) == (
        "parts-differ",
        ["customs entry 1 is of one without the other", "customs entry 2 is of one without the other"],
    )
    assert (await desk.post(MANAGER, entries[1] + "/release", {"on": "2026-03-01"})).status == 200
    assert set((await days("CST_REL")).values()) == {"2026-03-01"}


async def test_an_order_is_declared_by_itself(desk: Desk) -> None:
    await made(desk)
    declared = await desk.post(HE, "/api/orders/SO-1/customs", ENTRY)
    assert (declared.status, declared.body["shipment"], declared.body["orders"]) == (201, None, ["SO-1"])
    path = declared.headers["Location"]
    inspected = await desk.post(HE, path + "/inspection", {"on": "2026-03-01", "note": "as declared"})
    assert (inspected.body["state"], inspected.body["note"]) == ("inspected", "as declared")
    changed = await desk.put(HE, path, {"number": "2", "regime_code": "0214"}, If_Match='"2"')
    assert (changed.status, changed.body["number"], changed.body["regime_code"], changed.body["version"]) == (200, "2", "0214", 3)
    assert (await desk.put(HE, path, {"number": "2", "regime_code": "0214"}, If_Match='"2"')).slug == "stale"
    await desk.post(HE, path + "/release", {"on": "2026-03-01"})
    assert await actual(desk, "CST_REL") == "2026-03-01"
    for query, numbers in [("?order=SO-1", ["2"]), ("?state=held", []), ("?number=2", ["2"]), ("?shipment=SH-1", [])]:
        assert [one["number"] for one in (await desk.get(LI, CUSTOMS + query)).body["items"]] == numbers
    assert (await desk.get(CHEN, path)).status == 404
    assert (await desk.get(CHEN, CUSTOMS)).body["items"] == []
    # One of before it was known of which lines entries are, whose goods travel otherwise by now, is found when the database is upgraded.
    async with desk.database.transaction() as tx:
        await tx.execute("DELETE FROM customs_line")
        await tx.execute((SERVICE.migrations / "0135_declared_before.sql").read_text())
    assert (await desk.get(LI, path)).body["orders"] == ["SO-1"]


async def test_nothing_is_declared_before_a_gate_is_met(desk: Desk) -> None:
    await desk.entered(template="export-make", incoterm="FOB")
    refused = await desk.post(LI, "/api/orders/SO-1/customs", ENTRY)
    assert (refused.status, refused.slug) == (409, "gate-closed")
    assert await desk.count("customs_entry") == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"regime_code": "11"}, "regime_code"),
        ({"on": "2026-03-09"}, "on"),
        ({"on": "1990-01-01"}, "on"),
        ({"documents": ["0192f0c0-0000-7000-8000-000000000043"]}, "documents.0"),
        ({"shipment": "SH-9"}, "shipment"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_an_entry_that_cannot_be_names_the_field(desk: Desk, changes: dict[str, Any], field: str) -> None:
    await made(desk)
    answer = await desk.post(LI, "/api/orders/SO-1/customs", {**ENTRY, **changes})
    assert answer.status == 422, answer.body
    assert field in answer.fields
    assert await desk.count("customs_entry") == 0
    assert await actual(desk, "CST_DECL") is None


async def test_a_number_is_entered_once(desk: Desk) -> None:
    await made(desk)
    assert (await desk.post(LI, "/api/orders/SO-1/customs", ENTRY)).status == 201
    assert (await desk.post(LI, "/api/orders/SO-1/customs", ENTRY)).slug == "entry-exists"
