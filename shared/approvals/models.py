"""Approvals as callers send and read them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.approvals.domain import Deed, Request, Status
from shared.approvals.rules import Rule
from shared.contracts.approvals import Amount
from shared.contracts.customers import Grade, Role
from shared.contracts.text import Both, Line, Prose
from shared.web.paging import PageQuery

View = Literal["to_decide", "asked", "all"]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Approve(_Body):
    """Yes to one level; `level` as it was read, so that nobody approves a level that he has not seen."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"level": 1, "reason": "agreed with the customer on the phone"}]})

    level: Annotated[int, Field(ge=1, le=5)]
    reason: Prose | None = None


class Refuse(_Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "air freight first: the customer is a key account"}]})

    reason: Prose


class Withdraw(_Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the vessel sails on its day after all"}]})

    reason: Prose | None = None


class RequestsQuery(PageQuery):
    """What requests are listed by."""

    view: Annotated[View, Field(description="those that the caller may decide now, those that he asked, or all in his sight")] = "all"
    status: Status | None = None
    kind: Annotated[str | None, Field(max_length=60)] = None
    subject: Annotated[Line | None, Field(description="number of what it is about: an order's")] = None
    customer: Annotated[Line | None, Field(description="customer code")] = None


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Entry(_Answer):
    """What was done about a request at one level; `on_behalf_of` is the absent colleague for whom a deputy decided."""

    level: int
    deed: Deed
    actor: str
    on_behalf_of: str | None
    reason: Both | None
    at: datetime


class RequestShown(_Answer):
    """A command that waits, or what became of it. Who decides it, beside deputies, and by when are given while it waits."""

    approval: UUID
    kind: str
    subject: Annotated[str, Field(description="number of what it is about: an order's")]
    customer: Annotated[str | None, Field(description="customer code")]
    requester: str
    asked_at: datetime
    amount: Amount
    grade: Annotated[Grade | None, Field(description="the customer's when it was asked")]
    command: Annotated[dict[str, Any], Field(description="what is carried out once the last level has approved")]
    status: Status
    level: int
    levels: int
    deciders: Annotated[tuple[str, ...], Field(description="logins")]
    roles: Annotated[tuple[Role, ...], Field(description="anybody who has one of them")]
    due_at: Annotated[datetime | None, Field(description="others are asked, too, when nobody has decided by then")]
    mine: Annotated[bool, Field(description="the caller may decide it now")]
    entries: tuple[Entry, ...]
    version: int


class Waiting(_Answer):
    """A command that was not carried out: it waits for somebody's approval, by when, before others are asked, too."""

    approval: UUID
    subject: str
    deciders: Annotated[tuple[str, ...], Field(description="logins")]
    roles: Annotated[tuple[Role, ...], Field(description="anybody who has one of them")]
    due_at: datetime
    level: int
    levels: int


def waiting(request: Request) -> Waiting:
    turn = request.turn()
    return Waiting(
        approval=request.id,
        subject=request.subject.number,
        deciders=turn.deciders,
        roles=turn.roles,
        due_at=request.due_at,
        level=request.level,
        levels=len(request.levels),
    )


class RuleShown(_Answer):
    """The rule in force for one kind of command; earlier revisions are kept with who wrote them."""

    kind: str
    version: int
    rule: Rule
    changed_by: str
    changed_at: datetime


class RuleList(_Answer):
    items: tuple[RuleShown, ...]
