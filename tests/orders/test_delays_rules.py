"""Delays: what is refused and why, what is decided, and that taking one back undoes it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.orders.delays.domain import DelayOpen, DelayOver, Target, attribute_delay, log_delay, retract_delay, update_delay
from services.orders.delays.model import UpdateDelay, causes_of
from services.orders.estimates.domain import Word, require_meant, state
from services.orders.planning.legs import find_leg
from services.orders.planning.model import Node, Plan
from shared.contracts.orders import DelayLogged, PlanReestimated, PromiseAtRisk, PromiseChanged
from shared.problems import Invalid
from tests.orders.plans import NOW, TODAY, after, as_of, day, delay_body, entered, line, log, plans


def kinds(events: object) -> list[str]:
    return [type(event).__name__ for event in events]  # type: ignore[attr-defined]


def test_a_delay_tells_what_moved_and_what_is_at_risk() -> None:
    decision = log(entered(), delay_body(day("2026-05-01"), next_news_on="2026-03-09"))
    [touched] = decision.orders
    logged, reestimated, at_risk = touched.settled.events
    assert isinstance(logged, DelayLogged)
    assert logged.delay.orders[0].before == day("2026-04-27")
    assert logged.delay.orders[0].after == day("2026-05-01")
    assert logged.delay.causes[0].party == "carrier"
    assert isinstance(reestimated, PlanReestimated)
    assert reestimated.delay is not None
    assert (reestimated.delay.ordinal, reestimated.delay.customer_orders, reestimated.delay.revision) == (1, 1, 1)
    assert [node.milestone for node in reestimated.nodes] == ["DEPART", "ARRIVE", "DELIVERED"]
    assert isinstance(at_risk, PromiseAtRisk)
    assert [(one.line, str(one.promised), str(one.after)) for one in at_risk.lines] == [("1", "2026-06-01", "2026-06-05")]


def test_slack_absorbs_a_delay_in_silence() -> None:
    plan = entered(line(promised="2026-06-01"), line("2", promised="2026-06-20"))
    moved = replace(plan, lines=tuple(replace(one, promised=day("2026-06-20")) for one in plan.lines))
    [touched] = log(moved, delay_body(day("2026-05-01"))).orders
    assert kinds(touched.settled.events) == ["DelayLogged", "PlanReestimated"]
    assert touched.settled.moves.nodes[0].slack_days == 15


def test_the_promise_moves_with_the_delay_where_it_is_told_to() -> None:
    decision = log(entered(), delay_body(day("2026-05-01"), promise={"to": "2026-06-08"}))
    [touched] = decision.orders
    assert kinds(touched.settled.events) == ["DelayLogged", "PlanReestimated", "PromiseChanged"]
    changed = touched.settled.events[2]
    assert isinstance(changed, PromiseChanged)
    assert (changed.delay_id, changed.reason) == (decision.delay.delay_id, "delay")
    assert touched.settled.moves.lines[0].promised == day("2026-06-08")


@pytest.mark.parametrize(
    ("to", "words"),
    [("2026-06-04", "would be broken at once"), ("2026-06-01", "leave the promise out"), ("2026-05-01", "leave the promise out")],
)
def test_a_promise_that_is_broken_or_no_change_is_refused(to: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        log(entered(), delay_body(day("2026-05-01"), promise={"to": to}))
    assert [error.field for error in refused.value.errors] == ["promise.to"]


def test_a_date_before_a_predecessor_is_refused_by_its_name_and_date() -> None:
    plan = after(log(entered(), delay_body(day("2026-05-10"), "PRD_END")))
    with pytest.raises(Invalid, match="2026-05-09 is before PRD_END, which order SO-1 expects on 2026-05-10") as refused:
        log(plan, delay_body(day("2026-05-09"), "DEPART"), number=901)
    assert refused.value.errors[0].field == "new_date"


@pytest.mark.parametrize("text", ["2026-04-27", "2026-04-20"])
def test_a_date_that_is_no_delay_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="expected on 2026-04-27 without this delay") as refused:
        log(entered(), delay_body(day(text)))
    assert refused.value.errors[0].field == "new_date"


def test_what_has_happened_cannot_be_delayed() -> None:
    plan = entered(actuals=[{"milestone": "DEPART", "date": "2026-04-25"}])
    with pytest.raises(Invalid, match="DEPART happened on 2026-04-25") as refused:
        log(plan, delay_body(day("2026-05-01")))
    assert refused.value.errors[0].field == "milestone"


def test_what_was_passed_without_a_date_cannot_be_delayed_either() -> None:
    plan = entered(actuals=[{"milestone": "ARRIVE", "date": "2026-05-27"}])
    with pytest.raises(Invalid, match="ARRIVE happened on 2026-05-27: DEPART, which comes before it, cannot be delayed"):
        log(plan, delay_body(day("2026-05-01")))


def test_days_that_have_passed_are_no_new_dates() -> None:
    plan = entered(line(promised="2026-03-10"))
    yesterday, gone = TODAY - timedelta(days=1), TODAY - timedelta(days=2)
    assert log(plan, delay_body(yesterday)).delay.new_date == yesterday, "where the caller is it may be today"
    for body, field in ((delay_body(gone), "new_date"), (delay_body(TODAY, promise={"to": gone}), "promise.to")):
        with pytest.raises(Invalid, match=f"{gone} has passed") as refused:
            log(plan, body)
        assert [error.field for error in refused.value.errors] == [field]
    first = log(plan, delay_body(day("2026-03-05")))
    later = NOW + timedelta(days=30)
    assert update_delay(first.delay, [after(first)], update("2026-03-05"), now=later).delay.revision == 2, "it was said before"


def test_a_day_far_beyond_what_is_expected_is_a_slip_of_the_year() -> None:
    plan = entered()
    why = "2028-04-27 is more than 730 days after 2026-04-27: check the year"
    for body, field in (
        (delay_body(day("2028-04-27")), "new_date"),
        (delay_body(day("2026-05-01"), promise={"to": "2036-06-08"}), "promise.to"),
        (delay_body(day("2026-05-01"), next_news_on="2036-03-09"), "next_news_on"),
        (delay_body(day("2026-05-01"), ask={"en": "Please confirm."}, ask_by="2036-03-09"), "ask_by"),
    ):
        with pytest.raises(Invalid, match="730 days after") as refused:
            log(plan, body)
        assert [error.field for error in refused.value.errors] == [field]
        assert field != "new_date" or refused.value.detail == why
    first = log(plan, delay_body(day("2028-04-26")))
    with pytest.raises(Invalid, match=why):
        update_delay(first.delay, [after(first)], update("2028-04-27"), now=NOW)
    with pytest.raises(Invalid, match=why):
        require_meant([plan], (None, "DEPART"), day("2028-04-27"), TODAY)
    require_meant([plan], (None, "DEPART"), day("2028-04-26"), TODAY)
    answered = state(plan, (None, "DEPART"), Word(day("2028-04-26"), "answer", NOW))
    assert answered is not None
    with pytest.raises(Invalid, match=why):
        require_meant([answered.after], (None, "DEPART"), day("2028-04-27"), TODAY)
    far = entered(line(promised="2032-06-01"))
    assert log(far, delay_body(far.at((None, "DEPART")).due_on + timedelta(days=1))).orders, "an order may be that long"


def test_a_second_open_delay_names_the_first() -> None:
    plan = after(log(entered(), delay_body(day("2026-05-01"))))
    with pytest.raises(DelayOpen) as refused:
        log(plan, delay_body(day("2026-05-20")), number=901)
    assert refused.value.extensions["delay"] == str(UUID(int=900))
    assert refused.value.extensions["link"] == f"/api/orders/delays/{UUID(int=900)}"


def test_the_second_delay_of_an_order_says_that_it_is_the_second() -> None:
    plan = after(log(entered(), delay_body(day("2026-05-01"))))
    [touched] = log(plan, delay_body(day("2026-06-20"), "DELIVERED"), number=901).orders
    assert touched.ordinal == 2


@pytest.mark.parametrize(
    ("causes", "field", "words"),
    [
        ([{"code": "UNKNOWN"}, {"code": "LOG-VSL"}], "causes.0.code", "must be the only one"),
        ([{"code": "UNKNOWN", "party": "carrier"}], "causes.0.party", "cannot be named yet"),
        ([{"code": "LOG-VSL", "party": "unknown"}], "causes.0.party", "needs a party"),
        ([{"code": "LOG-VSL"}, {"code": "LOG-VSL", "party": "carrier"}], "causes.1.party", "given twice"),
    ],
)
def test_causes_that_cannot_be_are_refused(causes: list[dict[str, str]], field: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        log(entered(), delay_body(day("2026-05-01"), causes=causes))
    assert field in [error.field for error in refused.value.errors]


def test_causes_account_for_no_more_days_than_the_delay_has() -> None:
    """Of 13 days, while it is open and once it is over."""
    given = ([("SUP-LATE", 500), ("PRD-BRK", 3)], 0), ([("SUP-LATE", 10), ("PRD-BRK", 4)], 1), ([("SUP-LATE", 10), ("PRD-BRK", 3)], None)
    first = log(entered(), delay_body(day("2026-05-10")))
    later = replace(after(first), delays=(), nodes=tuple(_reached(node, "2026-05-12") for node in after(first).nodes))
    for days, wrong in given:
        causes = [{"code": code, "days": own} for code, own in days]
        found = causes_of(delay_body(day("2026-05-10"), causes=causes).causes, found=True)
        for command in (
            lambda causes=causes: log(entered(), delay_body(day("2026-05-10"), causes=causes)),
            lambda causes=causes: update_delay(first.delay, [after(first)], update("2026-05-10", causes=causes), now=NOW),
            lambda found=found: attribute_delay(first.delay, [after(first)], found),
            lambda found=found: attribute_delay(replace(first.delay, status="closed"), [later], found),
            lambda found=found: attribute_delay(first.delay, [replace(after(first), today=day("2026-05-05"))], found),
        ):
            if wrong is None:
                command()
                continue
            with pytest.raises(Invalid, match="the delay has 13 days") as refused:
                command()
            assert [error.field for error in refused.value.errors] == [f"causes.{wrong}.days"]


def _reached(node: Node, text: str) -> Node:
    return replace(node, actual=day(text), estimated=day(text)) if node.milestone == "DEPART" else node


@pytest.mark.parametrize(
    "wrong",
    [
        {"causes": []},
        {"causes": [{"code": "BAD-LUCK"}]},
        {"causes": [{"code": "LOG-VSL", "party": "moon"}]},
        {"action": {}},
        {"action": {"en": "  "}},
        {"ask_by": "2026-03-05"},
    ],
)
def test_incomplete_words_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        delay_body(day("2026-05-01"), **wrong)


@pytest.mark.parametrize("changes", [{"next_news_on": "2026-02-27"}, {"ask": {"en": "tell us"}, "ask_by": "2026-02-01"}])
def test_news_and_answers_lie_ahead(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="has passed: today is 2026-03-01"):
        log(entered(), delay_body(day("2026-05-01"), **changes))


def test_unknown_is_under_investigation_and_is_no_cause_that_was_found() -> None:
    decision = log(entered(), delay_body(day("2026-05-01"), causes=[{"code": "UNKNOWN"}]))
    assert decision.delay.under_investigation
    assert decision.delay.causes[0].party == "unknown"
    with pytest.raises(Invalid, match="not a cause that was found"):
        causes_of(delay_body(day("2026-05-01"), causes=[{"code": "UNKNOWN"}]).causes, found=True)


def test_the_leg_is_named_where_several_could_be_meant() -> None:
    plan = entered(line("1", shipment="SH-1"), line("2", shipment="SH-2"))
    with pytest.raises(Invalid, match="SH-1, SH-2") as refused:
        find_leg(plan, "DEPART", None, False)
    assert refused.value.errors[0].field == "shipment"
    assert find_leg(plan, "DEPART", "SH-2", True) == "SH-2"
    with pytest.raises(Invalid, match="no line of order SO-1 travels in shipment SH-9"):
        find_leg(plan, "DEPART", "SH-9", True)
    with pytest.raises(Invalid, match="has no milestone CST_REL"):
        find_leg(plan, "CST_REL", None, False)


def update(to: str = "2026-05-01", **changes: Any) -> UpdateDelay:
    body = delay_body(day(to), **changes).model_dump(exclude={"milestone", "shipment"})
    return UpdateDelay.model_validate(body)


def test_an_update_moves_the_dates_from_where_they_were() -> None:
    first = log(entered(), delay_body(day("2026-05-10")))
    decision = update_delay(first.delay, [after(first)], update(), now=NOW)
    [touched] = decision.orders
    assert kinds(touched.settled.events) == ["DelayUpdated", "PlanReestimated"]
    assert (decision.delay.revision, decision.delay.version, touched.ordinal) == (2, 2, 1)
    assert (str(touched.before.estimated), str(touched.after.estimated)) == ("2026-05-10", "2026-05-01")
    assert touched.after.revision == 2


def test_an_update_to_no_delay_is_a_retraction() -> None:
    first = log(entered(), delay_body(day("2026-05-10")))
    with pytest.raises(Invalid, match="without this delay"):
        update_delay(first.delay, [after(first)], update("2026-04-27"), now=NOW)


def test_words_may_be_said_anew_when_something_else_holds_the_date() -> None:
    first = log(entered(), delay_body(day("2026-05-01")))
    second = log(after(first), delay_body(day("2026-05-20"), "PRD_END"), number=901)
    decision = update_delay(first.delay, [after(second)], update(action={"en": "booked again"}), now=NOW)
    assert decision.orders[0].settled.moves.nodes == ()


def test_what_is_over_is_neither_updated_nor_retracted() -> None:
    first = log(entered(), delay_body(day("2026-05-01")))
    for status in ("closed", "retracted"):
        over = replace(first.delay, status=status)
        with pytest.raises(DelayOver):
            update_delay(over, [after(first)], update(), now=NOW)
        with pytest.raises(DelayOver):
            retract_delay(over, [after(first)], "no delay after all")


def test_a_shipment_is_late_with_every_order_and_each_customer_is_counted() -> None:
    shared = [entered(line(shipment="SH-1"), number=number) for number in (1, 2)]
    other = replace(entered(line(shipment="SH-1"), number=3), customer_id=UUID(int=2))
    target = Target("DEPART", "SH-1", shipment_id=UUID(int=7))
    body = delay_body(day("2026-05-01"))
    decision = log_delay(target, [*shared, other], body, delay_id=UUID(int=900), by="li.wei", now=NOW)
    assert kinds(decision.shared_events) == ["DelayLogged"]
    counted = []
    for touched in decision.orders:
        first = touched.settled.events[0]
        assert isinstance(first, PlanReestimated)
        assert first.delay is not None
        counted.append((str(first.customer_id)[-1], first.delay.customer_orders))
    assert counted == [("1", 2), ("1", 2), ("2", 1)]


def test_of_a_shipment_the_orders_that_have_sailed_stay_out() -> None:
    ahead, gone = (
        entered(line(shipment="SH-1"), number=1),
        entered(line(shipment="SH-1"), number=2, actuals=[{"milestone": "DEPART", "shipment": "SH-1", "date": "2026-04-25"}]),
    )
    target = Target("DEPART", "SH-1", shipment_id=UUID(int=7))
    body = delay_body(day("2026-05-01"))
    decision = log_delay(target, [ahead, gone], body, delay_id=UUID(int=900), by="li.wei", now=NOW)
    assert [touched.settled.after.order_id for touched in decision.orders] == [ahead.order_id]
    with pytest.raises(Invalid, match="DEPART happened on 2026-04-25"):
        log_delay(target, [gone], body, delay_id=UUID(int=900), by="li.wei", now=NOW)


@given(plans(), st.data())
def test_a_retraction_restores_exactly_what_stood_before(plan: Plan, data: st.DataObject) -> None:
    node = data.draw(st.sampled_from([node for node in plan.nodes if node.actual is None]))
    happened = [one.actual for one in plan.nodes if one.actual is not None]
    new_date = max(node.estimated, TODAY, *happened) + timedelta(days=data.draw(st.integers(1, 90)))
    first = log(plan, delay_body(new_date, node.milestone), shipment=node.shipment)
    back = after(retract_delay(first.delay, [after(first)], "a mistake"))
    assert {one.key: one.estimated for one in back.nodes} == {one.key: one.estimated for one in plan.nodes}
    assert {one.line: one.estimated for one in back.lines} == {one.line: one.estimated for one in plan.lines}
    assert back.delays == ()


@given(plans(), st.data())
def test_two_delays_come_to_the_same_in_either_order(plan: Plan, data: st.DataObject) -> None:
    ahead = [node for node in plan.nodes if node.actual is None]
    assume(len(ahead) > 1)
    one, two = data.draw(st.permutations(ahead))[:2]
    bodies = {node.key: delay_body(TODAY + timedelta(days=data.draw(st.integers(200, 400))), node.milestone) for node in (one, two)}
    ends = []
    for first, second in ((one, two), (two, one)):
        try:
            middle = after(log(plan, bodies[first.key], number=first.position + 1, shipment=first.shipment))
            end = after(log(middle, bodies[second.key], number=second.position + 50, shipment=second.shipment))
        except Invalid:
            return
        ends.append({node.key: node.estimated for node in end.nodes})
    assert ends[0] == ends[1]


CONFIRMED = [{"milestone": "ORD_CONF", "date": "2026-03-30"}]


def test_what_days_that_passed_did_is_news_of_the_delay_that_says_so() -> None:
    """The customer heard nothing of them: every date that they moved is told with it, to the same day as before."""
    seen = as_of(entered(actuals=CONFIRMED), day("2026-04-24"))
    decision = log(seen, delay_body(day("2026-04-24"), "PRD_END"))
    told = next(event for order in decision.orders for event in order.settled.events if isinstance(event, PlanReestimated))
    held = [(node.milestone, node.before == node.after, node.due) for node in told.nodes]
    assert held == [(milestone, True, None) for milestone in ("PRD_END", "DEPART", "ARRIVE", "DELIVERED")]
    assert [(moved.before == moved.after, moved.revision) for moved in told.lines] == [(True, 2)]
    assert not any(isinstance(event, PromiseAtRisk) for order in decision.orders for event in order.settled.events)


def test_a_delay_up_to_a_day_that_was_due_anyway_is_refused() -> None:
    seen = as_of(entered(actuals=CONFIRMED), day("2026-04-24"))
    with pytest.raises(Invalid, match="expected on 2026-04-19 without this delay"):
        log(seen, delay_body(day("2026-04-19"), "PRD_END"))
