"""What departments, and persons who are named on milestones, see of orders and may record, over HTTP."""

from datetime import UTC, date, datetime
from typing import Any

from shared.contracts.customers import Deputy
from tests.orders.calls import CHEN, LI, MANAGER, Desk, exception
from tests.orders.firm import ZHAO, employ, member
from tests.orders.plans import line, step
from tests.orders.test_advice_api import given
from tests.orders.test_api_clauses import agreed
from tests.orders.test_api_credits import entered as credit
from tests.orders.test_api_documents import ENTRY
from tests.orders.test_api_documents import made as documented
from tests.orders.test_api_work import named, work
from tests.orders.test_shipments_api import put
from tests.orders.test_tasks import settled, standing, tomorrow

LOU, PAN, FINANCE, DOCS = "lou.yi:logistics", "pan.bo:warehouse", "zhou.min:finance", "hu.dan:docs"
STEPS = (
    step("ORD_CONF", 0),
    step("PAY_DEP", 2, "ORD_CONF", department="finance", gate=True),
    step("CHECK", 2, "PAY_DEP", department="qc", person="chen.jie"),
    step("PACKED", 5, "CHECK", department="warehouse"),
    step("DEPART", 5, "PACKED", department="logistics"),
)


async def opened(desk: Desk, *deputies: Deputy) -> None:
    """A firm, and an order of Li Wei's customer that is to leave on 2026-06-01; Chen Jie, who follows others, checks it, or `deputies`."""
    await employ(
        desk,
        member("li.wei", None, "merchandiser"),
        member("chen.jie", None, "merchandiser", deputies=deputies),
        member("zhao.lei", None, "merchandiser"),
        member("zhou.min", None, "finance", department="finance"),
        member("lou.yi", None, "logistics", department="logistics"),
        member("pan.bo", None, "warehouse", department="warehouse"),
    )
    body = {"code": "own", "name": {"en": "own"}, "delivery_point": "DEPART", "milestones": STEPS}
    made = await desk.post(MANAGER, "/api/orders/templates", body)
    assert made.status == 201, made.body
    await desk.entered(line(shipment="SH-1"), template="own")
    desk.clock.time = datetime(2026, 6, 1, 8, tzinfo=UTC)


async def recorded(desk: Desk, who: str, milestone: str, what: str = "actuals", **said: Any) -> tuple[int, str]:
    body = {"milestone": milestone, **(said or {"date": "2026-05-20"})}
    answer = await desk.post(who, f"/api/orders/SO-1/{what}", body)
    return answer.status, answer.slug if answer.status >= 400 else ""


async def test_departments_see_and_record_the_milestones_and_gates_that_are_theirs(desk: Desk) -> None:
    await opened(desk)
    for who, milestone in ((FINANCE, "PAY_DEP"), (PAN, "PACKED"), (LOU, "DEPART")):
        list_ = await work(desk, who)
        assert named(list_["overdue"], "order", "customer", "milestone") + named(list_["due"], "order", "customer", "milestone") == [
            ("SO-1", "ACME", milestone)
        ]
        assert (await desk.get(who, "/api/orders/SO-1")).status == 200
    assert await recorded(desk, FINANCE, "ORD_CONF") == (403, "forbidden")
    assert (await recorded(desk, LI, "ORD_CONF"))[0] == 201
    assert await recorded(desk, LI, "CHECK") == (409, "gate-closed")
    assert await recorded(desk, LOU, "PAY_DEP") == (403, "forbidden")
    assert (await recorded(desk, FINANCE, "PAY_DEP"))[0] == 201
    assert await recorded(desk, LOU, "PACKED", "estimates", day="2026-06-10") == (403, "forbidden")
    assert (await recorded(desk, PAN, "PACKED", "estimates", day="2026-06-10"))[0] == 200
    assert (await recorded(desk, PAN, "PACKED"))[0] == 201
    wrong = {"date": "2026-05-21", "reason": "the last carton was of the day after"}
    assert await recorded(desk, LOU, "PACKED", "actuals/corrections", **wrong) == (403, "forbidden")
    assert (await recorded(desk, PAN, "PACKED", "actuals/corrections", **wrong))[0] == 201
    whole, left = "/api/orders/shipments/SH-1", {"milestone": "DEPART", "date": "2026-05-22"}
    wrong = {**left, "date": "2026-05-23", "reason": "sailed a day later"}
    said = (("estimates", {"milestone": "DEPART", "day": "2026-06-12"}, 200), ("actuals", left, 201), ("actuals/corrections", wrong, 201))
    for what, body, good in said:
        assert [(await desk.post(who, f"{whole}/{what}", body)).status for who in (PAN, LOU)] == [403, good]
    assert (await desk.get(LI, "/api/orders/SO-1")).body["status"] == "completed"


