"""Folding in memory: whole rows, parts, and the promise that counts as agreed."""

from datetime import date
from uuid import UUID

import shared.contracts.documents  # noqa: F401  importing it registers every publisher's events
from services.reporting.projections.domain import Agreement, Change, Changes
from services.reporting.projections.folds import FOLDS
from services.reporting.projections.store import TABLES
from shared.contracts.event import EVENTS

ORDER = UUID(int=1)
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def test_a_part_goes_into_the_whole_row_of_its_batch() -> None:
    change = Change()
    change.put((1,), {"a": 1, "b": 2})
    change.change((1,), {"b": 3})
    assert (change.whole, change.parts) == ({(1,): {"a": 1, "b": 3}}, {})


def test_a_whole_row_replaces_earlier_parts() -> None:
    change = Change()
    change.change((1,), {"b": 3})
    change.put((1,), {"a": 1, "b": 2})
    assert (change.whole, change.parts) == ({(1,): {"a": 1, "b": 2}}, {})


def test_kept_columns_stay_as_the_first_row_had_them() -> None:
    change = Change(kept=frozenset({"a"}))
    change.put((1,), {"a": 1, "b": 1})
    change.put((1,), {"a": 2, "b": 2})
    assert change.whole == {(1,): {"a": 1, "b": 2}}


def test_a_promise_moved_after_it_passed_is_not_agreed() -> None:
    changes = Changes()
    changes.line.put((ORDER, "1"), {"agreed": MAY})
    changes.agree(Agreement(ORDER, "1", MAY, MAY, JUNE))
    assert changes.line.whole[ORDER, "1"]["agreed"] == JUNE
    changes.agree(Agreement(ORDER, "1", date(2026, 6, 2), JUNE, JULY))
    assert changes.line.whole[ORDER, "1"]["agreed"] == JUNE


def test_agreements_of_one_line_are_applied_one_after_the_other() -> None:
    changes = Changes()
    first, second = Agreement(ORDER, "1", MAY, MAY, JUNE), Agreement(ORDER, "1", MAY, JUNE, JULY)
    other = Agreement(ORDER, "2", MAY, MAY, JUNE)
    for agreement in (first, second, other):
        changes.agree(agreement)
    assert changes.rounds() == [[first, other], [second]]


def test_a_part_can_empty_a_day() -> None:
    """Of a batch's own rows and of earlier ones, by the same word in the statement."""
    line = next(table for table in TABLES if table.name == "line")
    assert "nullif(u.delivered, '-infinity')" in line.put
    assert "delivered = nullif(coalesce(u.delivered, line.delivered), '-infinity')" in line.change


def test_tables_and_changes_have_the_same_names_and_kept_columns() -> None:
    changes = Changes()
    for table in TABLES:
        assert getattr(changes, table.name).kept == table.kept
        assert set(table.parts) <= set(table.columns)


def test_every_event_of_orders_and_notifications_is_projected_or_known_not_to_be() -> None:
    not_projected = {
        "customers.contact.added.v1",
        "customers.contact.changed.v1",
        "orders.promise.at_risk.v1",
        "orders.calendar.changed.v1",
        # The day by which a document is due is counted by the reports.
        "orders.document.overdue.v1",
    }
    # Dealt with where they are, or told by what they do to milestones.
    nouns = ("approval.", "disruption.", "inspection.", "production.", "stock.", "task.", "template.", "order.advice_")
    not_projected |= {kind for kind in EVENTS if kind.startswith(tuple(f"orders.{noun}" for noun in nouns))}
    # In time as requested is measured by what was asked for with the order.
    not_projected |= {"orders.promise.requested.v1", "orders.promise.kept.v1"}
    # What is expected is told by the plan.
    not_projected.add("orders.milestone.estimated.v1")
    # Nor does any report say of which shipment somebody is asked.
    not_projected.add("orders.chase.moved.v1")
    # How a shipment travels is told by its creation and its changes.
    projected = {"orders.shipment.created.v1", "orders.shipment.changed.v1"}
    not_projected |= {kind for kind in EVENTS if kind.startswith("orders.shipment.")} - projected
    assert {event.TYPE for event in FOLDS.by_event} >= set(EVENTS) - not_projected
