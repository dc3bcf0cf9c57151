"""Letters of credit over HTTP on a real database: entered, watched through delays, amended, closed; who may, and what is told."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.orders.credits.handlers import DAILY, look
from services.orders.credits.store import MOVED
from services.orders.orders.model import NewOrder
from services.orders.orders.store import Outcome, create_many
from shared.contracts.credits import CreditAtRisk, CreditOpened, CreditRecovered
from shared.messaging.record import Stamp
from tests.orders.calls import CHEN, FINANCE, LI, MANAGER, Desk, confirmed, delay, event, kind, order, said
from tests.orders.plans import line
from tests.shared.web.server import until

PATH = "/api/orders/credits"
BODY: dict[str, Any] = {
    "number": "LC-1", "issuing_bank": "Commerzbank Hamburg", "amount": {"amount": "48000", "currency": "USD"},
    "latest_shipment": "2026-04-30", "expires_on": "2026-05-23", "expiry_place": "Shanghai", "expiry_country": "CN", "transhipment": True,
    "orders": ["SO-1"],
}  # fmt: skip


def credit(**changes: Any) -> dict[str, Any]:
    """Of ACME, for SO-1, which departs on 27 April. It expires on a Saturday."""
    return {**BODY, "customer": "ACME", **changes}


async def entered(desk: Desk, **changes: Any) -> str:
    answer = await desk.post(LI, PATH, credit(**changes))
    assert answer.status == 201, answer.body
    return str(answer.headers["Location"])


async def looked(desk: Desk) -> list[Any]:
    """Run what is due of the credits, as the leader does; what they told then."""
    before = len(await desk.told())
    due = [one for one in await desk.due() if one.kind == MOVED or (one.kind == DAILY and one.due <= desk.clock.now())]
    async with desk.database.transaction() as tx:
        await tx.execute("DELETE FROM timer WHERE kind = $1", MOVED)
        for name in sorted({one.kind for one in due}):
            await look(tx, [one for one in due if one.kind == name], desk.clock.now())
    return [event(one) for one in (await desk.told())[before:] if kind(one).startswith("credit")]


async def test_the_clock_of_a_credit(desk: Desk) -> None:
    await desk.entered(actuals=confirmed())
    path = await entered(desk)
    shown = (await desk.get(FINANCE, path)).body
    assert (shown["customer"], shown["orders"], shown["version"], shown["bank_calendar"]) == ("ACME", ["SO-1"], 1, "country-cn")
    assert (shown["presentation_days"], shown["partial_shipments"], shown["at_risk"]) == (21, True, [])
    assert shown["amount"] == {"amount": "48000.00", "currency": "USD"}
    (leg,) = shown["legs"]
    days = {one["kind"]: one["day"] for one in leg["deadlines"]}
    # 21 days after 27 April; the Saturday is extended to Monday.
    assert days == {"latest_shipment": "2026-04-30", "presentation": "2026-05-18", "expiry": "2026-05-25"}
    assert leg["present_by"] == "2026-05-18"
    backward = {one["milestone"]: one["latest"] for one in leg["milestones"]}
    assert (backward["DEPART"], backward["QC_FINAL"], backward["PRD_END"]) == ("2026-04-30", "2026-04-22", "2026-04-20")
    told = [one for one in await desk.told() if kind(one).startswith("credit")]
    assert [(kind(one), one.sequence) for one in told] == [("credit.opened", 1)]
    first = event(told[0])
    assert isinstance(first, CreditOpened)
    assert first.credit.orders[0].number == "SO-1"


async def test_a_delay_that_breaks_it_is_told_once_and_taken_back(desk: Desk) -> None:
    await desk.entered()
    path = await entered(desk)
    assert await looked(desk) == []
    logged = await desk.delayed(delay("2026-05-02"))
    (risk,) = await looked(desk)
    assert isinstance(risk, CreditAtRisk)
    (one,) = risk.risks
    assert (one.kind, one.order, str(one.deadline), str(one.would_be), str(one.amend_by), one.revision) == (
        "latest_shipment", "SO-1", "2026-04-30", "2026-05-02", "2026-04-30", 1,
    )  # fmt: skip
    assert (await desk.get(LI, path)).body["at_risk"] == ["latest_shipment"]
    assert [item["number"] for item in (await desk.get(LI, f"{PATH}?at_risk=true")).body["items"]] == ["LC-1"]
    assert await looked(desk) == []
    updated = await desk.put(LI, f"/api/orders/delays/{logged['delay']}", said("2026-05-05"), If_Match='"1"')
    assert updated.status == 200, updated.body
    (moved,) = await looked(desk)
    assert isinstance(moved, CreditAtRisk)
    assert moved.risks[0].revision == 2
    await desk.post(LI, f"/api/orders/delays/{logged['delay']}/retraction", {"reason": "the vessel was early after all"})
    (back,) = await looked(desk)
    assert isinstance(back, CreditRecovered)
    shown = (await desk.get(LI, path)).body
    assert (shown["at_risk"], shown["risks"], shown["version"]) == ([], [], 4)


async def test_what_is_at_risk_is_in_the_work_list_of_who_follows_the_applicant(desk: Desk) -> None:
    await desk.entered()
    path = await entered(desk)
    assert (await desk.get(LI, "/api/orders/work")).body["credits"]["items"] == []
    await desk.delayed(delay("2026-05-02"))
    await looked(desk)
    (work,) = (await desk.get(LI, "/api/orders/work")).body["credits"]["items"]
    assert (work["number"], work["terms"], work["amend_by"], work["link"]) == ("LC-1", ["latest_shipment"], "2026-04-30", path)
    assert (await desk.get(CHEN, "/api/orders/work")).body["credits"]["items"] == []


async def test_a_day_that_passes_is_found_by_the_clock(desk: Desk) -> None:
    await desk.entered()
    await entered(desk)
    await looked(desk)
    desk.clock.time = datetime(2026, 5, 1, tzinfo=UTC)
    (risk,) = await looked(desk)
    assert isinstance(risk, CreditAtRisk)
    assert [(one.kind, one.would_be) for one in risk.risks] == [("latest_shipment", None)]


async def test_an_amendment_ends_what_endangered_it(desk: Desk) -> None:
    await desk.entered()
    path = await entered(desk)
    await desk.delayed(delay("2026-05-02"))
    await looked(desk)
    version = (await desk.get(LI, path)).headers["ETag"]
    stale = await desk.put(LI, path, {**BODY, "latest_shipment": "2026-05-10"}, If_Match='"1"')
    assert (stale.status, stale.slug) == (412, "stale")
    amended = await desk.put(LI, path, {**BODY, "latest_shipment": "2026-05-10"}, If_Match=version)
    assert (amended.status, amended.body["latest_shipment"]) == (200, "2026-05-10")
    (back,) = await looked(desk)
    assert isinstance(back, CreditRecovered)


async def test_what_it_would_break_is_answered_before_a_delay_is_logged(desk: Desk) -> None:
    await desk.entered()
    await entered(desk)
    simulated = await desk.post(LI, "/api/orders/SO-1/delays/simulations", delay("2026-05-02"))
    (order,) = simulated.body["orders"]
    (breach,) = order["breaches"]
    assert (breach["kind"], breach["term"], breach["deadline"], breach["would_be"]) == (
        "latest_shipment",
        "LC-1",
        "2026-04-30",
        "2026-05-02",
    )


async def test_only_the_orders_it_pays_are_watched(desk: Desk) -> None:
    await desk.entered()
    await desk.entered(number="SO-2")
    path = await entered(desk)
    await looked(desk)
    await desk.delayed(delay("2026-05-02"), "/api/orders/SO-2")
    assert await looked(desk) == []
    await desk.put(LI, path, {**BODY, "orders": ["SO-2"]}, If_Match='"1"')
    (risk,) = await looked(desk)
    assert risk.risks[0].order == "SO-2"
    await desk.delayed(delay("2026-05-06"))
    assert await looked(desk) == []


async def test_a_closed_credit_is_watched_no_more(desk: Desk) -> None:
    await desk.entered()
    path = await entered(desk)
    await desk.delayed(delay("2026-05-02"))
    await looked(desk)
    closed = await desk.post(FINANCE, path + "/closing", {"outcome": "cancelled by both"})
    assert (closed.status, closed.body["status"], closed.body["closed_by"]) == (200, "closed", "zhou.min")
    (back,) = await looked(desk)
    assert isinstance(back, CreditRecovered)
    again = await desk.post(LI, path + "/closing", {"outcome": "twice"})
    assert (again.status, again.slug) == (409, "credit-over")
    desk.clock.time = datetime(2026, 6, 1, tzinfo=UTC)
    assert await looked(desk) == []


async def test_one_order_in_two_shipments_against_a_credit_for_one(desk: Desk) -> None:
    changed = await desk.put(LI, "/api/orders/shipments/SH-2", {"mode": "sea", "vessel": "Ever Given", "voyage": "043W"}, If_Match='"1"')
    assert changed.status == 200, changed.body
    await desk.entered(line("1", shipment="SH-1"), line("2", shipment="SH-2"))
    await entered(desk, partial_shipments=False)
    (risk,) = await looked(desk)
    assert [(one.kind, one.shipment) for one in risk.risks] == [("partial_shipment", "SH-2")]


async def test_goods_are_loaded_when_the_vessel_is_there(desk: Desk) -> None:
    """Under FOB the promise and the credit are kept at loading: who delays the departure delays it, whether by a delay or a word."""
    fob = {"template": "export-make", "incoterm": "FOB", "named_place": "Shanghai"}
    await desk.entered(line(promised="2026-09-02", shipment="SH-1"), **fob)
    await entered(desk, latest_shipment="2026-09-05", expires_on="2026-12-01")
    late = delay("2026-10-25")
    simulated = await desk.post(LI, "/api/orders/shipments/SH-1/delays/simulations", late)
    (order,) = simulated.body["orders"]
    assert (order["at_risk"], [one["kind"] for one in order["breaches"]]) == (["1"], ["latest_shipment"])
    driven = {one["milestone"]: (one["after"], one["driven_by"]) for one in order["nodes"]}
    assert driven["DEPART"] == ("2026-10-25", None)
    assert driven["ON_BOARD"] == ("2026-10-25", "DEPART")
    assert driven["BL_ISS"] > ("2026-10-25", "")
    assert (await desk.put(LI, "/api/orders/shipments/SH-1/schedule", {"etd": "2026-10-25"}, If_Match='"1"')).status == 200
    assert {**await desk.expected(), "ON_BOARD": "2026-10-25"} == await desk.expected()
    assert (await desk.expected())["DEPART"] == "2026-10-25"
    sooner = {"milestone": "DEPART", "day": "2026-09-20"}
    answer = await desk.post(LI, "/api/orders/SO-1/estimates", sooner)
    assert (answer.status, answer.body["after"]) == (200, "2026-09-20"), "loading waits for the vessel, not the vessel for its loading"
    assert (await desk.expected())["ON_BOARD"] == "2026-09-20"


async def test_goods_do_not_part_against_a_credit_until_it_is_amended(desk: Desk) -> None:
    """However they would: lines moved, a whole order split off, a shipment rolled, a line added."""
    for shipment in ("SH-1", "SH-2"):
        how = {"mode": "sea", "vessel": "Ever Given", "voyage": "043W"}
        version = (await desk.get(LI, f"/api/orders/shipments/{shipment}")).body["version"]
        assert (await desk.put(LI, f"/api/orders/shipments/{shipment}", how, If_Match=f'"{version}"')).status == 200
    await desk.post(LI, "/api/orders/shipments", {"number": "SH-3", "vessel": "Queen", "voyage": "2"})
    await desk.entered(line("1", shipment="SH-1"), line("2", shipment="SH-2"))
    await desk.entered(line("1", shipment="SH-1"), number="SO-2")
    path = await entered(desk, partial_shipments=False, orders=["SO-1", "SO-2"])
    moved = {"lines": ["2"], "shipment": "SH-3", "reason": "booked"}
    apart = {"into": {"number": "SH-3"}, "orders": [{"order": "SO-2"}], "reason": "booked"}
    rolled = {"vessel": "Queen", "voyage": "2", "reason": "overbooked"}
    commands = [
        ("/api/orders/SO-1/moves", moved),
        ("/api/orders/shipments/SH-1/splits", apart),
        ("/api/orders/shipments/SH-1/merges", {"into": "SH-3", "reason": "booked"}),
        ("/api/orders/shipments/SH-2/rolls", rolled),
        ("/api/orders/SO-2/lines", {"lines": [line("2", shipment="SH-3")]}),
    ]
    told = await desk.types()
    version = (await desk.get(LI, "/api/orders/shipments/SH-2")).body["version"]
    renamed = await desk.put(LI, "/api/orders/shipments/SH-2", {"vessel": "Queen", "voyage": "2"}, If_Match=f'"{version}"')
    assert (renamed.status, renamed.slug) == (409, "partial-shipment-forbidden"), renamed.body
    (outcome,) = await imported(desk, order(line("1", shipment="SH-1"), line("2", shipment="SH-3"), number="SO-2"))
    assert outcome.result == "unchanged"
    assert [(one.field, one.reason.zh) for one in outcome.errors] == [("lines.1.shipment", "信用证 LC-1 不允许分批装运，请先改证")]
    for command, body in commands:
        answer = await desk.post(LI, command, body)
        assert (answer.status, answer.slug) == (409, "partial-shipment-forbidden"), (command, answer.body)
        assert answer.body["credits"] == ["LC-1"]
    assert await desk.types() == told
    assert await looked(desk) == []
    assert (await desk.post(LI, "/api/orders/SO-1/moves", {**moved, "shipment": "SH-1"})).status == 200, "the same vessel"
    assert (await desk.post(LI, "/api/orders/shipments/SH-1/rolls", rolled)).status == 200, "all of it"
    version = (await desk.get(LI, path)).headers["ETag"]
    assert (await desk.put(LI, path, {**BODY, "orders": ["SO-1", "SO-2"]}, If_Match=version)).status == 200
    assert (await desk.post(LI, "/api/orders/SO-1/moves", {**moved, "shipment": "SH-2"})).status == 200


async def imported(desk: Desk, *orders: dict[str, Any]) -> list[Outcome]:
    async with desk.database.transaction() as tx:
        stamp = Stamp(time=desk.clock.now(), correlation_id="import-1", actor="li.wei", historical=True)
        return await create_many(tx, stamp, [NewOrder.model_validate(one) for one in orders], owners=None, source="import")


async def test_two_commands_that_part_the_goods_only_together_come_one_after_the_other(desk: Desk) -> None:
    await desk.entered()
    await desk.entered(number="SO-2")
    await desk.post(LI, "/api/orders/shipments", {"number": "SH-3", "vessel": "Queen", "voyage": "2"})
    path = await entered(desk, partial_shipments=False, orders=["SO-1", "SO-2"])
    waiting = "SELECT count(*) = 2 FROM pg_locks WHERE NOT granted"
    async with desk.database.transaction() as tx:
        await tx.execute("SELECT FROM credit WHERE id = $1 FOR UPDATE", UUID(path.rsplit("/", 1)[1]))
        body = {"lines": ["1"], "reason": "booked"}
        moves = [
            asyncio.create_task(desk.post(LI, f"/api/orders/{number}/moves", {**body, "shipment": shipment}))
            for number, shipment in (("SO-1", "SH-1"), ("SO-2", "SH-3"))
        ]
        await until(lambda: tx.fetchval(waiting))
    assert sorted([answer.status for answer in await asyncio.gather(*moves)]) == [200, 409]


async def test_what_its_orders_are_worth_is_held_against_it(desk: Desk) -> None:
    await desk.entered(line(amount="50400"), currency="USD")
    path = await entered(desk, tolerance_over="5")
    assert await looked(desk) == []
    assert (await desk.post(LI, "/api/orders/SO-1/lines", {"lines": [line("2", amount="1")]})).status == 201
    (risk,) = await looked(desk)
    assert [one.kind for one in risk.risks] == ["amount"]
    await desk.put(LI, path, {**BODY, "tolerance_over": "10"}, If_Match='"2"')
    assert [type(one) for one in await looked(desk)] == [CreditRecovered]


async def test_another_route_is_looked_at_at_once(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    await entered(desk, transhipment=False)
    assert await looked(desk) == []

    async def travels(**how: Any) -> list[Any]:
        version = (await desk.get(LI, "/api/orders/shipments/SH-1")).headers["ETag"]
        changed = await desk.put(LI, "/api/orders/shipments/SH-1", {"mode": "sea", **how}, If_Match=version)
        assert changed.status == 200, changed.body
        return await looked(desk)

    (risk,) = await travels(transhipment_ports=["KRPUS"])
    assert [(one.kind, one.shipment) for one in risk.risks] == [("transhipment", "SH-1")]
    assert await travels(transhipment_ports=["KRPUS"], carrier="OOCL") == []
    assert [type(one) for one in await travels(transhipment_ports=["KRPUS"], containers=["MSKU1234565"])] == [CreditRecovered]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (credit(customer="NOBODY"), "customer"),
        (credit(customer="BOLT"), "customer"),
        (credit(orders=["SO-1", "SO-9"]), "orders.1"),
        (credit(orders=["SO-1", "SO-1"]), "orders.1"),
        (credit(orders=["SO-D"]), "orders.0"),
        (credit(expiry_country="ZZ"), "expiry_country"),
        (credit(amount={"amount": "-1", "currency": "USD"}), "amount.amount"),
        (credit(amount={"amount": "10000.005", "currency": "USD"}), "amount"),
        (credit(amount={"amount": "0", "currency": "USD"}), "amount"),
        (credit(tolerance_over="101"), "tolerance_over"),
        (credit(presentation_days=-1), "presentation_days"),
        (credit(colour="red"), "colour"),
    ],
)
async def test_refusals_name_the_field_and_write_nothing(desk: Desk, body: dict[str, Any], field: str) -> None:
    await desk.entered()
    await desk.entered(number="SO-D", template="delivery", trade_type="domestic")
    answer = await desk.post(LI, PATH, body)
    assert answer.status == 422, answer.body
    assert field in answer.fields
    assert await desk.count("credit") == 0


async def test_the_latest_shipment_is_not_after_the_expiry(desk: Desk) -> None:
    await desk.entered()
    answer = await desk.post(LI, PATH, credit(latest_shipment="2026-05-24"))
    assert answer.status == 422, answer.body


async def test_what_others_follow_is_not_there(desk: Desk) -> None:
    await desk.entered()
    path = await entered(desk)
    assert (await desk.get(CHEN, path)).status == 404
    assert (await desk.get(CHEN, PATH)).body["items"] == []
    assert (await desk.put(CHEN, path, BODY, If_Match='"1"')).status == 404
    assert (await desk.post(CHEN, path + "/closing", {"outcome": "mine"})).status == 404
    assert (await desk.post("guo.hui:planner", PATH, credit())).status == 403
    assert (await desk.post(MANAGER, PATH, credit())).slug == "credit-exists"
    assert (await desk.post(MANAGER, PATH, credit(issuing_bank="Deutsche Bank"))).status == 201


async def test_lists_are_filtered(desk: Desk) -> None:
    await desk.entered()
    await desk.entered(number="SO-2")
    await entered(desk)
    await entered(desk, number="LC-2", orders=["SO-2"])
    for query, numbers in [
        ("", ["LC-2", "LC-1"]),
        ("?order=SO-2", ["LC-2"]),
        ("?number=lc-1", ["LC-1"]),
        ("?customer=BOLT", []),
        ("?status=closed", []),
        ("?at_risk=false", ["LC-2", "LC-1"]),
    ]:
        assert [one["number"] for one in (await desk.get(LI, PATH + query)).body["items"]] == numbers
    first = (await desk.get(LI, PATH + "?limit=1")).body
    assert [one["number"] for one in (await desk.get(LI, f"{PATH}?limit=1&cursor={first['next']}")).body["items"]] == ["LC-1"]


async def test_a_delay_while_a_credit_is_entered_is_not_missed(desk: Desk) -> None:
    """Whichever comes first: once both are done, the risk is told."""
    await desk.entered()
    made, logged = await asyncio.gather(desk.post(LI, PATH, credit()), desk.post(LI, "/api/orders/SO-1/delays", delay("2026-05-02")))
    assert (made.status, logged.status) == (201, 201)
    (risk,) = await looked(desk)
    assert isinstance(risk, CreditAtRisk)


async def test_a_date_that_moves_while_the_timer_runs_sets_it_off_again(desk: Desk) -> None:
    await desk.entered()
    path = await entered(desk)
    await desk.delayed(delay("2026-05-02"))
    (running,) = [one for one in await desk.due() if one.kind == MOVED]
    await desk.delayed(delay("2026-06-20", milestone="ARRIVE"))
    (again,) = [one for one in await desk.due() if one.kind == MOVED]
    assert path.endswith(str(running.subject))
    assert again.due != running.due
