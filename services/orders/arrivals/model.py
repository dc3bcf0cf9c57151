"""Notices of arrival as the firm sets them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from services.orders.arrivals.domain import MOST_DAYS
from services.orders.fields import Body

NoticeDays = Annotated[int, Field(ge=0, le=MOST_DAYS, description="calendar days before the arrival; 0: on the day itself")]


class ArrivalNotice(Body):
    """How long before goods arrive customers are told, where nothing else was agreed of their shipment."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 7}]})

    days: NoticeDays
