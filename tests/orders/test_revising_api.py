"""Orders in progress that take another revision of their template, over HTTP on a real database."""

import asyncio
from collections.abc import Callable
from typing import Any

from shared.contracts.plans import PlanRebaselined
from tests.orders.calls import CHEN, FINANCE, LI, MANAGER, Desk, confirmed, delay, event, kind, refusal
from tests.orders.firm import employ, member
from tests.orders.plans import line, step
from tests.orders.test_shipments_api import put
from tests.orders.test_tasks import settled, standing
from tests.support.calls import Answer

PATH, BODY = "/api/orders/SO-1/plan/revisions", {"reason": "goods are packed by the forwarder"}
TEMPLATE = "/api/orders/templates/export-sea"
Steps = list[dict[str, Any]]


async def revised(desk: Desk, change: Callable[[Steps], Steps]) -> int:
    """A new revision of the orders' template; its number."""
    known = (await desk.get(MANAGER, TEMPLATE)).body
    body = {**known["template"], "milestones": change(known["template"]["milestones"])}
    answer = await desk.put(MANAGER, TEMPLATE, body, If_Match=f'"{known["version"]}"')
    assert answer.status == 200, answer.body
    return int(answer.body["version"])


def packed(steps: Steps) -> Steps:
    """Goods are packed for three days before they leave; material is bought by somebody else."""
    new = step("PACKED", 3, "QC_FINAL", department="logistics", stage="logistics", visible=False)
    known = {one["code"]: one for one in steps}
    known["MAT_IN"] |= {"department": "sourcing", "person": "zhu.min"}
    known["DEPART"]["after"] = [{"milestone": "PACKED"}]
    return [*steps, new]


def without(*codes: str) -> Callable[[Steps], Steps]:
    """Each that waited for one of them waits for what that waited for."""

    def change(steps: Steps) -> Steps:
        for code in codes:
            (gone,) = (one for one in steps if one["code"] == code)
            steps = [one for one in steps if one is not gone]
            for one in steps:
                if any(waited["milestone"] == code for waited in one["after"]):
                    one["after"] = gone["after"]
        return steps

    return change


async def take(desk: Desk, who: str = LI, seen: int | None = None, **body: Any) -> Answer:
    version = (await desk.get(MANAGER, "/api/orders/SO-1")).body["version"] if seen is None else seen
    return await desk.post(who, PATH, {**BODY, **body}, If_Match=f'"{version}"')


async def outdated(desk: Desk, who: str) -> list[tuple[str, str, int]]:
    found = (await desk.get(who, "/api/orders?template=export-sea&outdated=true")).body["items"]
    return [(one["number"], one["template"], one["template_revision"]) for one in found]


async def hurried(desk: Desk) -> set[tuple[str | None, tuple[str, ...]]]:
    """Who has to hurry with the material of the order."""
    await settled(desk)
    found = [one for one in await standing(desk) if (one.kind, one.order, one.about) == ("milestone_at_risk", "SO-1", "MAT_IN")]
    return {(one.department, one.logins) for one in found}


