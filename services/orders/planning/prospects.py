"""Whether promises can still be kept, as the API says it of each leg."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.orders.fields import Answer
from services.orders.planning.domain.reading import outlook
from services.orders.planning.model import Plan


class LegProspect(Answer):
    """What a leg can still do from today on, were everything done as soon as it can be; null where nothing is to be delivered."""

    shipment: str | None
    earliest_promise: Annotated[date | None, Field(description="the earliest day on which it can be delivered")]
    provisional: Annotated[
        bool | None, Field(description="reckoned over days of which the official list is not published yet: it may still move")
    ]
    slack_days: Annotated[int | None, Field(description="calendar days from then to its promise")]
    feasible: Annotated[bool | None, Field(description="false: the promise cannot be kept, whatever is done")]


def prospects(plan: Plan, today: date) -> tuple[LegProspect, ...]:
    """Of each leg of a plan."""
    return tuple(
        LegProspect(
            shipment=one.shipment,
            earliest_promise=one.earliest,
            provisional=one.provisional,
            slack_days=one.spare_days,
            feasible=one.spare_days >= 0,
        )
        if one.next is not None and plan.status == "open"
        else LegProspect(shipment=one.shipment, earliest_promise=None, provisional=None, slack_days=None, feasible=None)
        for one in outlook(plan, today)
    )
