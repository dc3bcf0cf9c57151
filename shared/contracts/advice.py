"""Events of what a customer was advised for his order, and what he answered. Aggregate: the order.

An advice that he accepts moves nothing by itself: what comes of it is done by its own command.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Contract, Event
from shared.contracts.text import LocalText

AdviceTopic = Literal["goods", "quantity", "dates", "transport", "packing", "quality", "price", "payment", "documents", "other"]
AdviceWay = Literal["mail", "phone", "chat", "meeting"]
AdviceAnswer = Literal["accepted", "declined"]


TOPICS: Mapping[AdviceTopic, LocalText] = MappingProxyType(
    {
        "goods": LocalText(en="the goods", zh_cn="货品"),
        "quantity": LocalText(en="quantity", zh_cn="数量"),
        "dates": LocalText(en="dates", zh_cn="交期"),
        "transport": LocalText(en="transport", zh_cn="运输"),
        "packing": LocalText(en="packing", zh_cn="包装"),
        "quality": LocalText(en="quality", zh_cn="质量"),
        "price": LocalText(en="price", zh_cn="价格"),
        "payment": LocalText(en="payment", zh_cn="付款"),
        "documents": LocalText(en="documents", zh_cn="单证"),
        "other": LocalText(en="other", zh_cn="其他"),
    }
)
"""What an advice may be about."""


class AdviceFacts(Contract):
    """An advice as it stands."""

    advice_id: UUID
    order_id: UUID
    order: str = Field(description="order number")
    customer_id: UUID
    topic: AdviceTopic
    suggestion: LocalText = Field(description="in words fit for the customer")
    given_by: str
    given_on: date
    way: AdviceWay = Field(description="how it was given")
    answer: AdviceAnswer | None = Field(default=None, description="null while there is none")
    answer_text: str | None = None
    answered_on: date | None = None
    recorded_by: str | None = Field(default=None, description="who recorded the answer")
    withdrawn: str | None = Field(default=None, description="why it was taken back")


class AdviceGiven(Event, type="orders.order.advice_given.v1"):
    """The customer was advised to have something otherwise."""

    advice: AdviceFacts


class AdviceAnswered(Event, type="orders.order.advice_answered.v1"):
    """He accepted or declined it; again, where he says otherwise than before."""

    advice: AdviceFacts


class AdviceWithdrawn(Event, type="orders.order.advice_withdrawn.v1"):
    """It was taken back before he answered."""

    advice: AdviceFacts