async def test_what_is_simulated_is_what_is_then_done(desk: Desk) -> None:
    """Dates, owners and work lists are those of the revision; promises and what has happened stay."""
    await employ(desk, member("zhu.min", department="sourcing"))
    await desk.entered(line(shipment="SH-1"), actuals=confirmed("SH-1"))
    await desk.entered(number="SO-2", customer="BOLT", actuals=confirmed())
    clause = {"reference": "9.2", "text": "late shipment", "milestone": "DEPART", "due_on": "2026-04-28"}
    assert (await desk.post(LI, "/api/orders/SO-1/clauses", clause)).status == 201
    assert (await desk.post(LI, f"{PATH}/simulations", BODY)).body["milestones"] == [], "it has the newest"
    assert await outdated(desk, MANAGER) == []
    before, revision = (await desk.get(LI, "/api/orders/SO-1/plan")).body["template_revision"], await revised(desk, packed)
    assert await outdated(desk, LI) == [("SO-1", "export-sea", before)]
    assert [number for number, _, _ in await outdated(desk, MANAGER)] == ["SO-1", "SO-2"]
    assert await hurried(desk) == {("purchasing", ())}

    told, entries = await desk.told(), await desk.count("promise_entry")
    simulated = await desk.post(LI, f"{PATH}/simulations", BODY)
    assert simulated.status == 200, simulated.body
    assert (await desk.told(), await desk.count("promise_entry")) == (told, entries), "it writes nothing"
    would = simulated.body
    assert (would["before"], would["revision"]) == (before, revision)
    assert {one["milestone"]: one["changed"] for one in would["milestones"]} == {
        "MAT_IN": ["department", "person"], "PACKED": [], "DEPART": ["after"],
    }  # fmt: skip
    assert {one["milestone"]: (one["before"], one["after"]) for one in would["planned"]} == {
        "MAT_IN": ("2026-03-26", "2026-03-23"),
        "PRD_START": ("2026-03-28", "2026-03-25"),
        "PRD_END": ("2026-04-17", "2026-04-14"),
        "QC_FINAL": ("2026-04-19", "2026-04-16"),
        "PACKED": (None, "2026-04-19"),
    }
    assert {one["milestone"]: one["after"] for one in would["nodes"]} == {
        "DEPART": "2026-04-30", "ARRIVE": "2026-05-30", "DELIVERED": "2026-06-04",
    }  # fmt: skip
    assert (would["at_risk"], would["closed"], would["reopened"]) == (["1"], [], [])
    assert [(one["kind"], one["term"], one["would_be"]) for one in would.pop("breaches")] == [("clause", "9.2", "2026-04-30")]

    assert (await desk.post(LI, PATH, BODY)).slug == "version-required"
    assert (await take(desk, seen=98)).slug == "stale"
    assert len(await desk.told()) == len(told)
    done = await desk.post(LI, PATH, BODY, If_Match=simulated.headers["ETag"])
    assert done.status == 200, done.body
    assert {**done.body, "version": would["version"]} == would
    news = [one for one in (await desk.told())[len(told) :] if one.actor == "li.wei"]
    assert [kind(one) for one in news] == ["plan.rebaselined", "plan.reestimated", "promise.at_risk"]
    said = event(news[0])
    assert isinstance(said, PlanRebaselined)
    assert (said.added, said.gone, said.reason) == (("PACKED",), (), BODY["reason"])
    shown = (await desk.get(LI, "/api/orders/SO-1")).body
    assert [node.model_dump(mode="json") for node in said.plan] == [
        {name: value for name, value in node.items() if name != "position"} for node in shown["plan"]
    ]
    assert (shown["version"], shown["lines"][0]["promised"]) == (done.body["version"], "2026-06-01")

    again = await desk.post(LI, PATH, BODY, If_Match=simulated.headers["ETag"])
    assert (again.status, again.body["milestones"], again.body["version"]) == (200, [], done.body["version"]), "done twice it is done once"
    plan = (await desk.get(LI, "/api/orders/SO-1/plan")).body
    assert plan["template_revision"] == revision
    (leg,) = plan["legs"]
    rows = {one["milestone"]: one for one in leg["nodes"]}
    assert (rows["ORD_CONF"]["planned"], rows["ORD_CONF"]["actual"]) == ("2026-02-26", "2026-02-26")
    assert (rows["MAT_IN"]["department"], rows["MAT_IN"]["person"]) == ("sourcing", "zhu.min")
    ledger = (await desk.get(LI, "/api/orders/SO-1/promises?limit=200")).body["items"]
    assert {
        one["milestone"]: (one["kind"], one["day"]) for one in ledger if one["reason"] == "plan_rebaselined" and one["revision"] == 0
    } == {
        "MAT_IN": ("planned", "2026-03-23"),
        "PRD_START": ("planned", "2026-03-25"),
        "PRD_END": ("planned", "2026-04-14"),
        "QC_FINAL": ("planned", "2026-04-16"),
        "PACKED": ("estimated", "2026-04-22"),
    }
    assert await hurried(desk) == {("sourcing", ("zhu.min",))}
    assert [number for number, _, _ in await outdated(desk, MANAGER)] == ["SO-2"]
    assert (await desk.delayed(delay("2026-04-25", "PACKED")))["orders"][0]["before"] == "2026-04-22", "it is a milestone as any"


