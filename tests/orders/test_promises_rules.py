"""Rules of the promise, on plans made by hand and by hypothesis: when it may move, and what moves with it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.orders.planning.model import Plan
from services.orders.promises.domain import ChangePromise, WaitingPromise, change
from services.orders.requests.domain import AnswerWaits, AskForDay, DayRequest, ask, keep
from shared.problems import Invalid
from tests.orders.plans import TODAY, after, day, delay_body, entered, line, log

ID = UUID(int=7)


def to(day: str, **changes: Any) -> ChangePromise:
    return ChangePromise.model_validate({"to": day, "reason": "customer_request", **changes})


def test_a_later_promise_that_would_be_broken_at_once_is_refused_also_where_it_waited() -> None:
    late = after(log(entered(line(), line("2")), delay_body(day("2026-05-08"))))
    waited = WaitingPromise.model_validate({"to": "2026-06-05", "reason": "delay", "lines": ["1"], "delay": ID})
    for body in (to("2026-06-05"), waited):
        with pytest.raises(Invalid, match="expected on 2026-06-12: a promise of 2026-06-05 would be broken at once") as refused:
            change(late, body, TODAY)
        assert refused.value.errors[0].field == "to"
    kept = change(late, replace_to(waited, "2026-06-12"), TODAY)
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
