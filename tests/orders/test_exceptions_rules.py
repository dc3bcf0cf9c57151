"""Rules of exceptions, on made-up ones: whatever is tried, nobody judges his own work and nothing is closed with work left."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.exceptions.domain import (
    MOST_ACTIONS,
    ActionOver,
    ExceptionOver,
    OwnWork,
    StillOpen,
    add_action,
    change_action,
    close,
    complete,
    edit,
    fall_overdue,
    open_exception,
    verify,
    waive,
)
from services.orders.exceptions.model import EditException, GivenAction, OpenException, OrderException, Place
from shared.contracts.exceptions import ActionKind, ConcernedOrder, Severity
from shared.problems import Invalid, NotFound

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
TODAY = NOW.date()
ORDER = UUID(int=5)
CONCERNED = ConcernedOrder(order_id=ORDER, number="SO-1", customer_id=UUID(int=1))
PLACE = Place(ORDER, None, None, (CONCERNED,), {("SO-1", "1"): Decimal(1200)})
VESSEL = Place(None, UUID(int=6), "SH-1", (CONCERNED,), {("SO-1", "1"): Decimal(1200)})
SAID: dict[str, Any] = {"severity": "major", "description": "wet cartons", "causes": [{"code": "DMG"}]}
WHO = ("ann", "bob", "cat")


def opened(place: Place = PLACE, **changes: Any) -> OrderException:
    body = OpenException.model_validate({**SAID, "kind": "damage", "detected_on": "2026-02-28", **changes})
    return open_exception(place, body, exception_id=UUID(int=7), by="ann", now=NOW)


def test_nothing_was_found_of_orders_that_were_placed_later() -> None:
    for days, refused in (({"SO-1": date(2026, 3, 1)}, True), ({"SO-1": date(2026, 2, 28)}, False), ({"SO-1": None}, False),
                          ({"SO-1": date(2026, 3, 1), "SO-2": date(2026, 2, 27)}, False)):  # fmt: skip
        place = replace(PLACE, placed=days)
        if refused:
            with pytest.raises(Invalid, match="order SO-1 was placed on 2026-03-01"):
                opened(place)
        else:
            assert opened(place).status == "open"


def given_action(owner: str = "bob", due_on: date = TODAY, kind: ActionKind = "corrective") -> GivenAction:
    return GivenAction(kind=kind, text="make it anew", owner=owner, due_on=due_on)


def with_action(owner: str = "bob", due_on: date = TODAY) -> OrderException:
    return add_action(opened(), given_action(owner, due_on), UUID(int=1), TODAY)


ONE = UUID(int=1)

deeds = st.lists(st.tuples(st.sampled_from(["add", "do", "verify", "fail", "waive", "close"]), st.sampled_from(WHO), st.integers(1, 3)))


def done(known: OrderException, deed: str, who: str, number: int) -> OrderException:
    action = UUID(int=number)
    match deed:
        case "add":
            return add_action(known, given_action(who), UUID(int=len(known.actions) + 1), TODAY)
        case "do":
            return complete(known, action, "done", who)
        case "waive":
            return waive(known, action, "not needed", who)
        case "close":
            return close(known, "replaced", who, NOW)
    return verify(known, action, effective=deed == "verify", note="seen", by=who)


@given(deeds)
def test_whatever_is_tried_work_is_judged_by_others_before_it_is_closed(tried: list[tuple[str, str, int]]) -> None:
    known, versions = opened(), [1]
    for deed, who, number in tried:
        try:
            known = done(known, deed, who, number)
        except (ActionOver, ExceptionOver, OwnWork, StillOpen, NotFound):
            continue
        versions.append(known.version)
    assert versions == list(range(1, len(versions) + 1))
    for one in known.actions:
        if one.status in ("verified", "waived"):
            assert one.judged_by != one.owner
            assert one.judgement
        if one.status == "verified":
            assert one.judged_by != one.done_by
    if known.status == "closed":
        assert {one.status for one in known.actions} <= {"verified", "waived"}
        assert known.actions, "it was a major one"


def test_what_is_under_investigation_is_not_closed() -> None:
    unknown = opened(causes=[{"code": "UNKNOWN"}])
    assert unknown.under_investigation
    with pytest.raises(StillOpen) as refused:
        close(add_action(unknown, given_action(), ONE, TODAY), "done", "ann", NOW)
    assert [(one.field, one.reason) for one in refused.value.errors] == [
        ("causes", "its cause is still under investigation"),
        ("actions", "1 of 1 actions are neither verified nor waived"),
    ], "all of it at once"
    assert refused.value.extensions == {"actions": [str(ONE)]}
    found = edit(unknown, PLACE, EditException.model_validate({**SAID, "severity": "minor"}))
    assert close(found, "done", "ann", NOW).status == "closed"


def test_closing_names_the_actions_that_are_left() -> None:
    known = complete(with_action(), ONE, "made", "bob")
    with pytest.raises(StillOpen) as refused:
        close(known, "done", "ann", NOW)
    assert refused.value.extensions == {"actions": [str(ONE)]}
    closed = close(verify(known, ONE, effective=True, note="counted", by="ann"), "replaced", "ann", NOW)
    assert (closed.status, closed.closed_by, closed.resolution, closed.version) == ("closed", "ann", "replaced", 5)
    with pytest.raises(ExceptionOver):
        edit(closed, PLACE, EditException.model_validate(SAID))
    with pytest.raises(ExceptionOver):
        close(closed, "again", "ann", NOW)


@given(st.sampled_from(["minor", "major", "critical"]), st.sets(st.sampled_from(["corrective", "preventive"])))
def test_the_more_severe_it_is_the_more_was_done_before_it_is_closed(severity: Severity, taken: set[ActionKind]) -> None:
    known = opened(severity=severity)
    for number, one in enumerate(sorted(taken)):
        known = waive(add_action(known, given_action(kind=one), UUID(int=number), TODAY), UUID(int=number), "no need", "ann")
    needed = {"minor": set(), "major": {"corrective"}, "critical": {"corrective", "preventive"}}[severity]
    if needed <= taken:
        assert close(known, "done", "ann", NOW).status == "closed"
        return
    with pytest.raises(StillOpen) as refused:
        close(known, "done", "ann", NOW)
    assert (refused.value.extensions["lacking"], refused.value.errors[0].field) == (sorted(needed - taken), "actions")


@pytest.mark.parametrize("by", ["bob", "cat"])
def test_neither_the_owner_nor_who_did_it_verifies(by: str) -> None:
    known = complete(with_action("bob"), ONE, "made", "cat")
    with pytest.raises(OwnWork):
        verify(known, ONE, effective=True, note="fine", by=by)


def test_an_action_that_did_not_help_is_open_again() -> None:
    known = verify(complete(with_action(), ONE, "made", "bob"), ONE, effective=False, note="still wet", by="ann")
    (action,) = known.actions
    assert (action.status, action.judged_by, action.judgement) == ("open", "ann", "still wet")
    assert complete(known, ONE, "made better", "bob").actions[0].status == "done"


@given(st.integers(0, 30), st.integers(0, 60))
def test_an_open_action_is_overdue_from_the_day_after(due: int, later: int) -> None:
    known = with_action(due_on=TODAY + timedelta(days=due))
    fallen = fall_overdue(known, ONE, TODAY + timedelta(days=later))
    assert (fallen is not None) == (later > due)
    assert fallen is None or fallen.actions[0].overdue
    done = complete(known, ONE, "made", "bob")
    assert fall_overdue(done, ONE, TODAY + timedelta(days=later)) is None


def test_a_later_day_makes_an_overdue_action_due_again() -> None:
    fallen = fall_overdue(with_action(), ONE, TODAY + timedelta(days=3))
    assert fallen is not None
    assert change_action(fallen, ONE, given_action("cat"), TODAY).actions[0].overdue
    again = change_action(fallen, ONE, given_action(due_on=TODAY + timedelta(days=9)), TODAY + timedelta(days=3))
    assert not again.actions[0].overdue
    with pytest.raises(Invalid):
        change_action(fallen, ONE, given_action(due_on=TODAY + timedelta(days=1)), TODAY + timedelta(days=3))


@pytest.mark.parametrize(
    ("place", "affected", "field"),
    [
        (PLACE, [{"line": "9", "quantity": 1}], "affected.0.line"),
        (PLACE, [{"line": "1", "quantity": 1201}], "affected.0.quantity"),
        (PLACE, [{"line": "1", "quantity": 1}, {"order": "SO-1", "line": "1", "quantity": 2}], "affected.1.line"),
        (PLACE, [{"order": "SO-9", "line": "1", "quantity": 1}], "affected.0.line"),
        (VESSEL, [{"line": "1", "quantity": 1}], "affected.0.order"),
    ],
)
def test_affected_lines_are_of_the_order_and_no_more_than_it_has(place: Place, affected: list[Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        opened(place, affected=affected)
    assert [error.field for error in refused.value.errors] == [field]


def test_bounds() -> None:
    known = opened()
    for number in range(MOST_ACTIONS):
        known = add_action(known, given_action(), UUID(int=number), TODAY)
    with pytest.raises(Invalid, match="at most"):
        add_action(known, given_action(), UUID(int=99), TODAY)
    with pytest.raises(Invalid, match="has passed"):
        add_action(opened(), given_action(due_on=TODAY - timedelta(days=1)), ONE, TODAY)
    with pytest.raises(Invalid, match="check the year"):
        add_action(opened(), given_action(due_on=TODAY + timedelta(days=731)), ONE, TODAY)
    with pytest.raises(Invalid, match="check the year"):
        change_action(with_action(), ONE, given_action(due_on=TODAY + timedelta(days=731)), TODAY)
    with pytest.raises(Invalid, match="has not come"):
        opened(detected_on="2026-03-03")
    with pytest.raises(NotFound):
        complete(opened(), ONE, "made", "bob")