async def test_what_does_not_fit_is_refused_and_nothing_is_written(desk: Desk) -> None:
    await desk.entered(actuals=confirmed())
    held = await desk.delayed(delay("2026-04-21", "QC_FINAL"))
    bare = await revised(desk, without("ORD_CONF", "QC_FINAL"))
    which = f"of order SO-1, and revision {bare} of template export-sea has no such milestone"
    told = await desk.told()
    for answer in (await take(desk), await desk.post(LI, f"{PATH}/simulations", BODY)):
        assert (answer.status, answer.slug) == (409, "revision-does-not-fit")
        assert [one["reason"] for one in answer.body["errors"]] == [
            f"ORD_CONF of order SO-1 happened on 2026-02-26, {which.removeprefix('of order SO-1, ')}",
            f"a delay hangs on QC_FINAL {which}",
        ]
    chinese = await desk.post(LI, f"{PATH}/simulations", BODY, Accept_Language="zh-CN")
    assert [one["reason"] for one in chinese.body["errors"]] == [
        f"订单 SO-1 的 ORD_CONF 已于 2026-02-26 完成，而模板 export-sea 第 {bare} 版没有该节点",
        f"订单 SO-1 的 QC_FINAL 关联有延误，而模板 export-sea 第 {bare} 版没有该节点",
    ]
    assert (await take(desk, CHEN)).status == 404
    assert (await take(desk, FINANCE)).status == 403
    assert refusal(await take(desk, revision=99)) == (422, "invalid", {"revision": "template export-sea has no revision 99"})
    assert await desk.told() == told
    assert (await desk.post(LI, f"/api/orders/delays/{held['delay']}/retraction", {"reason": "it is in time"})).status == 200
    assert [one["reason"].split()[0] for one in (await take(desk)).body["errors"]] == ["ORD_CONF"], "a delay that was retracted never was"
    cancelled = {"asked_by": "customer", "reason": "his shop closes"}
    assert (await desk.post(LI, "/api/orders/SO-1/cancellations", cancelled)).status == 201
    assert (await take(desk)).slug == "order-cancelled"


async def test_of_two_who_plan_an_order_at_once_one_looks_again(desk: Desk) -> None:
    """The order may take a revision that is not the newest: what is not in it goes, and comes back by the next with the carrier's word."""
    await employ(desk, member("zhu.min", department="sourcing"))
    await desk.entered(line(shipment="SH-1"), actuals=confirmed("SH-1"))
    seen = (await desk.get(LI, "/api/orders/SO-1")).body["version"]
    first, second = await revised(desk, packed), await revised(desk, without("QC_FINAL"))
    answers = await asyncio.gather(*(take(desk, seen=seen, revision=one) for one in (first, second)))
    assert sorted(answer.status for answer in answers) == [200, 412]
    (won,) = (answer.body["revision"] for answer in answers if answer.status == 200)
    assert (await take(desk, revision=first + second - won)).status == 200
    assert (await take(desk)).body["revision"] == second
    plan = (await desk.get(LI, "/api/orders/SO-1")).body["plan"]
    assert [one["milestone"] for one in plan] == ["ORD_CONF", "MAT_IN", "PRD_START", "PRD_END", "PACKED", "DEPART", "ARRIVE", "DELIVERED"]
    assert await revised(desk, without("ARRIVE")) == (await take(desk)).body["revision"]
    assert (await put(desk, "schedule", {"etd": "2026-05-02", "eta": "2026-05-29"}, shipment="SH-1")).status == 200
    back = (await take(desk, revision=second)).body
    assert ([one["milestone"] for one in back["milestones"]], (await desk.expected())["ARRIVE"]) == (["ARRIVE", "DELIVERED"], "2026-05-29")
