"""The customer asks for another day, and we answer: with a promise, which is its own command, or by keeping the one that stands. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.fields import Body, Day, Note, Number, require_ahead, require_come, too_far
from services.orders.planning.domain.due import unplaced
from services.orders.planning.model import Line, Plan
from services.orders.planning.words import delivered_on, unknown_line
from services.orders.requests import words
from shared.contracts.requests import Former, PromiseKept, PromiseRequested, RequestedLine
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, Invalid, require_none


class RequestOver(Conflict):
    """Each of its lines is answered, delivered or cancelled, or he has asked for another day since."""

    slug = "request-over"
    title = Both("The request does not wait any more", "该改期要求已无需答复")


class AnswerWaits(Conflict):
    """A new promise is its answer already, once it is approved."""

    slug = "answer-waits"
    title = Both("An answer to the request waits for approval", "对该改期要求的答复正待审批")


class AskForDay(Body):
    """The day that the customer asks for; without `lines` for every line that is still to be delivered."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"lines": ["2"], "day": "2026-05-29", "why": "Our fair begins on 1 June, we need them there."}]}
    )

    lines: Annotated[tuple[Number, ...] | None, Field(min_length=1, max_length=1000)] = None
    day: Day
    why: Annotated[Note, Field(description="in his words")]
    contact: Annotated[UUID | None, Field(description="who asked, where it is known")] = None
    asked_on: Annotated[Day | None, Field(description="left out, today")] = None
    replies_to: Annotated[Former, Field(description="what he answers: the promise of each line as it stands, or the day expected last")] = (
        "promise"
    )


class KeepPromise(Body):
    """Why the promise is kept, against what the customer asks for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The dye house has no earlier slot; air freight was declined."}]})

    reason: Note


@dataclass(frozen=True, slots=True)
class DayRequest:
    """What a customer asked for: the lines with their entries in the ledger, and those that wait for our answer."""

    request_id: UUID
    order_id: UUID
    entries: Mapping[str, int]
    waiting: frozenset[str]

    def answers(self, order_id: UUID, lines: Collection[str]) -> bool:
        """Whether a promise of these lines can be an answer to it."""
        return order_id == self.order_id and any(line in self.entries for line in lines)


def open_lines(plan: Plan, named: tuple[str, ...] | None) -> tuple[Line, ...]:
    """The lines named, or all that are to be delivered. Invalid for one that does not exist or has been delivered."""
    by_number = {line.line: line for line in plan.lines}
    wanted = named if named is not None else tuple(line.line for line in plan.lines if line.delivered is None)
    errors = []
    for index, number in enumerate(wanted):
        line = by_number.get(number)
        if line is None:
            errors.append(FieldError(f"lines.{index}", unknown_line(plan.number, number)))
        elif line.delivered is not None:
            errors.append(FieldError(f"lines.{index}", delivered_on(plan.number, number, line.delivered)))
    require_none(errors)
    return tuple(by_number[number] for number in dict.fromkeys(wanted))


def ask(plan: Plan, body: AskForDay, *, request_id: UUID, today: date, stranger: bool = False) -> PromiseRequested:
    """What the customer asks for. Invalid where it is what he has been promised, or who asked is a `stranger` to him."""
    if stranger:
        raise Invalid(words.no_contact(plan.number), field="contact")
    asked_on = body.asked_on or today
    require_come(asked_on, today, "asked_on")
    if placed := unplaced(plan, asked_on):
        raise Invalid(words.asked_first(placed, asked_on), field="asked_on")
    require_ahead(body.day, today, "day")
    lines = [line for line in open_lines(plan, body.lines) if line.promised != body.day]
    if not lines:
        raise Invalid(words.promised(plan.number, body.day), field="day")
    if why := too_far(body.day, max([today, *(line.promised for line in lines), *(line.estimated for line in lines)])):
        raise Invalid(why, field="day")
    return PromiseRequested(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        request_id=request_id,
        lines=tuple(RequestedLine(line=line.line, promised=line.promised, estimated=line.estimated) for line in lines),
        day=body.day,
        why=body.why,
        contact_id=body.contact,
        asked_on=asked_on,
        replies_to=body.replies_to,
    )


def keep(plan: Plan, request: DayRequest, reason: str, answers: Collection[UUID] = ()) -> PromiseKept:
    """The answer that the promise stands, for those lines that wait for one; `answers` are approvals that wait to give another."""
    if answers:
        raise AnswerWaits(words.waits(answers), approvals=[str(one) for one in answers])
    lines = [line for line in plan.lines if line.line in request.waiting and line.delivered is None]
    if not lines:
        raise RequestOver(words.over(plan.number))
    return PromiseKept(
        order_id=plan.order_id,
        number=plan.number,
        customer_id=plan.customer_id,
        request_id=request.request_id,
        lines=tuple(RequestedLine(line=line.line, promised=line.promised, estimated=line.estimated) for line in lines),
        note=reason,
    )
