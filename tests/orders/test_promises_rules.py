"""Rules of the promise, on plans made by hand and by hypothesis: when it may move, and what moves with it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.planning.domain import bring_forward
from services.orders.planning.model import Plan
from services.orders.promises.domain import ChangePromise, WaitingPromise, change, late, promised
from services.orders.requests.domain import AnswerWaits, AskForDay, DayRequest, ask, keep
from services.orders.templates.domain import compile_template
from shared.contracts.orders import PlanReestimated, PromiseChanged
from shared.contracts.plans import PlanRebaselined
from shared.problems import Invalid
from tests.orders.networks import Drawn, drawn, underway
from tests.orders.plans import TODAY, after, as_of, day, delay_body, entered, leg, line, log, step, template

ID = UUID(int=7)


def to(day: str, **changes: Any) -> ChangePromise:
    return ChangePromise.model_validate({"to": day, "reason": "customer_request", **changes})


def test_a_later_promise_that_would_be_broken_at_once_is_refused_also_where_it_waited() -> None:
    delayed = after(log(entered(line(), line("2")), delay_body(day("2026-05-08"))))
    waited = WaitingPromise.model_validate({"to": "2026-06-05", "reason": "delay", "lines": ["1"], "delay": ID})
    for body in (to("2026-06-05"), waited):
        with pytest.raises(Invalid, match="expected on 2026-06-12: a promise of 2026-06-05 would be broken at once") as refused:
            change(delayed, body, TODAY)
        assert refused.value.errors[0].field == "to"
    kept = change(delayed, replace_to(waited, "2026-06-12"), TODAY)
    assert [(one.promised, one.at_risk) for one in kept.after.lines] == [(day("2026-06-12"), False), (day("2026-06-01"), True)]


def replace_to(body: WaitingPromise, day: str) -> WaitingPromise:
    return WaitingPromise.model_validate({**body.model_dump(), "to": day})


def test_a_request_is_not_refused_while_its_answer_waits() -> None:
    plan = entered()
    request = DayRequest(ID, plan.order_id, {"1": 1}, frozenset({"1"}))
    with pytest.raises(AnswerWaits, match=str(ID)):
        keep(plan, request, "no slot", [ID])
    assert [one.line for one in keep(plan, request, "no slot").lines] == ["1"]


def test_nothing_was_asked_before_the_order() -> None:
    plan: Plan = replace(entered(), ordered_on=TODAY)
    body = {"day": "2026-05-20", "why": "our fair", "asked_on": "2026-02-28"}
    with pytest.raises(Invalid, match="placed on 2026-03-01") as refused:
        ask(plan, AskForDay.model_validate(body), request_id=ID, today=TODAY)
    assert refused.value.errors[0].field == "asked_on"


@given(drawn(), st.integers(0, 80))
def test_a_plan_brought_forward_is_the_one_that_was_made_for_the_earlier_promise(made: Drawn, days: int) -> None:
    plan, promise = made.plan(), made.promise - timedelta(days=days)
    earlier = replace(plan, lines=tuple(replace(line, promised=promise) for line in plan.lines))
    forward = bring_forward(earlier, {None})
    assert [(node.planned, node.estimated) for node in forward.nodes] == [
        (node.planned, node.estimated) for node in made.plan(promise).nodes
    ]
    assert bring_forward(replace(forward, lines=plan.lines), {None}).nodes == forward.nodes, "a later promise plans nothing later"


@given(underway(), st.integers(-20, 200), st.integers(0, 80))
def test_an_earlier_promise_plans_nothing_later_and_nothing_that_is_behind(plan: Plan, start: int, days: int) -> None:
    today = min(node.planned for node in plan.nodes) + timedelta(days=start)
    plan = as_of(plan, today)
    lines = tuple(replace(line, promised=line.promised - timedelta(days=days)) for line in plan.lines)
    forward, ahead = bring_forward(replace(plan, lines=lines), {None}), {node.key for node in plan.to_come()}
    for was, now in zip(plan.nodes, forward.nodes, strict=True):
        assert now.planned <= was.planned
        assert now.planned >= min(was.planned, today), "nothing is planned for a day that is over"
        assert now.due_on >= min(was.due_on, today), "nor due on one"
        # What happens together keeps the days that are planned between: over closed days they may be others for the earlier promise.
        assert now.estimated <= was.estimated or any(plan.network.together)
        assert was.key in ahead or (now.planned, now.actual) == (was.planned, was.actual)
    assert bring_forward(forward, {None}) == forward


def test_work_is_brought_forward_only_so_far_that_what_may_come_early_is_due_on_no_day_that_is_over() -> None:
    """It begins ten days before it is done, and what waits for its start comes as early as that."""
    steps = step("CUT", 10), step("CHECKED", 1, {"milestone": "CUT", "waits": "start_to_start"}, early=True), step("SEWN", 5, "CUT")
    network = compile_template(template(*steps, step("DELIVERED", 3, "SEWN", "CHECKED")), 1)
    promised = TODAY + timedelta(days=20)
    plan = replace(entered(), network=network, nodes=leg(network, promised), delivery_point="DELIVERED")
    plan = as_of(replace(plan, lines=(replace(plan.lines[0], promised=promised),)), TODAY)
    assert [(node.planned - TODAY).days for node in plan.nodes][::2] == [12, 17]
    after = change(plan, to(str(TODAY + timedelta(days=15))), TODAY).after
    assert all(node.due is None for node in after.nodes)
    assert [(node.estimated - TODAY).days for node in after.nodes] == [9, 0, 14, 17]


def test_for_an_earlier_promise_what_is_to_come_is_planned_anew_and_told_with_it() -> None:
    plan = as_of(entered(line(), line("2", promised="2026-06-20"), line("3", shipment="SH-1")), TODAY)
    settled = change(plan, to("2026-05-25", lines=["1"]), TODAY)
    assert [(one.promised, one.estimated) for one in settled.after.lines] == [
        (day("2026-05-25"), day("2026-05-25")),
        (day("2026-06-20"), day("2026-05-25")),
        (day("2026-06-01"), day("2026-06-01")),
    ]
    planned = {(one.shipment, one.milestone): one.planned for one in settled.after.nodes}
    assert (planned[None, "DEPART"], planned["SH-1", "DEPART"]) == (day("2026-04-20"), day("2026-04-27"))
    rebaselined, moved, changed = settled.events
    assert isinstance(rebaselined, PlanRebaselined)
    assert (rebaselined.before, rebaselined.revision, len(rebaselined.plan)) == (1, 1, 10)
    assert isinstance(moved, PlanReestimated)
    assert (moved.because, [one.line for one in moved.promises], {one.shipment for one in moved.nodes}) == (
        "promise_changed",
        ["1"],
        {None},
    )
    assert isinstance(changed, PromiseChanged)
    assert changed.replanned
    back = change(settled.after, to("2026-06-01", lines=["1"]), TODAY)
    assert (back.after.nodes, [type(one) for one in back.events]) == (settled.after.nodes, [PromiseChanged])


def test_an_earlier_promise_that_cannot_be_kept_is_planned_for_and_said_to_be_in_danger() -> None:
    plan = as_of(entered(), TODAY)
    settled = change(plan, to("2026-04-25"), TODAY)
    (one,) = settled.after.lines
    # Production begins today at the earliest.
    assert (one.promised, one.estimated, one.at_risk) == (day("2026-04-25"), day("2026-05-03"), True)
    assert [(node.planned, node.due) for node in settled.after.nodes][:2] == [(TODAY, None), (day("2026-03-13"), None)]
    assert [type(event).__name__ for event in settled.events] == ["PlanRebaselined", "PlanReestimated", "PromiseChanged", "PromiseAtRisk"]


def test_a_line_that_a_delay_holds_after_its_earlier_promise_is_said_to_be_in_danger_though_it_was_before() -> None:
    held = after(log(entered(line(), line("2", promised="2026-07-01")), delay_body(day("2026-05-08"))))
    settled = change(held, to("2026-05-20", lines=["1"]), TODAY)
    assert settled.moves.at_risk == ()
    assert late(settled, promised(settled)) == ("1",)
    settled = change(held, to("2026-06-20", lines=["2"]), TODAY)
    assert late(settled, promised(settled)) == ()
