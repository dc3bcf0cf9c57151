"""Shapes of what people type: business numbers, codes, short texts, days."""

from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.approvals import Money
from shared.contracts.blame import blame
from shared.contracts.money import NO_CURRENCY, rounded, too_fine, unlisted
from shared.contracts.places import IN_A_COUNTRY
from shared.contracts.text import HALF_WIDTH, LEGIBLE, NOT_BLANK, ONE_LINE, UNSEEN, Both, LocalText, Prose, Shape
from shared.problems import Invalid

_NOUNS = """
shipments imports mappings delays disruptions suppliers templates calendars codes approvals approval-rules exceptions work
credits clauses documents customs events risks risk-limits chases answers production stock inspections advice materials arrival-notices
"""
RESERVED = frozenset(_NOUNS.split()) | {"openapi.json", "docs"}
"""Path words beside the orders: no order may have one of them as its number."""


_NO_PATH = Both(
    "has an empty part, or one of dots alone, between slashes: it could not stand in an address",
    "斜杠之间不得为空，也不得只有点号：无法用于网址",
)


def _survives_in_a_path(number: str) -> str:
    if any(part in ("", ".", "..") for part in number.split("/")):
        raise ValueError(_NO_PATH)
    return number


_NUMBER = Shape(
    rf"^(?! )[^\\?%{UNSEEN}\u200c-\u200f]*(?<! )$",
    Both(
        "has what no number of ours can have: a blank at an end, \\ ? % or a character that cannot be seen",
        "含有编号中不允许的内容：首尾空格、\\ ? % 或不可见字符",
    ),
)
Number = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60),
    _NUMBER,
    AfterValidator(_survives_in_a_path),
    HALF_WIDTH,
]
"""A number or code that people use and that stands in paths, percent-encoded there: a slash is `%2F`."""

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), ONE_LINE, NOT_BLANK]
"""One line of text, not blank; blanks around it do not count."""


def single_blanks(name: str) -> str:
    return " ".join(name.split())


Vessel = Annotated[Short, AfterValidator(single_blanks)]
"""The name of a vessel, with one blank where several were typed: it is found by it, in upper or lower case."""

Note = Prose
"""Free text, not blank."""


def _worded(text: LocalText) -> LocalText:
    given = {language: said for language, said in (("en", text.en), ("zh-CN", text.zh_cn)) if said is not None}
    for shape in (LEGIBLE, NOT_BLANK):
        if wrong := [language for language, said in given.items() if not shape.fits(said)]:
            raise blame(wrong, shape.words)
    return text


Wording = Annotated[LocalText, AfterValidator(_worded)]
"""Free text in one language or both, blank in neither."""

_FIRST, _LAST = date(1970, 1, 1), date(2199, 12, 31)
Day = Annotated[date, Field(ge=_FIRST, le=_LAST)]
"""A day that business can mean: a plan reckoned from it, however long its template, stays within what a date can be."""


def _meant(at: datetime) -> datetime:
    if not _FIRST <= at.date() <= _LAST:
        raise ValueError(Both(f"is not between {_FIRST} and {_LAST}", f"须在 {_FIRST} 至 {_LAST} 之间"))
    return at


MEANT = AfterValidator(_meant)
"""The same of an instant, by the day at its place."""

GRACE = timedelta(days=1)
"""Where the caller is, it may be the day after that of UTC, or the day before."""

NO_GRACE = timedelta()
"""What somebody is asked for falls overdue by the days of UTC, and is asked for by them, wherever the caller is."""


def to_come(day: date, today: date) -> Both | None:
    """Why nothing can have happened on a day that has not come."""
    return Both(f"{day} has not come yet: today is {today}", f"{day} 尚未到来，今天是 {today}") if day > today + GRACE else None


def gone_by(day: date, today: date, grace: timedelta = GRACE) -> Both | None:
    """Why nothing can be expected on a day that has passed."""
    return Both(f"{day} has passed: today is {today}", f"{day} 已过，今天是 {today}") if day < today - grace else None


FARTHEST = timedelta(days=730)


def too_far(day: date, expected: date) -> Both | None:
    """Why a day that lies so far beyond what is expected, or beyond today, is no news but a slip of the year: customers would read it."""
    if day <= expected + FARTHEST:
        return None
    return Both(
        f"{day} is more than {FARTHEST.days} days after {expected}: check the year",
        f"{day} 比 {expected} 晚 {FARTHEST.days} 天以上，请核对年份",
    )


def require_come(day: date, today: date, field: str) -> None:
    """Invalid for a day that has not come."""
    if why := to_come(day, today):
        raise Invalid(why, field=field)


def require_ahead(day: date, today: date, field: str) -> None:
    """Invalid for a day that has passed."""
    if why := gone_by(day, today):
        raise Invalid(why, field=field)


def not_soon(day: date, today: date, grace: timedelta = GRACE) -> Both | None:
    """Why nothing can be asked for or expected on a day that has passed, or lies too far ahead."""
    return gone_by(day, today, grace) or too_far(day, today)


def require_soon(day: date, today: date, field: str, grace: timedelta = GRACE) -> None:
    """Invalid for a day that has passed, or lies too far ahead."""
    if why := not_soon(day, today, grace):
        raise Invalid(why, field=field)


def given_money(money: Money, *within: str) -> Money:
    """What a validator asks of an amount; `within` is the way to it from what it validates."""
    if why := unlisted(money.currency):
        raise blame([".".join((*within, "currency"))], why)
    if why := too_fine(money.amount, money.currency):
        raise blame([".".join(within)], why)
    return money


GivenMoney = Annotated[Money, AfterValidator(given_money)]
"""An amount that somebody gives: in whole minor units of a currency of ISO 4217. What was given before this rule stays as it is."""


def in_full(money: Money) -> Money:
    """An amount with all the digits of its currency, however few were typed; one that has more of them stays as it is."""
    if too_fine(money.amount, money.currency):
        return money
    return money.model_copy(update={"amount": rounded(money.amount, money.currency)})


ShownMoney = Annotated[Money, AfterValidator(in_full)]
"""An amount as it is shown."""


def _listed(currency: str) -> str:
    if why := unlisted(currency):
        raise ValueError(why)
    return currency


Currency = Annotated[str, Shape(r"^[A-Z]{3}$", NO_CURRENCY), AfterValidator(_listed)]
Locode = Annotated[str, Shape(r"^[A-Z]{2}[A-Z2-9]{3}$", Both("is not a UN/LOCODE, like CNSHA", "须为 UN/LOCODE，如 CNSHA")), IN_A_COUNTRY]
MilestoneCode = Annotated[str, Shape(r"^[A-Z][A-Z0-9_]{1,19}$", Both("is not a milestone code, like DEPART", "须为节点代码，如 DEPART"))]


GivenLeg = Annotated[
    Number | None,
    Field(
        description="the leg by its shipment, null: the part that is in none; needed only where several can be meant, which the refusal "
        "lists so in `shipments`"
    ),
]
"""The part of an order that a command on one of its milestones means, where it is named."""

ABSENT = Field(description="login of the absent colleague whose it is by name, and for whom the caller stands in")
"""Of what is on somebody's work list by name."""


class Body(BaseModel):
    """A request body or a part of one: unknown fields are refused. What checks it is made for its first request."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Answer(BaseModel):
    """A response body or a part of one. What writes it is made for its first request."""

    model_config = ConfigDict(frozen=True, defer_build=True)