async def test_departments_say_what_the_carrier_and_customs_say_and_whoever_finds_damage_tells_it(desk: Desk) -> None:
    """What hangs on a milestone is the work of the department that answers for it."""
    await employ(
        desk,
        member("lou.yi", None, "logistics", department="logistics"),
        member("pan.bo", None, "warehouse", department="warehouse"),
    )
    port = {"mode": "sea", "port_of_loading": "CNSHA"}
    assert (await desk.put(MANAGER, "/api/orders/shipments/SH-1", port, If_Match='"1"')).status == 200
    assert (await put(desk, "schedule", {"etd": "2026-06-01"}, who=LOU)).status == 403, "no order travels in it"
    await documented(desk, line(shipment="SH-1"))
    stated = {"stated": [{"kind": "customs", "at": "2026-06-02T12:00:00"}]}
    for who, good in ((PAN, 403), (LOU, 200)):
        assert (await put(desk, "schedule", {"etd": "2026-06-03"}, who=who)).status == good
        assert (await put(desk, "cutoffs", stated, who=who)).status == good
        assert (await desk.post(who, "/api/orders/shipments/SH-1/cutoffs/shipping_instructions/met", {})).status == good
        assert (await put(desk, "delivery", {"place": "Dock 4"}, who=who)).status == 403, "that is between the firm and its customer"
    assert (await desk.expected())["DEPART"] == "2026-06-03"
    assert (await desk.post(PAN, "/api/orders/SO-1/customs", ENTRY)).status == 403
    declared = await desk.post(LOU, "/api/orders/SO-1/customs", ENTRY)
    assert declared.status == 201, declared.body
    entry = declared.headers["Location"]
    for who, good in ((PAN, 403), (LOU, 200)):
        assert (await desk.post(who, entry + "/inspection", {"on": "2026-03-01", "note": "two cartons"})).status == good
        assert (await desk.post(who, entry + "/release", {"on": "2026-03-01"})).status == good
    found = await desk.post(PAN, "/api/orders/SO-1/exceptions", exception())
    assert (found.status, found.body["opened_by"], found.body["amount"]) == (201, "pan.bo", None)
    assert (await desk.post(LOU, "/api/orders/shipments/SH-1/exceptions", exception(affected=[]))).status == 201
    assert (await desk.post(CHEN, "/api/orders/SO-1/exceptions", exception())).status == 404
    assert (await desk.post(PAN, found.headers["Location"] + "/closing", {"resolution": "dried"})).status == 403


async def test_what_is_between_the_firm_and_its_customer_is_for_those_who_deal_with_him(desk: Desk) -> None:
    await employ(desk, member("lou.yi", None, "logistics", department="logistics"))
    await desk.entered(line(amount="900.00", shipment="SH-1", requested="2026-05-20"), currency="USD")
    cost = exception(amount={"amount": "90.00", "currency": "USD"})
    trouble = str((await desk.post(LI, "/api/orders/SO-1/exceptions", cost)).headers["Location"])
    clause, advice, paper = await agreed(desk), await given(desk), await credit(desk)

    async def seen(who: str) -> list[object]:
        paths = ("/api/orders/SO-1", "/api/orders/SO-1/plan", paper, trouble)
        order, plan, terms, claim = [(await desk.get(who, path)).body for path in paths]
        return [order["lines"][0]["amount"], plan["clauses"], terms["amount"], claim["amount"]]

    for who in (LI, FINANCE):
        assert None not in await seen(who), who
    value, _, credited, _ = await seen(LI)
    assert await seen(DOCS) == [value, None, credited, None], "what stands on the papers that they write, and nothing else"
    assert await seen(LOU) == [None] * 4
    (told,) = (await desk.get(LOU, "/api/orders/SO-1")).body["lines"]
    assert (told["quantity"], told["promised"], told["requested"], told["first_requested"]) == ("1200", "2026-06-01", None, None)
    assert (await desk.get(FINANCE, "/api/orders/SO-1")).body["lines"][0]["requested"] == "2026-05-20"
    ledger, asked = "/api/orders/SO-1/promises", "/api/orders/SO-1/requests"
    for path in (clause, "/api/orders/clauses", advice, "/api/orders/advice", ledger, asked):
        assert [(await desk.get(who, path)).status for who in (LI, FINANCE, DOCS, LOU)] == [200, 200, 403, 403], path


