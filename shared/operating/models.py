"""Dead letters and what was done about them, as they travel over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.contracts.text import LEGIBLE, Both
from shared.web.paging import PageQuery

State = Literal["parked", "replaying", "replayed", "discarding", "discarded"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), LEGIBLE]

MOST_AT_ONCE = 1000


class DeadLetter(BaseModel):
    """A message that was given up. Without aggregate, sequence and event_id it could not even be read."""

    id: UUID
    state: State
    consumer: str
    type: str
    publisher: str | None
    aggregate: UUID | None
    sequence: int | None
    event_id: UUID | None
    stream_sequence: int
    error: str
    error_hash: str | None = Field(description="the same for the same error at the same place in the code")
    tries: int
    first_at: datetime
    last_at: datetime


class OperatorAction(BaseModel):
    """What somebody asked for, or what came of it: then `of` names what was asked."""

    id: UUID
    at: datetime
    who: str
    what: str
    object: UUID
    before: str
    after: str
    reason: str | None
    correlation_id: str
    of: UUID | None


class DeadLetterDetail(DeadLetter):
    """With headers and body as they came; what is personal in them stays sealed."""

    headers: dict[str, str]
    body: str
    actions: list[OperatorAction]


class Decided(BaseModel):
    """The letter after the decision. Not `settled`, the owner of its shard has it yet to do: look at the letter again."""

    letter: DeadLetter
    settled: bool


class Asked(BaseModel):
    """How many letters will be replayed; with `more`, as many as were allowed at once, and others match still."""

    asked: int
    more: bool


class Matching(BaseModel):
    """Which letters are meant; all of what is given must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    consumer: Name | None = None
    type: Name | None = None
    publisher: Name | None = None
    aggregate: UUID | None = None
    error_hash: Name | None = None
    since: AwareDatetime | None = Field(default=None, description="last tried at that time or later")
    until: AwareDatetime | None = Field(default=None, description="last tried before that time")


class LetterQuery(Matching, PageQuery):
    """The list's filters."""

    state: State | None = None


class ReplayMatching(Matching):
    """At least one filter; letters that are parked, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"consumer": "notifications-3", "type": "orders.plan.reestimated.v1", "at_most": 100}]}
    )

    at_most: int = Field(default=200, ge=1, le=MOST_AT_ONCE)

    @model_validator(mode="after")
    def _names_something(self) -> "ReplayMatching":
        if not self.model_fields_set - {"at_most"}:
            raise ValueError(Both("say which letters: give at least one filter", "请指明死信：至少给出一个筛选条件"))
        return self


class Discard(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "sent by a test client, never an order"}]})

    reason: Reason


class WaitQuery(BaseModel):
    wait: float = Field(default=0.0, ge=0.0, le=5.0, description="seconds to wait for the outcome")


class ActionQuery(PageQuery):
    who: Name | None = None
    what: Name | None = None
    object: UUID | None = None
    since: AwareDatetime | None = None
