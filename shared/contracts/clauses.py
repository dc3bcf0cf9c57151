"""Events of contract clauses: what an order's contract says is due, and what it costs when it is late. Aggregate: the clause. Internal."""

from datetime import date
from decimal import Decimal
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.contracts.approvals import Money
from shared.contracts.blame import blame
from shared.contracts.due import DueAfter
from shared.contracts.event import Contract, Event
from shared.contracts.text import Both

Per = Literal["day", "week"]


class Penalty(Contract):
    """What lateness costs: a percentage of the value for each day or week that has begun, up to a cap; or an amount once and for all."""

    percent: Decimal | None = Field(default=None, gt=0, le=100, max_digits=7, decimal_places=4)
    per: Per | None = None
    cap_percent: Decimal | None = Field(default=None, gt=0, le=100, max_digits=7, decimal_places=4, description="of the value")
    fixed: Money | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.percent is None) == (self.fixed is None):
            raise blame(
                ["percent", "fixed"], Both("a penalty is either a percentage or a fixed amount", "违约金为百分比或固定金额，二者择一")
            )
        if (self.percent is None) != (self.per is None):
            raise blame(
                ["per"], Both("a percentage is per day or per week, and only a percentage is", "百分比须注明按日或按周，且仅用于百分比")
            )
        if self.cap_percent is not None and self.percent is None:
            raise blame(["cap_percent"], Both("only a percentage has a cap", "仅百分比可设上限"))
        return self


class ClauseFacts(Contract):
    """A clause of an order's contract as it stands."""

    clause_id: UUID
    order_id: UUID
    order: str = Field(description="order number")
    customer_id: UUID
    reference: str = Field(description="its number in the contract")
    text: str
    line: str | None = Field(description="null: it is of the whole order")
    milestone: str = Field(description="what has to have happened")
    due_on: date | None
    due_after: DueAfter | None
    grace_days: int
    penalty: Penalty | None
    value: Money | None = Field(description="what a percentage is of")


class ClauseAgreed(Event, type="orders.clause.agreed.v1"):
    """A clause is watched from now on."""

    clause: ClauseFacts


class ClauseChanged(Event, type="orders.clause.changed.v1"):
    """The clause as it is now."""

    clause: ClauseFacts


class ClauseBreached(Event, type="orders.clause.breached.v1"):
    """It was not kept: its day with the grace is over, or what it wants has happened later. Told once, when that is found."""

    clause: ClauseFacts
    due: date
    happened: date | None = Field(description="null: not yet")
    penalty: Money | None = Field(description="as of now")


class ClauseRecovered(Event, type="orders.clause.recovered.v1"):
    """It is not breached after all, as what was recorded since shows: it happened in time, or its day is a later one."""

    clause: ClauseFacts
    due: date
    happened: date | None = Field(description="null: not yet")


class ClauseClosed(Event, type="orders.clause.closed.v1"):
    """It is not watched any more: kept, settled or waived."""

    clause_id: UUID
    order_id: UUID
    outcome: str
