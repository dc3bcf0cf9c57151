"""Clauses of contracts as they are entered and as they stand."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from services.orders.clauses.examples import AFTER_APPROVAL, SHIPPED_BY
from services.orders.clauses.words import COSTS_NOTHING
from services.orders.fields import Body, Day, GivenMoney, MilestoneCode, Note, Number, Short, given_money
from shared.contracts.approvals import Money
from shared.contracts.blame import blame
from shared.contracts.clauses import ClauseFacts, Penalty
from shared.contracts.due import DueAfter
from shared.contracts.text import Both

ClauseStatus = Literal["open", "closed"]
ClauseState = Literal["pending", "at_risk", "kept", "breached"]


def _given(penalty: Penalty) -> Penalty:
    if penalty.fixed is not None:
        given_money(penalty.fixed, "fixed")
        if not penalty.fixed.amount:
            raise blame(["fixed.amount"], COSTS_NOTHING)
    return penalty


class ClauseBody(Body):
    """A clause as it stands now: what has to have happened, by when, and what it costs when it is late."""

    model_config = ConfigDict(json_schema_extra={"examples": [SHIPPED_BY, AFTER_APPROVAL]})

    reference: Annotated[Short, Field(description="its number in the contract, like 8.2")]
    text: Annotated[Note, Field(description="what the contract says")]
    line: Annotated[Number | None, Field(description="left out: it is of the whole order")] = None
    milestone: MilestoneCode
    due_on: Day | None = None
    due_after: DueAfter | None = None
    grace_days: Annotated[int, Field(ge=0, le=365, description="calendar days that cost nothing")] = 0
    penalty: Annotated[Penalty, AfterValidator(_given)] | None = None
    value: Annotated[GivenMoney | None, Field(description="what a percentage is of; left out: what the line or the order is worth")] = None

    @model_validator(mode="after")
    def _due_once(self) -> Self:
        if (self.due_on is None) == (self.due_after is None):
            raise blame(
                ["due_on", "due_after"],
                Both("a clause is due either on a day or some days after a milestone", "条款的期限为某日，或某节点后若干天，二者择一"),
            )
        return self


class ClauseClosing(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "the customer waived the penalty on 2026-06-02"}]})

    outcome: Annotated[Note, Field(description="kept, settled, waived: how it ended")]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a clause stands on a plan. `keep_by` is its day with the grace; the days late are counted from there."""

    due: date
    keep_by: date
    expected: date
    happened: date | None
    state: ClauseState
    days_late: int
    penalty_so_far: Money | None
    penalty_expected: Money | None


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause under the rules. `state` and `keep_by` are how it stood when last looked at, `stood` how it did when it was closed."""

    clause_id: UUID
    order_id: UUID
    order: str
    customer_id: UUID
    reference: str
    text: str
    line: str | None
    milestone: str
    due_on: date | None
    due_after: DueAfter | None
    grace_days: int
    penalty: Penalty | None
    value: Money | None
    status: ClauseStatus
    state: ClauseState
    keep_by: date
    entered_by: str
    entered_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    outcome: str | None
    stood: Standing | None
    version: int

    def told(self) -> ClauseFacts:
        return ClauseFacts(**{name: getattr(self, name) for name in ClauseFacts.model_fields})
