"""Tasks through the service: what was told of them is what the work list shows, after every command and at every change of the day."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any, get_args
from uuid import UUID

from services.orders.app import SERVICE
from services.orders.planning import store as planning
from services.orders.risks import handlers as risks
from services.orders.tasks import handlers as tasks
from services.orders.tasks.queries import KINDS
from shared.contracts.envelope import Envelope
from shared.contracts.tasks import DEEDS, TASKS, TaskClosed, TaskDeed, TaskFacts, TaskKind, TaskOpened
from shared.directory import store as directory
from shared.timers import Timers
from tests.orders.calls import CHEN, LI, MANAGER, Desk, action, customer, delay, event, exception, order, said
from tests.orders.firm import LATER, employ, member, ruled
from tests.orders.plans import line
from tests.orders.test_api_materials import FABRIC
from tests.orders.test_api_work import paged
from tests.orders.test_inspections_api import SAMPLING, found
from tests.orders.test_shipments_api import move, put

QC, DOCS, WU = "hu.bin:qc", "he.yan:docs", "wu.gang:planner"
DEPARTMENT = {QC: "qc", DOCS: "docs", WU: "production"}
EVERYBODY = (LI, CHEN, MANAGER, QC, DOCS, WU)
OWNER = {"ACME": "li.wei", "BOLT": "chen.jie"}
DAY = timedelta(days=1)


async def settled(desk: Desk) -> None:
    """Until everything that runs beside commands has nothing left to do."""
    timers = Timers(desk.database, desk.clock, SERVICE.timers, asyncio.Event())
    while await timers.run_due() or await risks.look(desk.database, desk.clock) or await tasks.look(desk.database, desk.clock):
        pass


async def tomorrow(desk: Desk, days: int = 1) -> None:
    desk.clock.time += days * DAY
    await tasks.compare(desk.database, desk.clock)
    await settled(desk)


async def news(desk: Desk) -> list[TaskOpened | TaskClosed]:
    facts = [event(one) for one in await desk.told() if ".task." in one.type]
    return [one for one in facts if isinstance(one, TaskOpened | TaskClosed)]


async def standing(desk: Desk) -> list[TaskFacts]:
    """What a reader of the events knows to be open."""
    return list((await Reader().read(desk)).values())


class Reader:
    """Reads the record on from where it was."""

    def __init__(self) -> None:
        self.position, self.known = 0, dict[UUID, TaskFacts]()

    async def read(self, desk: Desk) -> dict[UUID, TaskFacts]:
        async with desk.database.connection() as connection:
            rows = await connection.fetch("SELECT position, body FROM record WHERE position > $1 ORDER BY position", self.position)
        for row in rows:
            self.position, body = row["position"], row["body"]
            if b"orders.task." in body:
                fact = event(Envelope.model_validate_json(body))
                if isinstance(fact, TaskOpened):
                    self.known[fact.task.task_id] = fact.task
                elif isinstance(fact, TaskClosed):
                    assert self.known.pop(fact.task.task_id) == fact.task, "closed as it was told last"
        return self.known


def is_mine(task: TaskFacts, who: str, owners: dict[UUID, str]) -> bool:
    """As the class says whose a task is. In this firm nobody stands in for anybody."""
    login, _, role = who.partition(":")
    if login in (task.barred, task.also_barred):
        return False
    if login in task.logins or role in task.roles:
        return True
    owner = owners.get(task.customer_id) if task.customer_id else None
    sees = role != "merchandiser" or owner == login
    return sees and (
        (task.followers and owner == login) or (task.department is not None and task.department == DEPARTMENT.get(who, "sales"))
    )


LISTED: dict[str, tuple[TaskKind, Callable[[Any], object], Callable[[TaskFacts], object]]] = {
    "due": (
        "milestone",
        lambda one: (one["order"], one["shipment"], one["milestone"]),
        lambda task: (task.order, task.shipment, task.about),
    ),
    "at_risk": ("order_at_risk", lambda one: (one["order"], one["promised"]), lambda task: (task.order, str(task.due))),
    "warnings": (
        "milestone_at_risk",
        lambda one: (one["order"], one["shipment"], one["milestone"], one["raised_on"]),
        lambda task: (task.order, task.shipment, task.about, str(task.due)),
    ),
    "news": ("delay_news", lambda one: (one["delay"], one["on"]), lambda task: (str(task.subject_id), str(task.due))),
    "awaited": ("delay_answer", lambda one: one["delay"], lambda task: str(task.subject_id)),
    "to_answer": ("chase", lambda one: (one["chase"], one["answer_by"]), lambda task: (str(task.subject_id), str(task.due))),
    "unanswered": ("chase_unanswered", lambda one: one["chase"], lambda task: str(task.subject_id)),
    "asked": ("approval_asked", lambda one: one["approval"], lambda task: str(task.subject_id)),
    "to_approve": ("approval", lambda one: one["approval"], lambda task: str(task.subject_id)),
    "cutoffs": (
        "cutoff",
        lambda one: (one["shipment"], one["kind"], one["missed"]),
        lambda task: (task.shipment, task.about, task.deed == "rebook"),
    ),
    "actions": ("action", lambda one: (one["exception"], one["due_on"]), lambda task: (str(task.subject_id), str(task.due))),
    "verifications": ("verification", lambda one: (one["exception"], one["due_on"]), lambda task: (str(task.subject_id), str(task.due))),
    "exceptions": ("exception", lambda one: (one["exception"], one["detected_on"]), lambda task: (str(task.subject_id), str(task.due))),
    "answered": ("chase_answered", lambda one: (one["chase"], one["done_on"]), lambda task: (str(task.subject_id), str(task.due))),
    "documents": ("document", lambda one: (one["document"], one["due"]), lambda task: (str(task.subject_id), str(task.due))),
    "credits": ("credit", lambda one: (one["credit"], one["amend_by"]), lambda task: (str(task.subject_id), str(task.due))),
    "advice": ("advice", lambda one: (one["advice"], one["given_on"]), lambda task: (str(task.subject_id), str(task.due))),
    "requests": ("day_request", lambda one: (one["order"], one["asked_on"]), lambda task: (task.order, str(task.due))),
    "inspections": (
        "inspection",
        lambda one: (one["inspection"], one["day"], one["state"] == "failed"),
        lambda task: (str(task.subject_id), str(task.due), task.deed == "settle_failure"),
    ),
    "materials": (
        "material",
        lambda one: (one["material_id"], one["need_by"], one["eta_missing"]),
        lambda task: (str(task.subject_id), str(task.due), task.deed == "get_eta"),
    ),
    "clauses": ("clause", lambda one: (one["clause"], one["state"]), lambda task: (str(task.subject_id), _state(task))),
}


def _state(task: TaskFacts) -> str:
    return "at_risk" if task.deed == "keep_clause" else "breached"


async def compared(desk: Desk, told: list[TaskFacts], people: Sequence[str], when: str, went_on: set[str]) -> set[str]:
    """Each part of these people's lists is what was told, read at once or, the first time that it is longer, in pages. The parts in which
    there was something.
    """
    async with desk.database.connection() as connection:
        owners = {row["id"]: row["owner"] for row in await connection.fetch("SELECT id, owner FROM known_customer")}
    today, seen = desk.clock.now().date(), set[str]()
    for who in people:
        work = (await desk.get(who, "/api/orders/work?limit=50")).body
        assert not any(part["next"] for name, part in work.items() if name != "today"), "the test is larger than a list"
        for part in {name for name, page in work.items() if name != "today" and len(page["items"]) > 1} - went_on:
            assert await paged(desk, who, part) == work[part]["items"], f"{when}: {part} of {who}"
            went_on.add(part)
        work["due"]["items"] += work["overdue"]["items"]
        for part, (kind, shown, named) in LISTED.items():
            mine = [task for task in told if task.kind == kind and is_mine(task, who, owners)]
            assert Counter(map(shown, work[part]["items"])) == Counter(map(named, mine)), f"{when}: {part} of {who}"
            if mine:
                seen.add(part)
        late = [one["order"] for one in work["overdue"]["items"]]
        assert sorted(late) == sorted(task.order or "" for task in told if task.kind == "milestone" and is_mine(task, who, owners)
                                      and (task.due or date.max) < today)  # fmt: skip
    assert await desk.count("task") == len(told)
    await tasks.compare(desk.database, desk.clock)
    assert await desk.count("task_look") == 0, f"{when}: something was not noted"
    return seen


class Trade:
    """Commands of a firm in an order that chance gives; refusals are part of it."""

    def __init__(self, desk: Desk, chance: Random) -> None:
        self.desk, self.chance = desk, chance

    def day(self, first: int, last: int) -> str:
        return str((self.desk.clock.now() + self.chance.randint(first, last) * DAY).date())

    def number(self) -> str:
        return self.chance.choice(("SO-1", "SO-2", "BO-1", "EX-1"))

    def milestone(self) -> str:
        return self.chance.choice(("MAT_IN", "PRD_START", "PRD_END", "PACKED", "QC_FINAL", "DEPART", "DELIVERED"))

    async def any_of(self, listing: str) -> str | None:
        items = (await self.desk.get(MANAGER, listing)).body["items"]
        return self.chance.choice(items)[listing.split("/")[-1].split("?")[0].rstrip("s")] if items else None

    async def steps(self) -> AsyncIterator[str]:
        """What begins something first, and then everything twice, in any order."""
        opening = ["do_delay", "do_delay", "do_document", "do_chase", "do_chase", "do_credit", "do_clause", "do_exception", "do_promise"]
        opening += ["do_ask", "do_advise", "do_need", "do_plan_inspection", "do_promise", "do_exception", "do_reach"]
        later = [name for name in dir(self) if name.startswith("do_")] * 2
        self.chance.shuffle(later)
        deeds = [*opening, *later]
        for at, deed in enumerate(deeds):
            answer = await getattr(self, deed)()
            assert answer is None or answer.status < 500, (deed, answer.body)
            await settled(self.desk)
            yield f"after {at} {deed} {answer.status if answer is not None else 'nothing'}"

    async def do_delay(self) -> Any:
        path = self.chance.choice((f"/api/orders/{self.number()}", "/api/orders/shipments/SH-1"))
        asks = {"ask": {"en": "is it fine"}, "ask_by": self.day(1, 3)} if self.chance.random() < 0.8 else {}
        body = delay(self.day(1, 90), self.milestone(), next_news_on=self.day(0, 3), **asks)
        return await self.desk.post(MANAGER, path + "/delays", body)

    async def do_retract(self) -> Any:
        links = (await self.desk.get(MANAGER, f"/api/orders/{self.number()}")).body["open_delays"]
        return await self.desk.post(MANAGER, f"{links[0]}/retraction", {"reason": "a mistake"}) if links else None

    async def do_reach(self) -> Any:
        body = {"milestone": self.milestone(), "date": self.day(-1, 0)}
        return await self.desk.post(MANAGER, f"/api/orders/{self.number()}/actuals", body)

    async def do_promise(self) -> Any:
        return await self.desk.post(LI, f"/api/orders/{self.chance.choice(('SO-1', 'SO-2'))}/promises", {**LATER, "to": self.day(1, 150)})

    async def do_decide(self) -> Any:
        found = await self.any_of("/api/orders/approvals?status=pending")
        deed, body = self.chance.choice((("approval", {"level": 1}), ("refusal", {"level": 1, "reason": "no"})))
        return found and await self.desk.post(MANAGER, f"/api/orders/approvals/{found}/{deed}", body)

    async def do_exception(self) -> Any:
        opened = await self.desk.post(LI, "/api/orders/SO-1/exceptions", exception(detected_on=self.day(-1, 0)))
        who = self.chance.choice(("wu.gang", "chen.jie", "li.wei", None))
        return (
            opened if who is None else await self.desk.post(LI, opened.headers["Location"] + "/actions", action(who, due_on=self.day(1, 5)))
        )

    async def do_act(self) -> Any:
        work = (await self.desk.get(WU, "/api/orders/work")).body["actions"]["items"]
        return await self.desk.post(WU, f"{work[0]['link']}/actions/{work[0]['action']}/completion", {"result": "done"}) if work else None

    async def do_act_oneself(self) -> Any:
        found = (await self.desk.get(MANAGER, "/api/orders/exceptions?status=open")).body["items"]
        left = [(one["exception"], each["action_id"]) for one in found for each in one["actions"] if each["status"] == "open"]
        if not left:
            return None
        exception, action = self.chance.choice(left)
        return await self.desk.post(LI, f"/api/orders/exceptions/{exception}/actions/{action}/completion", {"result": "done"})

    async def do_verify(self) -> Any:
        who = self.chance.choice((LI, MANAGER))
        work = (await self.desk.get(who, "/api/orders/work")).body["verifications"]["items"]
        body = {"effective": self.chance.random() < 0.5, "note": "seen"}
        return await self.desk.post(who, f"{work[0]['link']}/actions/{work[0]['action']}/verification", body) if work else None

    async def do_document(self) -> Any:
        code = self.chance.choice(("INVOICE", "PACKING_LIST", "ORIGIN"))
        needed = {"code": code, "department": self.chance.choice(("docs", "sales")), "due_on": self.day(1, 9)}
        return await self.desk.post(LI, "/api/orders/SO-1/documents", {"documents": [needed]})

    async def do_paper(self) -> Any:
        found = await self.any_of("/api/orders/documents")
        body = {"state": self.chance.choice(("issued", "sent", "discrepant", "waived")), "on": self.day(-1, 0), "note": "seen"}
        return found and await self.desk.post(DOCS, f"/api/orders/documents/{found}/steps", body)

    async def do_chase(self) -> Any:
        whom = self.chance.choice(({"login": "wu.gang"}, {"login": "hu.bin"}, {}))
        body = {"milestone": self.milestone(), "question": "when?", "answer_by": self.day(0, 3), **whom}
        return await self.desk.post(MANAGER, f"/api/orders/{self.number()}/chases", body)

    async def do_answer(self) -> Any:
        found = await self.any_of("/api/orders/chases?status=open")
        if found is None:
            return None
        given = await self.desk.post(MANAGER, f"/api/orders/chases/{found}/link", {})
        if given.status != 200:
            return given
        said = self.chance.choice(({"day": self.day(0, 60)}, {"done_on": self.day(-1, 0)}))
        return await self.desk.post("", "/api" + given.body["link"].split("/api")[1].removesuffix("/page"), said)

    async def do_withdraw(self) -> Any:
        found = await self.any_of("/api/orders/chases?status=open")
        return found and await self.desk.post(MANAGER, f"/api/orders/chases/{found}/withdrawal", {})

    async def do_decline(self) -> Any:
        work = (await self.desk.get(LI, "/api/orders/work")).body["answered"]["items"]
        return await self.desk.post(LI, f"{work[0]['link']}/closing", {}) if work else None

    async def do_clause(self) -> Any:
        body = {"reference": str(self.chance.randint(1, 9)), "text": "on time", "milestone": "DELIVERED", "due_on": self.day(5, 120)}
        return await self.desk.post(LI, "/api/orders/SO-2/clauses", body)

    async def do_advise(self) -> Any:
        body = {"topic": "dates", "suggestion": {"en": "two lots"}, "way": "phone", "given_on": self.day(-1, 0)}
        return await self.desk.post(LI, "/api/orders/SO-2/advice", body)

    async def do_heed(self) -> Any:
        work = (await self.desk.get(LI, "/api/orders/work")).body["advice"]["items"]
        body = {"answer": "accepted", "on": self.day(0, 0)}
        return await self.desk.post(LI, work[0]["link"] + "/answer", body) if work else None

    async def do_ask(self) -> Any:
        body = {"day": self.day(1, 90), "why": "our fair begins", "asked_on": self.day(-1, 0)}
        return await self.desk.post(LI, f"/api/orders/{self.chance.choice(('SO-1', 'SO-2'))}/requests", body)

    async def do_keep(self) -> Any:
        work = (await self.desk.get(LI, "/api/orders/work")).body["requests"]["items"]
        return await self.desk.post(LI, f"{work[0]['link']}/{work[0]['request']}/refusal", {"reason": "no slot"}) if work else None

    async def do_plan_inspection(self) -> Any:
        body = {"type": "lab", "day": self.day(1, 12), "inspector": "hu.bin", "sampling": SAMPLING}
        return await self.desk.post(QC, f"/api/orders/{self.number()}/inspections", body)

    async def do_inspect(self) -> Any:
        work = (await self.desk.get(QC, "/api/orders/work")).body["inspections"]["items"]
        body = found(self.chance.choice(("passed", "failed")), self.day(0, 0))
        return await self.desk.post(QC, work[0]["link"] + "/result", body) if work else None

    async def do_need(self) -> Any:
        body = {**FABRIC, "material": f"FAB-{self.chance.randint(1, 99)}", "need_by": self.day(3, 60)}
        return await self.desk.post(MANAGER, "/api/orders/SO-1/materials", {"materials": [body]})

    async def do_material(self) -> Any:
        work = (await self.desk.get(LI, "/api/orders/work")).body["materials"]["items"]
        deed, body = self.chance.choice((
            ("purchase", {"po_number": "1", "date": self.day(-1, 0), "eta": self.day(0, 60)}),
            ("eta", {"eta": self.day(0, 60)}),
            ("shortage", {"reason": "burnt", "date": self.day(0, 0)}),
            ("receipts", {"quantity": "1000", "date": self.day(0, 0)}),
        ))  # fmt: skip
        return await self.desk.post(MANAGER, f"/api/orders/materials/{work[0]['material_id']}/{deed}", body) if work else None

    async def do_credit(self) -> Any:
        body = {
            "number": f"LC-{self.chance.randint(1, 99)}", "issuing_bank": "Commerzbank", "amount": {"amount": "48000", "currency": "USD"},
            "latest_shipment": self.day(5, 40), "expires_on": self.day(90, 120), "expiry_place": "Shanghai", "expiry_country": "CN",
            "orders": ["SO-1"], "customer": "ACME", "transhipment": True,
        }  # fmt: skip
        return await self.desk.post(LI, "/api/orders/credits", body)

    async def do_move(self) -> Any:
        return await move(self.desk, self.chance.choice(("SH-1", "SH-2", None)), number=self.chance.choice(("SO-1", "SO-2", "BO-1")))

    async def do_cancel(self) -> Any:
        lines = self.chance.choice((["1"], ["2"], None))
        body = {"asked_by": "customer", "reason": "not needed", **({"lines": lines} if lines else {})}
        return await self.desk.post(MANAGER, f"/api/orders/{self.chance.choice(('SO-2', 'BO-1'))}/cancellations", body)

    async def do_correct(self) -> Any:
        body = {"milestone": self.milestone(), "date": None, "reason": "it has not happened"}
        return await self.desk.post(MANAGER, f"/api/orders/{self.number()}/actuals/corrections", body)

    async def do_schedule(self) -> Any:
        return await put(self.desk, "schedule", {"etd": self.day(1, 30)})

    async def do_meet(self) -> Any:
        kind = self.chance.choice(("shipping_instructions", "customs"))
        return await self.desk.post(MANAGER, f"/api/orders/shipments/SH-1/cutoffs/{kind}/met", {})

    async def do_tomorrow(self) -> None:
        await tomorrow(self.desk, self.chance.randint(1, 4))

    do_day_after = do_tomorrow


async def traded(desk: Desk) -> None:
    await ruled(desk)
    await employ(
        desk,
        member("hu.bin", department="qc"),
        member("he.yan", department="docs"),
        member("wu.gang", "wang.fang", department="production"),
    )
    port = {"mode": "sea", "port_of_loading": "CNSHA"}
    assert (await desk.put(MANAGER, "/api/orders/shipments/SH-1", port, If_Match='"1"')).status == 200
    await desk.entered(line(shipment="SH-1"), line("2", promised="2026-04-20"), number="SO-2")
    await desk.entered(line(shipment="SH-1"), number="BO-1", customer="BOLT")
    through = order(line(shipment="SH-1", promised="2026-06-20"), number="EX-1", template="export-make", incoterm="FOB")
    assert (await desk.post(MANAGER, "/api/orders", through)).status == 201


async def test_what_was_told_is_what_the_work_list_shows_at_any_moment(desk: Desk) -> None:
    await traded(desk)
    await tomorrow(desk, 0)
    reader, others, seen, went_on = Reader(), cycle(EVERYBODY[1:]), set[str](), set[str]()
    async for when in Trade(desk, Random(2)).steps():
        told = list((await reader.read(desk)).values())
        seen |= await compared(desk, told, (LI, next(others)), when, went_on)
    assert len(seen) >= len(LISTED) - 2, f"this history has nothing in {LISTED.keys() - seen}"
    assert len(went_on) >= 10, f"only {went_on} were ever longer than a page"
    await passed_as_planned(desk)


async def passed_as_planned(desk: Desk) -> None:
    """What is behind us by the plans is what was stored of it, and what the migration fills in for orders that were there before it."""
    _, fill, _ = (SERVICE.migrations / "0092_passed.sql").read_text().split(";\n\n")
    async with desk.database.transaction() as tx:
        orders = [row["id"] for row in await tx.fetch("SELECT id FROM customer_order")]
        plans = await planning.read_plans(tx, orders, desk.clock.now().date())
        for _ in range(2):
            rows = await tx.fetch("SELECT order_id, shipment, code FROM milestone WHERE NOT passed")
            assert {tuple(row) for row in rows} == {(plan.order_id, *node.key) for plan in plans for node in plan.to_come()}
            assert await tx.fetchval("SELECT bool_or(passed) FROM milestone WHERE actual IS NULL"), "nothing is left behind in this history"
            await tx.execute(fill)


async def test_a_task_is_told_once_and_again_when_it_is_another_and_how_it_ended(desk: Desk) -> None:
    await desk.entered()
    await desk.entered(number="BO-1", customer="BOLT")
    await tomorrow(desk, 57)
    assert desk.clock.now().date() == date(2026, 4, 27)
    opened = [one.task for one in await news(desk)]
    (depart,) = [one for one in opened if (one.order, one.kind, one.about) == ("SO-1", "milestone", "DEPART")]
    assert (depart.deed, depart.department, depart.due, depart.link) == ("reach", "logistics", date(2026, 4, 27), "/api/orders/SO-1")
    known = len(opened)
    await settled(desk)
    await tasks.compare(desk.database, desk.clock)
    await settled(desk)
    assert len(await news(desk)) == known, "what stands already is not told"
    # A changed day is the same task; several changes before a look are one.
    await desk.delayed(delay("2026-05-09", ask={"en": "is it fine"}, ask_by="2026-05-01"))
    logged = await desk.delayed(delay("2026-06-15", "ARRIVE", ask={"en": "is it fine"}, ask_by="2026-05-02"))
    await desk.post(MANAGER, "/api/orders/SO-1/actuals", {"milestone": "QC_FINAL", "date": "2026-04-27"})
    await desk.post(MANAGER, f"/api/orders/delays/{logged['delay']}/retraction", {"reason": "a mistake"})
    await settled(desk)
    later = (await news(desk))[known:]
    ended = {(one.task.kind, one.task.about): one.how for one in later if isinstance(one, TaskClosed)}
    assert (ended["milestone", "DEPART"], ended["milestone", "QC_FINAL"]) == ("moved", "done")
    asked = [one.task for one in later if one.task.kind == "delay_answer"]
    assert [(one.order, one.due, one.followers) for one in asked] == [("SO-1", date(2026, 5, 1), True)], "the other was over by then"
    told = [one for one in await desk.told() if one.subject == depart.task_id]
    assert [(one.sequence, one.actor) for one in told] == [(1, "timer"), (2, "timer")]


async def test_goods_that_travel_otherwise_leave_no_task_behind(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), line("2", shipment="SH-2"))
    desk.clock.time = datetime(2026, 4, 27, 8, tzinfo=UTC)
    await tomorrow(desk, 0)
    assert {one.shipment for one in await standing(desk) if one.kind == "milestone"} == {"SH-1", "SH-2"}
    assert (await move(desk, "SH-2")).status == 200
    await settled(desk)
    assert {one.shipment for one in await standing(desk) if one.kind == "milestone"} == {"SH-2"}
    assert {one.how for one in await news(desk) if isinstance(one, TaskClosed) and one.task.kind == "milestone"} == {"gone"}


async def test_a_delay_that_holds_an_order_no_more_is_on_no_list_of_its_owner_and_not_in_the_way_of_others(desk: Desk) -> None:
    for number, who in (("AC-1", "ACME"), ("BO-1", "BOLT"), ("BO-2", "BOLT")):
        await desk.entered(line(shipment="SH-1"), number=number, customer=who)
    body = delay(next_news_on="2026-03-09", ask={"en": "is it fine"}, ask_by="2026-03-05")
    path = f"/api/orders/delays/{(await desk.delayed(body, '/api/orders/shipments/SH-1'))['delay']}"
    desk.clock.time = datetime(2026, 3, 9, 8, tzinfo=UTC)
    await tomorrow(desk, 0)

    async def lists(who: str) -> list[list[str]]:
        work = (await desk.get(who, "/api/orders/work")).body
        register = (await desk.get(who, "/api/orders/delays?news_by=2026-03-09")).body["items"]
        return [[number for one in found for number in one] for found in (
            [one["orders"] for one in work["news"]["items"]],
            [one["orders"] for one in work["awaited"]["items"]],
            [[order["number"] for order in one["orders"]] for one in register],
        )]  # fmt: skip

    async def done(who: str, command: str, **body: Any) -> None:
        answer = await desk.post(who, f"/api/orders/{command}", body)
        assert answer.status in (200, 201), answer.body

    assert (await lists(LI), await lists(CHEN)) == ([["AC-1"]] * 3, [["BO-1", "BO-2"]] * 3)
    await done(CHEN, "BO-2/cancellations", asked_by="customer", reason="not needed")
    assert (await lists(CHEN))[:2] == [["BO-1"]] * 2
    back = {"reason": "on time after all"}
    await done(MANAGER, "BO-1/actuals", milestone="DEPART", date="2026-03-08")
    assert (await desk.post(LI, f"{path}/retraction", back)).slug == "not-all-yours", "it answers for what it has made late"
    await done(MANAGER, "BO-1/actuals/corrections", milestone="DEPART", date=None, reason="of another order")
    assert (await lists(CHEN))[:2] == [["BO-1"]] * 2, "it holds the order again"
    await done(CHEN, "BO-1/moves", lines=["1"], shipment="SH-2", reason="there is space")
    assert (await lists(LI), await lists(CHEN)) == ([["AC-1"]] * 3, [[]] * 3)
    await settled(desk)
    asked = ("delay_news", "delay_answer")
    assert sorted((one.kind, one.order or one.shipment) for one in await standing(desk) if one.kind in asked) == [
        ("delay_answer", "SH-1"), ("delay_news", "SH-1"),
    ]  # fmt: skip
    assert {one.how for one in await news(desk) if isinstance(one, TaskClosed) and one.task.kind in asked} == {"gone"}
    assert (await desk.put(LI, path, said("2026-05-06"), If_Match=(await desk.get(LI, path)).headers["ETag"])).status == 200
    assert [one["number"] for one in (await desk.post(LI, f"{path}/retraction", back)).body["orders"]] == ["AC-1"]


async def test_an_exception_of_several_owners_is_before_the_manager_who_may_settle_it(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), number="AC-1")
    await desk.entered(line(shipment="SH-1"), number="BO-1", customer="BOLT")
    opened = await desk.post(MANAGER, "/api/orders/shipments/SH-1/exceptions", exception(severity="minor", affected=[]))
    assert opened.status == 201, opened.body

    async def lists() -> list[list[Any]]:
        works = [(await desk.get(who, "/api/orders/work?part=exceptions")).body["exceptions"]["items"] for who in (LI, CHEN, MANAGER)]
        return [[one["orders"] for one in work] for work in works]

    async def told() -> list[tuple[Any, ...]]:
        await settled(desk)
        return [(one.roles, one.followers, one.customer_id is None) for one in await standing(desk) if one.kind == "exception"]

    assert (await lists(), await told()) == ([[], [], [["AC-1", "BO-1"]]], [(("manager",), False, True)])
    async with desk.database.transaction() as tx:
        await directory.save_customers(tx, [customer("BOLT", "li.wei")])
    assert (await lists(), await told()) == ([[["AC-1", "BO-1"]], [], []], [((), True, False)] * 2)
    assert [one.how for one in await news(desk) if isinstance(one, TaskClosed) and one.task.kind == "exception"] == ["moved"]
    assert (await desk.post(LI, opened.headers["Location"] + "/closing", {"resolution": "dried"})).status == 200
    assert (await lists(), await told()) == ([[], [], []], [])


def test_every_kind_and_deed_has_its_words_and_its_place() -> None:
    assert KINDS.keys() == TASKS.keys() == set(get_args(TaskKind))
    assert DEEDS.keys() == set(get_args(TaskDeed))
    assert all(f"SELECT '{name}'," in kind.stands for name, kind in KINDS.items())
    assert all(any(f"'{deed}'" in kind.stands for kind in KINDS.values()) for deed in DEEDS)
