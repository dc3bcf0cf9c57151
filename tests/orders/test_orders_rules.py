"""New orders, more lines, actual dates and promises: what is refused, and what comes of it."""

import re
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.orders.corrections.domain import correct
from services.orders.fields import require_come
from services.orders.intake.domain import HEADER
from services.orders.milestones.domain import GateClosed, MilestoneReached, record
from services.orders.orders import words
from services.orders.orders.domain import add_lines
from services.orders.orders.model import Existing, Known, NewLine, NewOrder, Source
from services.orders.planning.domain import settle
from services.orders.planning.model import OpenDelay, Plan
from services.orders.promises.domain import ChangePromise, change
from services.orders.shipments.domain import Apart, Underway
from services.orders.shipments.model import Sailing
from services.orders.templates.domain import compile_template
from shared.contracts.corrections import MilestoneCorrected
from shared.contracts.orders import DelayClosed, LinesAdded, MilestoneAchieved, OrderCreated, PlanReestimated, PromiseAtRisk
from shared.contracts.plans import PlanRebaselined
from shared.contracts.text import Both
from shared.problems import Conflict, Invalid
from tests.orders.plans import CUSTOMER, KNOWN, NOW, TODAY, day, decided_of, entered, line, order, step, template


def wrong(*lines: dict[str, Any], **changes: Any) -> dict[str, str]:
    return {error.field: error.reason for error in decided_of(order(*lines, **changes)).errors}


def existing(*lines: dict[str, Any], **changes: Any) -> Existing:
    new = order(*lines, **changes)
    header = {"customer": new.customer, "customer_po": new.customer_po, "template": new.template, "currency": new.currency}
    return Existing(entered(*lines, **changes), header, {one.line: one for one in new.lines})


def added(there: Existing, *lines: dict[str, Any], source: Source = "api") -> Any:
    return add_lines([NewLine.model_validate(one) for one in lines], there, KNOWN, source, TODAY)


def test_every_unknown_thing_is_named_with_its_field() -> None:
    found = wrong(line(supplier="NOBODY"), line("2", shipment="SH-9"), line("2"), number="delays", customer="WHO")
    assert set(found) == {"number", "customer", "lines.0.supplier", "lines.1.shipment", "lines.2.line"}
    assert found["customer"] == "no customer WHO is known here"


@pytest.mark.parametrize("number", ["shipments", "imports", "mappings", "suppliers", "templates", "codes", "openapi.json", "docs"])
def test_words_of_the_address_are_no_order_numbers(number: str) -> None:
    assert "number" in wrong(number=number)


def test_templates_and_delivery_points_are_those_there_are() -> None:
    assert "there is no template nope; there are test" in wrong(template="nope")["template"]
    assert "has no milestone CST_REL" in wrong(delivery_point="CST_REL")["delivery_point"]


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "a\\b"},
        {"number": ".."},
        {"number": "a/../b"},
        {"number": "a\u200bb"},
        {"number": " a"},
        {"number": ""},
        {"incoterm": "FAX"},
        {"currency": "usd"},
        {"lines": ()},
        {"colour": "red"},
    ],
)
def test_shapes_are_checked(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        order(**changes)


@pytest.mark.parametrize(("typed", "number"), [("SO/2026/17", "SO/2026/17"), ("订单 1", "订单 1"), ("ＳＯ－１", "SO-1"), ("SO#1", "SO#1")])
def test_numbers_are_those_people_use(typed: str, number: str) -> None:
    assert order(number=typed).number == number


@pytest.mark.parametrize("changes", [{"promised": "0001-01-02"}, {"promised": "9999-12-31"}, {"requested": "2300-01-01"}])
def test_days_are_such_that_a_plan_can_be_reckoned_from_them(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(changes))):
        order(line(**changes))


