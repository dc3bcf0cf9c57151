"""When customers are told that their goods arrive, so that they get ready for them. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

MOST_DAYS = 60
"""So long before they arrive customers are told at the earliest."""


def arrival(etas: Sequence[date], told: date | None, said: date, notice: int, today: date) -> tuple[date | None, date]:
    """The arrival to tell now of a shipment whose orders on their way are expected then, and the day to look again.

    It is told once of each day on which the last of them is expected, from `notice` days before on, and looked at daily then, since dates
    move. As long as none is on its way, `said` by the carrier is the day.
    """
    tomorrow, lead = today + timedelta(days=1), timedelta(days=notice)
    eta = max(etas, default=None)
    if eta is None:
        return None, max(tomorrow, said - lead)
    if today < eta - lead:
        return None, eta - lead
    return (eta if today <= eta and eta != told else None), tomorrow
