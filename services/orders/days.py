"""Days as people say them, against today. A day of grace: where the caller is it may be the day after that of UTC, or the day before."""

from datetime import date, timedelta

from shared.problems import Invalid

GRACE = timedelta(days=1)


def require_come(day: date, today: date, field: str) -> None:
    """Invalid for a day that has not come."""
    if day > today + GRACE:
        raise Invalid(f"{day} has not come yet: today is {today}", field=field)


def require_ahead(day: date, today: date, field: str) -> None:
    """Invalid for a day that has passed."""
    if day < today - GRACE:
        raise Invalid(f"{day} has passed: today is {today}", field=field)
