"""Delays as they are asked for and as they stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from services.orders.delays import words
from services.orders.delays.examples import KNOWN, LATER_STILL, SAILS_LATER, UNDER_INVESTIGATION
from services.orders.fields import Body, Day, GivenLeg, MilestoneCode, Note, Wording, require_ahead, require_soon
from services.orders.planning.domain import days_late
from services.orders.planning.model import Node, Plan
from services.orders.promises.domain import NewPromise
from shared.calendars import WorkCalendar
from shared.contracts.codes import CAUSES, UNKNOWN, CauseCode, Party
from shared.contracts.orders import Cause, DelayFacts, TouchedOrder
from shared.contracts.text import Both, LocalText
from shared.problems import FieldError, Invalid, require_none

DelayStatus = Literal["open", "closed", "retracted"]


class GivenCause(Body):
    """A cause from the code list; without `party` the code's own party answers for it."""

    code: CauseCode
    party: Party | None = None
    days: Annotated[int | None, Field(ge=0, le=3650, description="how many of the late days it accounts for")] = None
    evidence: Note | None = None


Causes = Annotated[
    tuple[GivenCause, ...],
    Field(min_length=1, max_length=20, description="UNKNOWN alone: under investigation"),
]


class Explanation(Body):
    """Why something is late, what is done about it, and what the customer may expect."""

    causes: Causes
    action: Annotated[Wording, Field(description="what is being done, in words fit for the customer")]
    ask: Annotated[Wording | None, Field(description="what is needed from the customer")] = None
    ask_by: Day | None = None
    next_news_on: Annotated[Day | None, Field(description="when the customer hears next")] = None

    @field_validator("ask_by")
    @classmethod
    def _asks_for_something(cls, day: date | None, given: ValidationInfo) -> date | None:
        if day is not None and given.data.get("ask", "") is None:
            raise ValueError(words.NO_ASK)
        return day

    def require_ahead(self, today: date) -> None:
        """Invalid where one of its days has passed, or cannot be meant."""
        for name, day in (("ask_by", self.ask_by), ("next_news_on", self.next_news_on)):
            if day is not None:
                require_soon(day, today, name)

    def said(self) -> dict[str, Any]:
        """What a delay keeps of it. Invalid names each cause that cannot be."""
        return {"causes": causes_of(self.causes), **{name: getattr(self, name) for name in ("action", "ask", "ask_by", "next_news_on")}}


class DelayBody(Explanation):
    """What is said of a delay, when it is logged and when it is updated."""

    new_date: Annotated[Day, Field(description="when the milestone is expected now")]
    promise: Annotated[NewPromise | None, Field(description="moves the promise of the delayed lines; left out, it stands")] = None

    def require_ahead(self, today: date) -> None:
        super().require_ahead(today)
        if self.promise is not None:
            require_ahead(self.promise.to, today, "promise.to")


class LogDelay(DelayBody):
    """A delay of one order."""

    model_config = ConfigDict(json_schema_extra={"examples": [KNOWN, UNDER_INVESTIGATION]})

    milestone: MilestoneCode
    shipment: GivenLeg = None


class LogShipmentDelay(DelayBody):
    """A delay of a shipment with all its orders."""

    model_config = ConfigDict(json_schema_extra={"examples": [SAILS_LATER]})

    milestone: MilestoneCode


class UpdateDelay(DelayBody):
    """The delay as it stands now; replaces what was said before."""

    model_config = ConfigDict(json_schema_extra={"examples": [LATER_STILL]})


