"""Rules of the staff directory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, EmailStr, Field, ValidationInfo, field_validator

from services.customers import words
from services.customers.staff.examples import PERSON
from shared.contracts.customers import ROLES, Deputy, Role, StaffChanged, StaffPersonal
from shared.contracts.places import TimeZone
from shared.contracts.reasons import not_staff
from shared.contracts.text import Both, Language, Line, Phone, Shape
from shared.problems import Conflict, Invalid

Login = Annotated[
    str,
    Shape(
        r"^[a-z0-9][a-z0-9._@-]{0,63}$",
        Both(
            "is not a login: 1 to 64 of a-z 0-9 . _ @ -, a letter or digit first",
            "不是用户名：须为 1 至 64 个字符（a-z 0-9 . _ @ -），并以字母或数字开头",
        ),
    ),
]


class StillOwns(Conflict):
    """Somebody who leaves hands over his customers first."""

    slug = "still-owns-customers"
    title = Both("Still owns customers", "名下仍有客户")


class StandIn(BaseModel):
    """A colleague who stands in from `first` to `last`, both included, in the time zone of the one who is away."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    login: Login
    first: date
    last: date

    @field_validator("last")
    @classmethod
    def _in_order(cls, last: date, given: ValidationInfo) -> date:
        first = given.data.get("first")
        if first is not None and last < first:
            raise ValueError(Both(f"the last day {last} is before the first {first}", f"最后一天 {last} 早于第一天 {first}"))
        return last


class Person(BaseModel):
    """A member of staff as an admin enters him."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [PERSON]})

    name: Line
    department: Line = Field(description="as the milestone templates name it", examples=["sales"])
    team: Line | None = None
    manager: Login | None = Field(default=None, description="login of the one he reports to")
    deputies: tuple[StandIn, ...] = Field(default=(), max_length=20)
    language: Language
    time_zone: TimeZone
    email: EmailStr = Field(max_length=254)
    phone: Phone | None = None
    roles: tuple[Role, ...] = Field(default=(), max_length=len(ROLES), description="additive: one person may be several things")
    active: bool = True

    @field_validator("roles")
    @classmethod
    def _each_once(cls, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        return tuple(sorted(set(roles)))

    @field_validator("deputies")
    @classmethod
    def _in_date_order(cls, deputies: tuple[StandIn, ...]) -> tuple[StandIn, ...]:
        unique = {(one.login, one.first): one for one in deputies}
        if len(unique) < len(deputies):
            raise ValueError(Both("the same deputy is listed twice from the same day", "同一代理人从同一天起重复填写"))
        return tuple(sorted(deputies, key=lambda one: (one.first, one.login)))


class Member(Person):
    """A member of staff in the directory; `version` counts his changes."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "019c99f4-5e08-7d16-b2c9-7a4f1d3e8056", "login": "mei.lin", **PERSON, "version": 1}]}
    )

    id: UUID
    login: Login
    version: int


@dataclass(frozen=True, slots=True)
class Standing:
    """`principal` has appointed somebody from `first` to `last`; the dates are days in `time_zone`, the principal's."""

    principal: str
    time_zone: str
    first: date
    last: date


def entered(known: Member | None, id: UUID, login: str, person: Person) -> Member:
    """The member with `person`'s data, one version on; `known` itself when nothing changes."""
    if known is not None and known.model_dump(include=set(Person.model_fields)) == person.model_dump():
        return known
    identity, version = (known.id, known.version + 1) if known else (id, 1)
    return Member(id=identity, login=login, version=version, **person.model_dump())


def check_colleagues(member: Member, above_manager: Sequence[str], active: frozenset[str]) -> None:
    """`Invalid` where the manager or a deputy is nobody in the directory, or the reporting line would run in a circle.

    `above_manager` is the reporting line from the manager upwards, the manager himself first and empty when he is unknown;
    `active` are those of the named colleagues who are active staff.
    """
    if member.manager is not None:
        if not above_manager:
            raise Invalid(words.no_colleague(member.manager), field="manager")
        if member.login in above_manager:
            english = f"{member.manager} reports to {member.login}, directly or through others"
            raise Invalid(Both(english, f"{member.manager} 直接或间接向 {member.login} 汇报"), field="manager")
    for index, deputy in enumerate(member.deputies):
        if deputy.login == member.login:
            raise Invalid(Both("nobody stands in for himself", "本人不能代理自己"), field=f"deputies.{index}.login")
        if deputy.login not in active:
            raise Invalid(not_staff(deputy.login), field=f"deputies.{index}.login")


def check_leaving(member: Member, customers: int) -> None:
    """`StillOwns` when somebody who owns customers is made inactive: a customer always has an owner at work."""
    if not member.active and customers:
        detail = Both(
            f"{member.login} still owns {customers} customers; transfer them first", f"{member.login} 名下仍有 {customers} 个客户，请先移交"
        )
        raise StillOwns(detail, customers=customers)


def standing_in(standings: Iterable[Standing], now: datetime) -> list[str]:
    """The principals whose stand-in's time has come and is not over."""
    return sorted({one.principal for one in standings if one.first <= now.astimezone(ZoneInfo(one.time_zone)).date() <= one.last})


def personal(member: Member) -> StaffPersonal:
    return StaffPersonal(name=member.name, email=member.email, phone=member.phone)


def changed(member: Member, sealed: str) -> StaffChanged:
    """The event; `sealed` is `personal(member)` under the member's key."""
    return StaffChanged(
        staff_id=member.id,
        login=member.login,
        department=member.department,
        team=member.team,
        manager=member.manager,
        deputies=tuple(Deputy(login=one.login, first=one.first, last=one.last) for one in member.deputies),
        language=member.language,
        time_zone=member.time_zone,
        roles=member.roles,
        active=member.active,
        personal=sealed,
    )
