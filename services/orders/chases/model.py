"""What is asked of somebody, and what he answers."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from services.orders.fields import Body, Day, GivenLeg, MilestoneCode, Note, Short
from services.orders.planning.model import Key
from services.orders.templates.model import Department
from shared.contracts.blame import blame
from shared.contracts.chases import ChaseFacts
from shared.contracts.text import Both

ChaseStatus = Literal["open", "answered", "closed", "withdrawn"]
PARTS = "further shipments in which a part of the goods travels that were asked about; null: in none yet"


class Ask(Body):
    """A question about a milestone: to a person by his login, or to a department, whose head is asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "milestone": "MAT_IN",
                    "login": "zhu.min",
                    "question": "When does the twill FAB-2231 leave the mill?",
                    "answer_by": "2026-03-18",
                },
                {"milestone": "BKG_CONF", "department": "logistics", "question": "SH-2026-041 的舱位确认了吗？", "answer_by": "2026-04-13"},
            ]
        }
    )

    milestone: MilestoneCode
    shipment: GivenLeg = None
    login: Short | None = None
    department: Annotated[
        Department | None, Field(description="left out with the login: who is named on the milestone, or its department")
    ] = None
    question: Note
    answer_by: Day

    @model_validator(mode="after")
    def _one_asked(self) -> Self:
        if self.login is not None and self.department is not None:
            raise blame(["login", "department"], Both("ask either a person or a department", "请询问某人或某部门，二者择一"))
        return self


class GivenAnswer(Body):
    """When it will happen or has happened, or a word on it. One of both days at most, and not nothing."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"day": "2026-03-24", "text": "The dye house is four days late."}, {"done_on": "2026-03-24"}]}
    )

    day: Annotated[Day | None, Field(description="when it will happen: the milestone's estimate from now on")] = None
    done_on: Annotated[Day | None, Field(description="when it has happened: proposed to who follows the order")] = None
    text: Note | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.day is not None and self.done_on is not None:
            raise blame(["day", "done_on"], Both("it either will happen or has happened", "将完成与已完成只能填其一"))
        if (self.day, self.done_on, self.text) == (None, None, None):
            raise blame(["day", "done_on", "text"], Both("say a day or a word", "请填写日期或说明"))
        return self


@dataclass(frozen=True, slots=True)
class Chase:
    """A chase under the rules. `level` counts how often it was escalated; `escalated_to` is who was asked last; `sealed_link` is what
    `personal` holds of events that ask the first one. `parts` are the further legs in which a part of the goods travels that were asked
    about. `answered_by` is the login of who answered, null in old answers by the link of who was asked; `on_behalf_of` whose
    deputy he is.
    """

    chase_id: UUID
    order_id: UUID
    order: str
    customer_id: UUID
    shipment: str | None
    milestone: str
    asked: str
    department: str | None
    question: str
    answer_by: date
    asked_by: str
    asked_at: datetime
    sealed_link: str = ""
    status: ChaseStatus = "open"
    level: int = 0
    escalated_to: str | None = None
    reminders: int = 0
    answers: int = 0
    day: date | None = None
    done_on: date | None = None
    text: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    on_behalf_of: str | None = None
    version: int = 1
    parts: tuple[str | None, ...] = ()

    @property
    def legs(self) -> tuple[str | None, ...]:
        return (self.shipment, *self.parts)

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple((leg, self.milestone) for leg in self.legs)

    def told(self) -> ChaseFacts:
        same = {name: getattr(self, name) for name in ChaseFacts.model_fields if name != "number"}
        return ChaseFacts(number=self.order, **same)
