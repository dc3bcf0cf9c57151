"""Advice as it is given, answered, and as it stands."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.orders.fields import Body, Day, Note, Wording
from shared.contracts.advice import AdviceAnswer, AdviceFacts, AdviceTopic, AdviceWay
from shared.contracts.text import LocalText


class GiveAdvice(Body):
    """What the customer was advised to have otherwise, for his own good."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "topic": "transport",
                    "suggestion": {
                        "en": "Two of the four containers by rail would be with you 12 days earlier.",
                        "zh-CN": "建议四柜中两柜改走铁路，可提前12天到货。",
                    },
                    "way": "phone",
                    "given_on": "2026-04-02",
                }
            ]
        }
    )

    topic: AdviceTopic
    suggestion: Annotated[Wording, Field(description="in words fit for the customer, in the language he reads")]
    way: Annotated[AdviceWay, Field(description="how it was given")]
    given_on: Day


class AnswerAdvice(Body):
    """What the customer said to it; takes the place of what he said before."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"answer": "accepted", "on": "2026-04-03", "text": "Please go ahead with two by rail."}]}
    )

    answer: AdviceAnswer
    on: Day
    text: Annotated[Note | None, Field(description="in his words")] = None


class WithdrawAdvice(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the train is fully booked"}]})

    reason: Note


@dataclass(frozen=True, slots=True)
class Advice:
    """An advice under the rules; `withdrawn` is why it was taken back."""

    advice_id: UUID
    order_id: UUID
    order: str
    customer_id: UUID
    topic: AdviceTopic
    suggestion: LocalText
    given_by: str
    given_on: date
    way: AdviceWay
    answer: AdviceAnswer | None = None
    answer_text: str | None = None
    answered_on: date | None = None
    recorded_by: str | None = None
    withdrawn: str | None = None

    def told(self) -> AdviceFacts:
        return AdviceFacts(**{name: getattr(self, name) for name in AdviceFacts.model_fields})