class Retraction(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the mill delivered on its day after all"}]})

    reason: Note


class Attribution(Body):
    """The causes that were found."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"causes": [{"code": "SUP-LATE", "days": 2}, {"code": "PRD-BRK", "days": 1, "evidence": "repair sheet of line 3"}]}
            ]
        }
    )

    causes: Causes


@dataclass(frozen=True, slots=True)
class Delay:
    """A delay of one order (`order_id`), of a shipment (`shipment_id`), or of one customer's orders in a disruption (`disruption_id`).

    `shipment` is the number of the delayed shipment or leg; orders in a disruption have legs of their own, and may have days of their
    own, of which `new_date` is the last.
    `revision` counts what customers may hear: 1 when logged, one more with each update; `version` counts every change.
    """

    delay_id: UUID
    order_id: UUID | None
    shipment_id: UUID | None
    disruption_id: UUID | None
    shipment: str | None
    milestone: str
    new_date: date
    causes: tuple[Cause, ...]
    action: LocalText
    ask: LocalText | None
    ask_by: date | None
    next_news_on: date | None
    revision: int
    version: int
    status: DelayStatus
    logged_by: str
    logged_at: datetime
    worked: Mapping[str, WorkCalendar] = field(default_factory=dict, compare=False)
    """The calendar of which it says that days are closed, as if they were worked: by these days the delay is late."""

    @property
    def under_investigation(self) -> bool:
        return unknown(self.causes)

    def require_ahead(self, today: date) -> None:
        """Invalid where its new date has passed."""
        require_ahead(self.new_date, today, "new_date")

    def require_days(self, plans: Sequence[Plan]) -> None:
        """Invalid at the cause with which they account for more days than the delay has, in the order that it makes the latest."""
        if not claimed(self.causes):
            return
        plans = [replace(plan, calendars={**plan.calendars, **self.worked}) for plan in plans]
        late = [days_late(plan, node, self.new_date) for plan in plans for node in plan.nodes if self._is_of(node)]
        if late:
            require_days(self.causes, max(late))

    def _is_of(self, node: Node) -> bool:
        """The orders of a disruption have legs of their own."""
        return node.milestone == self.milestone and (self.disruption_id is not None or node.shipment == self.shipment)

    def told(self, orders: tuple[TouchedOrder, ...]) -> DelayFacts:
        return DelayFacts(
            delay_id=self.delay_id,
            revision=self.revision,
            order_id=self.order_id,
            disruption_id=self.disruption_id,
            shipment=self.shipment,
            milestone=self.milestone,
            new_date=self.new_date,
            causes=self.causes,
            under_investigation=self.under_investigation,
            action=self.action,
            ask=self.ask,
            ask_by=self.ask_by,
            next_news_on=self.next_news_on,
            orders=orders,
            logged_by=self.logged_by,
        )


def causes_read(rows: Iterable[Sequence[Any]]) -> tuple[Cause, ...]:
    """Causes as statements select them: code, party, days, evidence."""
    return tuple(Cause(code=code, party=party, days=days, evidence=evidence) for code, party, days, evidence in rows)


def claimed(causes: Sequence[Cause]) -> int:
    """The days that they account for."""
    return sum(cause.days or 0 for cause in causes)


def require_days(causes: Sequence[Cause], late: int) -> None:
    """Invalid at the cause with which they account for more days than a delay of so many has."""
    for at, cause in enumerate(causes):
        so_far = claimed(causes[: at + 1])
        if cause.days and so_far > late:
            raise Invalid(words.too_many_days(late, so_far), field=f"causes.{at}.days")


def unknown(causes: Sequence[Cause]) -> bool:
    """Whether they are under investigation: the only cause is UNKNOWN."""
    return [cause.code for cause in causes] == [UNKNOWN]


def causes_of(given: tuple[GivenCause, ...], *, found: bool = False) -> tuple[Cause, ...]:
    """The causes with their parties; Invalid names each that cannot be. `found`: the investigation is over, UNKNOWN is no answer."""
    errors = []
    seen: set[tuple[CauseCode, Party]] = set()
    causes = []
    for index, cause in enumerate(given):
        party = cause.party or CAUSES[cause.code].party
        reason = _wrong(cause, party, len(given), found) or (words.TWICE if (cause.code, party) in seen else None)
        if reason:
            errors.append(FieldError(f"causes.{index}.{'party' if 'party' in reason and cause.party else 'code'}", reason))
        seen.add((cause.code, party))
        causes.append(Cause(code=cause.code, party=party, days=cause.days, evidence=cause.evidence))
    require_none(errors)
    return tuple(causes)


def _wrong(cause: GivenCause, party: Party, count: int, found: bool) -> Both | None:
    if cause.code != UNKNOWN:
        return words.needs_party(cause.code, CAUSES[cause.code].party) if party == "unknown" else None
    if found:
        return words.NOT_FOUND_YET
    if count > 1:
        return words.ALONE
    return words.NO_PARTY_YET if party != "unknown" else None