@pytest.mark.parametrize("changes", [{"quantity": "0"}, {"quantity": "-1"}, {"amount": "-1"}, {"promised": "soon"}, {"item": " "}])
def test_shapes_of_lines_are_checked(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        order(line(**changes))


def test_the_incoterm_says_where_the_promise_is_met_unless_the_order_does() -> None:
    assert entered(incoterm="FOB").delivery_point == "DEPART"
    assert entered(incoterm="FOB", delivery_point="ARRIVE").delivery_point == "ARRIVE"
    assert entered(incoterm="DAP").delivery_point == "DELIVERED"


def test_a_delivered_order_is_completed_as_it_is_entered() -> None:
    decided = decided_of(order(line(delivered="2026-05-30"), line("2", delivered="2026-06-03")))
    assert decided.after is not None
    assert decided.after.status == "completed"
    node = decided.after.at((None, "DELIVERED"))
    assert (node.actual, node.estimated, node.revision) == (day("2026-06-03"), day("2026-06-03"), 0)
    assert isinstance(decided.event, OrderCreated)
    assert [one.delivered for one in decided.event.lines] == [day("2026-05-30"), day("2026-06-03")]


def test_a_leg_is_reached_with_its_last_line_only() -> None:
    plan = entered(line(delivered="2026-05-30"), line("2"))
    assert plan.status == "open"
    assert plan.at((None, "DELIVERED")).actual is None


def test_what_happened_before_the_order_was_entered_moves_its_estimates() -> None:
    plan = entered(actuals=[{"milestone": "PRD_END", "date": "2026-04-29"}])
    assert plan.at((None, "DEPART")).estimated == day("2026-05-07")
    assert plan.at((None, "DEPART")).revision == 0
    assert plan.lines[0].estimated == day("2026-06-11")


@pytest.mark.parametrize(
    ("actual", "field"),
    [
        ({"milestone": "DELIVERED", "date": "2026-04-29"}, "actuals.0.milestone"),
        ({"milestone": "CST_REL", "date": "2026-04-29"}, "actuals.0.milestone"),
        ({"milestone": "DEPART", "shipment": "SH-1", "date": "2026-04-29"}, "actuals.0.shipment"),
    ],
)
def test_actual_dates_that_fit_nothing_are_refused(actual: dict[str, str], field: str) -> None:
    assert set(wrong(actuals=[actual])) == {field}


def test_an_order_is_entered_behind_a_gate_only_with_the_gate() -> None:
    steps = [step("PAY_DEP", 0, gate=True, department="finance"), step("PRD_START", 5, "PAY_DEP"), step("DELIVERED", 9, "PRD_START")]
    known = replace(KNOWN, templates={"test": compile_template(template(*steps), 1)})
    paid, begun = ({"milestone": code, "date": "2026-02-25"} for code in ("PAY_DEP", "PRD_START"))
    with pytest.raises(GateClosed, match="PRD_START of order SO-1 waits for PAY_DEP, which finance has not met yet") as refused:
        decided_of(order(actuals=[begun]), known, source="api")
    assert [error.field for error in refused.value.errors] == ["actuals.0.milestone"]
    entered_so: tuple[tuple[NewOrder, Source], ...] = (
        (order(actuals=[begun, paid]), "api"),
        (order(actuals=[paid]), "api"),
        (order(line(delivered="2026-02-27"), actuals=[begun]), "api"),
        (order(actuals=[begun]), "import"),
    )
    for new, source in entered_so:
        assert decided_of(new, known, source=source).errors == ()


def test_an_order_that_joins_a_late_shipment_is_late_with_it() -> None:
    known = replace(KNOWN, shipments={"SH-1": Sailing(held=(OpenDelay(UUID(int=5), "SH-1", "DEPART", day("2026-05-10"), shared=True),))})
    decided = decided_of(order(line(shipment="SH-1")), known)
    assert decided.after is not None
    assert decided.after.at(("SH-1", "DEPART")).estimated == day("2026-05-10")
    assert [(held.delay_id, held.shared) for held in decided.held] == [(UUID(int=5), True)]
    assert settle(replace(decided.after, delays=())).lines[0].estimated == day("2026-06-01")


def test_what_the_carrier_says_of_a_shipment_holds_for_what_is_entered_into_it() -> None:
    known = replace(KNOWN, shipments={"SH-1": Sailing(etd=day("2026-05-04"), eta=day("2026-05-30"), said_at=NOW)})
    new = decided_of(order(line(shipment="SH-1")), known)
    more = add_lines([NewLine.model_validate(line("2", shipment="SH-1"))], existing(line()), known, "api", TODAY)
    for decided in (new, more):
        assert decided.after is not None
        found = {node.milestone: (node.estimated, node.revision) for node in decided.after.nodes if node.shipment == "SH-1"}
        assert (found["DEPART"], found["ARRIVE"]) == ((day("2026-05-04"), 0), (day("2026-05-30"), 0))
    gone = decided_of(order(line(shipment="SH-1"), actuals=[{"milestone": "DEPART", "shipment": "SH-1", "date": "2026-05-06"}]), known)
    assert gone.after is not None
    assert gone.after.at(("SH-1", "DEPART")).stated is None


def test_more_lines_join_their_leg_or_make_a_new_one() -> None:
    decided = added(existing(line()), line("2", promised="2026-07-01"), line("3", shipment="SH-1", promised="2026-08-01"))
    assert isinstance(decided.event, LinesAdded)
    assert [one.line for one in decided.event.lines] == ["2", "3"]
    assert {node.shipment for node in decided.event.plan} == {"SH-1"}
    assert {one.line: str(one.estimated) for one in decided.after.lines} == {"1": "2026-06-01", "2": "2026-06-01", "3": "2026-08-01"}


def test_new_goods_join_none_to_which_more_has_happened_than_what_is_agreed_of_the_order() -> None:
    steps = [step("ORD_CONF", 0), step("PRD_END", 20, "ORD_CONF", stage="production"), step("PAY_BAL", 5, "PRD_END", stage="order")]
    steps += [step("DEPART", 5, "PAY_BAL", stage="logistics"), step("DELIVERED", 30, "DEPART", stage="logistics")]
    known = replace(KNOWN, templates={"test": compile_template(template(*steps), 1)})

    def there(*happened: str, known: Known = known) -> Existing:
        actuals = [{"milestone": code, "date": "2026-02-20"} for code in happened]
        return replace(existing(line()), plan=entered(known=known, actuals=actuals))

    def more(there: Existing, *, known: Known = known, source: Source = "api", **changes: Any) -> Any:
        lines = [NewLine.model_validate(one) for one in (line(), line("2", **changes))]
        return add_lines(lines, there, known, source, TODAY)

    sailed = replace(known, shipments={"SH-1": Sailing(left=True), "SH-2": Sailing()})
    assert more(there("ORD_CONF")).event, "the order is confirmed, whatever is in it"
    refused: list[tuple[Existing, Known, dict[str, Any], type[Conflict], str]] = [
        (there("PRD_END"), known, {}, Apart, "PRD_END of order SO-1 in shipment (none yet) happened on 2026-02-20, not to lines"),
        (there("PAY_BAL"), known, {}, Apart, "PAY_BAL of order"),
        (there("PRD_END", "DEPART"), known, {}, Underway, "DEPART of order"),
        (there(), sailed, {"shipment": "SH-1"}, Underway, "shipment SH-1 has left"),
    ]
    for order_there, how, changes, problem, reason in refused:
        with pytest.raises(problem, match=re.escape(reason)) as found:
            more(order_there, known=how, **changes)
        assert found.value.errors[0].field == "lines.1.shipment"
        said = found.value.errors[0].reason
        assert isinstance(said, Both)
        assert ("enter the goods into another shipment" in said, "请将货物录入其他出运批次" in said.zh) == (True, True)
        assert re.search("happened|has left", said.zh) is None
        assert more(order_there, known=how, source="import", **changes).event, "an order book is taken over as it was"
        assert more(order_there, known=how, delivered="2026-02-27", **changes).event, "it went with them"
        assert more(order_there, known=how, shipment="SH-2").event

    new = order(line(shipment="SH-2"), line("2", shipment="SH-1"))
    with pytest.raises(Underway, match="SH-1 has left") as found:
        decided_of(new, sailed, source="api")
    assert found.value.errors[0].field == "lines.1.shipment"
    aboard = new.model_copy(update={"actuals": order(actuals=[{"milestone": "DEPART", "shipment": "SH-1", "date": "2026-02-20"}]).actuals})
    assert decided_of(aboard, sailed, source="api").event
    assert decided_of(new, sailed, source="import").event


@pytest.mark.parametrize("source", ["api", "import"])
def test_a_line_with_an_earlier_promise_has_its_leg_planned_for_that(source: Source) -> None:
    there = existing(line(), line("2", shipment="SH-1", promised="2026-08-01"), line("3", shipment="SH-1", promised="2026-07-01"))
    between = added(there, line("4", shipment="SH-1", promised="2026-07-20"), source=source)
    done = added(there, line("5", shipment="SH-1", promised="2026-03-02", delivered="2026-03-01"), source=source)
    assert (between.replanned, done.replanned) == (None, None), "a promise that is later, or kept already"
    decided = added(there, line("4", shipment="SH-1", promised="2026-06-20"), line("5", promised="2026-06-30"), source=source)
    assert (str(decided.after.at(("SH-1", "DELIVERED")).planned), decided.after.lines[-2].estimate_revision) == ("2026-07-01", 0)
    after, (told, anew, moved) = decided.replanned.after, decided.replanned.events
    assert told == decided.event
    assert isinstance(anew, PlanRebaselined)
    assert isinstance(moved, PlanReestimated)
    assert (anew.revision, moved.because, {one.shipment for one in moved.nodes}) == (anew.before, "plan_rebaselined", {"SH-1"})
    assert {node.shipment: str(node.planned) for node in after.nodes if node.milestone == "DELIVERED"} == {
        None: "2026-06-01",
        "SH-1": "2026-06-20",
    }
    expected = {"1": "2026-06-01", "2": "2026-06-20", "3": "2026-06-20", "4": "2026-06-20", "5": "2026-06-01"}
    assert {one.line: str(one.estimated) for one in after.lines} == expected


def test_the_same_line_again_is_unchanged_and_another_content_is_refused_by_column() -> None:
    there = existing(line(), line("2", amount="10.50"))
    assert added(there, line(), line("2", amount="10.5")).unchanged == ("1", "2")
    decided = added(there, line(quantity="1300"), line("2", amount="11"), line("3"))
    found = {error.field: error.reason for error in decided.errors}
    [left_out] = added(there, line("2")).errors
    assert (left_out.reason, left_out.reason.zh) == (
        "line 2 exists with another amount: 10.50 there, none here",
        "订单行 2 已存在，但金额不同：原为“10.50”，此处为“空”",
    )
    assert found == {
        "lines.0.quantity": "line 1 exists with another quantity: 1200 there, 1300 here",
        "lines.1.amount": "line 2 exists with another amount: 10.50 there, 11 here",
    }
    assert [one.line for one in decided.lines] == ["3"]


def test_what_differs_is_named_in_words_in_both_languages() -> None:
    header = [spec.name for spec in HEADER if spec.name != "ordered_on"]
    of_lines = [words.line_differs("1", name, 1, 2) for name in NewLine.model_fields if name != "line"]
    of_orders = [words.differs("SO-1", name, 1, 2) for name in header]
    assert [said for said in (*of_lines, *of_orders) if "_" in said or re.search("[a-z]", said.zh)] == []
    assert (of_lines[4], of_lines[4].zh) == (
        "line 1 exists with another supplier: 1 there, 2 here", "订单行 1 已存在，但供应商不同：原为“1”，此处为“2”",
    )  # fmt: skip
    assert (of_orders[1], of_orders[1].zh) == (
        "order SO-1 exists with 1 as its customer's PO, not 2", "订单 SO-1 已存在，其客户订单号为“1”，而非“2”",
    )  # fmt: skip


def test_an_amount_has_no_more_decimals_than_the_currency_of_its_order() -> None:
    """Of a new order and of lines added to one, typed or imported; what stands there since before stays unchanged."""
    yen = {"lines.1.amount": "1440.50 has more decimals than JPY, which has none"}
    assert wrong(line(amount="1440"), line("2", amount="1440.50"), currency="JPY") == yen
    assert wrong(line(amount="10.0050"), currency="USD") == {"lines.0.amount": "10.0050 has more decimals than USD, which has 2"}
    assert (
        wrong(line(amount="10.005"), currency="KWD") == wrong(line(amount="10.0500"), currency="USD") == wrong(line(amount="1.0005")) == {}
    )
    there = existing(line(amount="1440.50"))
    there = replace(there, header={**there.header, "currency": "JPY"})
    sources: tuple[Source, ...] = ("api", "import")
    for source in sources:
        decided = added(there, line(amount="1440.50"), line("2", amount="1440.50"), source=source)
        assert (decided.unchanged, {error.field: error.reason for error in decided.errors}) == (("1",), yen)


def test_an_order_of_the_same_number_must_be_the_same_order() -> None:
    known = replace(KNOWN, customers={"ACME": CUSTOMER, "OTHER": UUID(int=2)}, orders={"SO-1": existing(line())})
    assert decided_of(order(line()), known).unchanged == ("1",)
    refused = decided_of(order(line(), customer="OTHER", customer_po="PO-2"), known)
    assert {error.field for error in refused.errors} == {"customer", "customer_po"}
    assert refused.after is None


def test_a_delivered_leg_takes_no_open_line_and_a_completed_order_opens_again() -> None:
    there = existing(line(delivered="2026-05-30"))
    assert [error.field for error in added(there, line("2")).errors] == ["lines.0.shipment"]
    assert added(there, line("2", shipment="SH-1")).after.status == "open"


def test_an_actual_date_moves_what_comes_after_it() -> None:
    recorded = record(entered(), "PRD_END", None, day("2026-04-25"))
    achieved, reestimated, at_risk = recorded.settled.events
    assert isinstance(achieved, MilestoneAchieved)
    assert achieved.complete
    assert isinstance(reestimated, PlanReestimated)
    assert reestimated.because == "actual_recorded"
    assert [node.milestone for node in reestimated.nodes] == ["DEPART", "ARRIVE", "DELIVERED"]
    assert isinstance(at_risk, PromiseAtRisk)
    assert at_risk.delay_id is None


def test_an_actual_date_in_time_tells_nothing_else() -> None:
    recorded = record(entered(), "PRD_END", None, day("2026-04-10"))
    assert [type(event) for event in recorded.settled.events] == [MilestoneAchieved]


def test_lines_are_delivered_one_after_the_other() -> None:
    first = record(entered(line(), line("2")), "DELIVERED", None, day("2026-05-30"), ["1"])
    assert not first.reached
    assert not first.achieved.complete
    assert first.settled.after.status == "open"
    last = record(first.settled.after, "DELIVERED", None, day("2026-05-28"))
    assert [one.line for one in last.achieved.lines] == ["2"]
    assert (last.achieved.complete, last.achieved.actual) == (True, day("2026-05-30"))
    assert last.settled.after.status == "completed"


def test_reaching_a_delayed_milestone_closes_its_delay() -> None:
    delay = OpenDelay(UUID(int=9), None, "DEPART", day("2026-05-10"))
    plan = settle(replace(entered(), delays=(delay,)))
    recorded = record(plan, "DEPART", None, day("2026-05-02"))
    assert recorded.settled.events[-1] == DelayClosed(delay_id=UUID(int=9), closed_on=day("2026-05-02"))
    assert recorded.settled.after.at((None, "ARRIVE")).estimated == day("2026-06-01")


def test_a_later_milestone_closes_the_delay_of_one_that_was_never_recorded() -> None:
    delay = OpenDelay(UUID(int=9), None, "DEPART", day("2026-05-10"))
    plan = settle(replace(entered(), delays=(delay,)))
    recorded = record(plan, "DELIVERED", None, day("2026-06-15"))
    assert [type(event) for event in recorded.settled.events] == [MilestoneAchieved, DelayClosed]


LOADED = compile_template(
    template(
        step("ON_BOARD", 2),
        step("DEPART", 0, "ON_BOARD"),
        step("BL_ISS", 2, "DEPART"),
        step("ARRIVE", 30, "DEPART"),
        delivery_point="ON_BOARD",
    ),
    1,
)


def loading(*lines: dict[str, Any]) -> Plan:
    known = replace(KNOWN, templates={"test": LOADED})
    return entered(*(lines or (line(promised="2026-05-20"),)), known=known)


def test_what_has_sailed_was_delivered_on_board() -> None:
    plan = loading()
    sailed = record(plan, "DEPART", None, day("2026-05-18"))
    after = sailed.settled.after
    assert (after.status, after.lines[0].delivered, after.lines[0].shown_by) == ("completed", day("2026-05-18"), "DEPART")
    assert after.at((None, "ON_BOARD")).actual == day("2026-05-18")
    departed, delivered = (one for one in sailed.settled.events if isinstance(one, MilestoneAchieved))
    assert (departed.milestone, departed.lines, departed.shown_by) == ("DEPART", (), None)
    assert (delivered.milestone, delivered.actual, delivered.complete) == ("ON_BOARD", day("2026-05-18"), True)
    assert (delivered.shown_by, [one.line for one in delivered.lines]) == ("DEPART", ["1"])
    # Somebody knows the day itself: it takes the place of the one that was shown, and is recorded once.
    loaded = record(after, "ON_BOARD", None, day("2026-05-17"))
    known = loaded.settled.after
    assert (known.lines[0].delivered, known.lines[0].shown_by, known.status) == (day("2026-05-17"), None, "completed")
    with pytest.raises(MilestoneReached):
        record(known, "ON_BOARD", None, day("2026-05-16"))
    with pytest.raises(Invalid, match="cannot have happened on 2026-05-19"):
        record(after, "ON_BOARD", None, day("2026-05-19"))
    # The departure was wrong: so is what it showed, and not what was recorded.
    for corrected, delivered_on in ((after, None), (known, day("2026-05-17"))):
        undone = correct(corrected, (), "DEPART", None, None, "it has not sailed").settled
        assert (undone.after.lines[0].delivered, undone.after.lines[0].shown_by) == (delivered_on, None)
        told = [one for one in undone.events if isinstance(one, MilestoneCorrected) and one.lines]
        assert [one.reopened for one in told] == ([True] if delivered_on is None else [])
    for on in (day("2026-05-17"), day("2026-05-19")):
        moved = correct(after, (), "DEPART", None, on, "another day").settled.after
        assert (moved.lines[0].delivered, moved.lines[0].shown_by, moved.at((None, "ON_BOARD")).actual) == (on, "DEPART", on)
    with pytest.raises(Invalid, match="ON_BOARD of order SO-1 happened on 2026-05-17: DEPART"):
        correct(known, (), "DEPART", None, day("2026-05-16"), "two days earlier")
    with pytest.raises(Invalid, match="what has left shows"):
        correct(after, (), "ON_BOARD", None, None, "not loaded")
    back = correct(record(known, "ARRIVE", None, day("2026-06-17")).settled.after, (), "ON_BOARD", None, None, "no")
    assert back.settled.after.lines[0].shown_by == "DEPART"


def test_goods_that_have_sailed_when_they_are_entered_were_delivered_on_board() -> None:
    """Each leg for itself; the day that is given of a line stands."""
    known = replace(KNOWN, templates={"test": LOADED}, shipments={"SH-1": Sailing(left=True)})
    lines = [line(shipment="SH-1", delivered="2026-02-25"), line("2", shipment="SH-1"), line("3")]
    decided = decided_of(order(*lines, actuals=[{"milestone": "DEPART", "shipment": "SH-1", "date": "2026-02-26"}]), known)
    assert decided.after is not None
    assert isinstance(decided.event, OrderCreated)
    found = [(day("2026-02-25"), None), (day("2026-02-26"), "DEPART"), (None, None)]
    assert [(one.delivered, one.shown_by) for one in decided.after.lines] == found
    assert [(one.delivered, one.shown_by) for one in decided.event.lines] == found
    assert [decided.after.at((leg, "ON_BOARD")).actual for leg in ("SH-1", None)] == [day("2026-02-26"), None]
    assert decided.after.status == "open"
    assert [one.delivered for one in decided.lines] == [one.delivered for one in decided.after.lines]


def test_a_departure_shows_the_delivery_of_what_was_still_open() -> None:
    part = record(loading(line(), line("2")), "ON_BOARD", None, day("2026-05-15"), ["1"]).settled.after
    sailed = record(part, "DEPART", None, day("2026-05-18"))
    assert [(one.delivered, one.shown_by) for one in sailed.settled.after.lines] == [
        (day("2026-05-15"), None),
        (day("2026-05-18"), "DEPART"),
    ]
    known = record(sailed.settled.after, "ON_BOARD", None, day("2026-05-16")).settled.after
    assert [one.delivered for one in known.lines] == [day("2026-05-15"), day("2026-05-16")]
    # The line that somebody recorded stands in the way of an earlier departure, and the one that this shows does not.
    earlier = correct(sailed.settled.after, (), "DEPART", None, day("2026-05-16"), "two days earlier").settled.after
    assert [one.delivered for one in earlier.lines] == [day("2026-05-15"), day("2026-05-16")]
    with pytest.raises(Invalid, match="ON_BOARD of order SO-1 happened on 2026-05-15: DEPART"):
        correct(earlier, (), "DEPART", None, day("2026-05-14"), "earlier still")


def test_papers_and_an_arrival_do_not_say_when_goods_were_delivered() -> None:
    for milestone in ("BL_ISS", "ARRIVE"):
        after = record(loading(), milestone, None, day("2026-05-25")).settled.after
        assert (after.status, after.lines[0].delivered) == ("open", None)
        assert record(after, "ON_BOARD", None, day("2026-05-18")).settled.after.status == "completed"


def refused_actual(plan: Plan, milestone: str = "DELIVERED", **more: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        record(plan, milestone, None, day("2026-05-30"), **more)
    return {error.field: error.reason for error in refused.value.errors}


def test_deliveries_that_cannot_be_are_refused() -> None:
    plan = entered(line(delivered="2026-05-01"), line("2"))
    assert refused_actual(plan, lines=["1", "7"]) == {
        "lines.0": "line 1 of order SO-1 was delivered on 2026-05-01",
        "lines.1": "shipment (none yet) of order SO-1 has no line 7",
    }
    assert "not at DEPART" in refused_actual(plan, "DEPART", lines=["1"])["lines"]


def test_what_has_happened_happens_once() -> None:
    plan = record(entered(), "DEPART", None, day("2026-04-27")).settled.after
    with pytest.raises(MilestoneReached, match="happened on 2026-04-27"):
        record(plan, "DEPART", None, day("2026-04-28"))


def test_a_day_that_has_not_come_is_no_actual_date() -> None:
    require_come(TODAY, TODAY, "date")
    with pytest.raises(Invalid, match="has not come yet"):
        require_come(day("2026-03-03"), TODAY, "date")


@pytest.mark.parametrize(
    ("given", "changes", "field"),
    [
        ({"promised": "2026-02-27"}, {}, "lines.0.promised"),
        ({"promised": "2026-05-01", "delivered": "2026-03-03"}, {}, "lines.0.delivered"),
        ({"promised": "2026-05-01"}, {"ordered_on": "2026-03-03"}, "ordered_on"),
        ({"promised": "2026-05-01"}, {"ordered_on": "1990-01-01"}, "ordered_on"),
        ({"promised": "2026-02-01", "delivered": "1990-01-01"}, {}, "lines.0.delivered"),
        ({}, {"actuals": [{"milestone": "PRD_END", "date": "1990-01-01"}]}, "actuals.0.date"),
        ({"promised": "2026-02-01", "delivered": "2026-02-28"}, {"ordered_on": "2026-02-10"}, "lines.0.promised"),
        ({"promised": "2026-02-20", "delivered": "2026-02-09"}, {"ordered_on": "2026-02-10"}, "lines.0.delivered"),
        ({}, {"actuals": [{"milestone": "PRD_END", "date": "2026-03-03"}]}, "actuals.0.date"),
        ({}, {"ordered_on": "2026-02-10", "actuals": [{"milestone": "PRD_END", "date": "2026-02-09"}]}, "actuals.0.date"),
        (
            {},
            {"actuals": [{"milestone": "ORD_CONF", "date": "2026-02-20"}, {"milestone": "PRD_END", "date": "2026-02-10"}]},
            "actuals.0.date",
        ),
    ],
)
def test_what_is_typed_in_has_days_that_can_be_and_a_file_is_taken_over_as_it_was(
    given: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    new = order(line(**given), **changes)
    assert field in {error.field for error in decided_of(new, source="api").errors}
    assert decided_of(new, source="import").errors == ()


def test_a_line_that_joins_an_order_is_promised_ahead() -> None:
    there = existing(line(promised="2026-02-20"), ordered_on="2026-02-10")
    assert added(there, line(promised="2026-02-20")).errors == (), "it stands there"
    decided = added(there, line("2", promised="2026-02-20"))
    assert [(error.field, error.reason) for error in decided.errors] == [
        ("lines.0.promised", "2026-02-20 has passed: today is 2026-03-01"),
    ]


def test_nothing_happens_to_an_order_before_it_is_placed() -> None:
    plan = replace(entered(), ordered_on=day("2026-02-20"))
    with pytest.raises(Invalid, match="was placed on 2026-02-20: ORD_CONF cannot have happened on 2026-02-19") as refused:
        record(plan, "ORD_CONF", None, day("2026-02-19"))
    assert refused.value.errors[0].field == "date"
    assert record(plan, "ORD_CONF", None, day("2026-02-20")).reached


def test_an_order_that_is_typed_in_without_its_day_is_placed_by_then() -> None:
    """An order book that is taken over says nothing of it."""
    happened = {"actuals": [{"milestone": "ORD_CONF", "date": "2026-02-24"}]}
    cases: tuple[tuple[dict[str, Any], Source, date | None], ...] = (
        ({}, "api", TODAY),
        (happened, "api", day("2026-02-24")),
        (happened, "import", None),
    )
    for changes, source, placed in cases:
        decided = decided_of(order(**changes), source=source)
        assert decided.after is not None
        assert isinstance(decided.event, OrderCreated)
        assert (decided.after.ordered_on, decided.event.ordered_on) == (placed, placed)


def test_a_template_that_is_named_is_for_the_route_and_mode_of_the_order() -> None:
    network = compile_template(template(step("ORD_CONF", 0), step("DELIVERED", 9, "ORD_CONF"), routes=["make"], modes=["sea", "barge"]), 1)
    known = replace(KNOWN, templates={"test": network})
    assert decided_of(order(route="make", mode="sea"), known).errors == ()
    wrong = decided_of(order(route="stock", mode="air"), known).errors
    assert [(error.field, error.reason) for error in wrong] == [
        ("route", "template test is for make, not for stock"),
        ("mode", "template test is for sea, barge, not for air"),
    ]


def test_a_promise_is_of_a_day_to_come() -> None:
    with pytest.raises(Invalid, match="2026-02-27 has passed") as refused:
        change(entered(), ChangePromise(to=day("2026-02-27"), reason="other"), TODAY)
    assert refused.value.errors[0].field == "to"


def test_a_promise_moves_and_the_estimate_does_not() -> None:
    settled = change(entered(line(), line("2")), ChangePromise(lines=("2",), to=day("2026-06-10"), reason="customer_request"), TODAY)
    assert [type(event).__name__ for event in settled.events] == ["PromiseChanged"]
    assert [(str(one.promised), one.promise_revision, str(one.estimated)) for one in settled.after.lines] == [
        ("2026-06-01", 0, "2026-06-01"),
        ("2026-06-10", 1, "2026-06-01"),
    ]


def test_an_earlier_promise_is_planned_anew_and_at_risk_where_that_is_not_soon_enough() -> None:
    def told(to: str) -> tuple[list[str], str]:
        settled = change(entered(), ChangePromise(to=day(to), reason="customer_request"), TODAY)
        return [type(event).__name__ for event in settled.events], str(settled.after.lines[0].estimated)

    anew = ["PlanRebaselined", "PlanReestimated", "PromiseChanged"]
    assert told("2026-05-20") == (anew, "2026-05-20")
    assert told("2026-04-01") == ([*anew, "PromiseAtRisk"], "2026-05-03")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lines": ["7"], "to": "2026-06-10", "reason": "other"}, "lines.0"),
        ({"lines": ["1"], "to": "2026-06-10", "reason": "other"}, "lines.0"),
        ({"to": "2026-06-01", "reason": "other"}, "to"),
    ],
)
def test_promises_that_cannot_move_are_refused(body: dict[str, Any], field: str) -> None:
    plan = entered(line(delivered="2026-05-01"), line("2"))
    with pytest.raises(Invalid) as refused:
        change(plan, ChangePromise.model_validate(body), TODAY)
    assert [error.field for error in refused.value.errors] == [field]