async def test_who_is_named_on_a_milestone_has_it_whosever_the_customer_is(desk: Desk) -> None:
    await opened(desk)
    await tomorrow(desk, 0)
    mine = await work(desk, CHEN)
    assert named(mine["overdue"], "order", "customer", "milestone") == [("SO-1", "ACME", "CHECK")]
    assert mine["due"]["items"] == []
    tasks = [(one.kind, one.about, one.logins) for one in await standing(desk) if one.logins]
    assert ("milestone", "CHECK", ("chen.jie",)) in tasks
    assert {about for _, about, _ in tasks} == {"CHECK"}
    asked = await desk.post(LI, "/api/orders/SO-1/chases", {"milestone": "CHECK", "question": "When?", "answer_by": "2026-06-02"})
    assert (asked.body["asked"], asked.body["department"]) == ("chen.jie", None)
    assert (await desk.get(CHEN, "/api/orders/SO-1")).status == 404, "the rest of it is not his"
    assert await recorded(desk, CHEN, "PACKED") == (403, "forbidden")
    assert (await recorded(desk, CHEN, "CHECK", "estimates", day="2026-06-03"))[0] == 200
    assert (await recorded(desk, FINANCE, "PAY_DEP"))[0] == 201
    assert (await recorded(desk, CHEN, "CHECK"))[0] == 201
    assert (await work(desk, CHEN))["overdue"]["items"] == []
    await settled(desk)
    assert not [one for one in await standing(desk) if one.logins]
    await desk.entered(number="SO-2")
    assert (await desk.post(CHEN, "/api/orders/SO-2/actuals", {"milestone": "ORD_CONF", "date": "2026-05-20"})).status == 404


async def test_who_stands_in_has_what_names_the_absent_one_for_those_days(desk: Desk) -> None:
    first, last = date(2026, 6, 1), date(2026, 6, 2)
    await opened(desk, *(Deputy(login=login, first=first, last=last) for login in ("zhao.lei", "pan.bo")))
    assert (await recorded(desk, FINANCE, "PAY_DEP"))[0] == 201
    for who, theirs in ((ZHAO, {"CHECK"}), (PAN, {"CHECK", "PACKED"}), (LOU, {"DEPART"})):
        mine = await work(desk, who)
        assert {*named(mine["overdue"], "milestone"), *named(mine["due"], "milestone")} == theirs
    assert (await desk.get(ZHAO, "/api/orders/SO-1")).status == 404, "the rest of it is not his"
    assert await recorded(desk, ZHAO, "PACKED") == (403, "forbidden")
    assert await recorded(desk, LOU, "CHECK") == (403, "forbidden")
    assert (await recorded(desk, ZHAO, "CHECK", "estimates", day="2026-06-03"))[0] == 200
    assert (await recorded(desk, PAN, "CHECK"))[0] == 201
    back = {"date": None, "reason": "another order was checked"}
    assert (await recorded(desk, ZHAO, "CHECK", "actuals/corrections", **back))[0] == 201
    desk.clock.time = datetime(2026, 6, 3, 8, tzinfo=UTC)
    assert [named((await work(desk, who))["due"], "milestone") for who in (CHEN, ZHAO)] == [["CHECK"], []]
    assert await recorded(desk, ZHAO, "CHECK") == (404, "not-found")
    assert await recorded(desk, PAN, "CHECK") == (403, "forbidden")
