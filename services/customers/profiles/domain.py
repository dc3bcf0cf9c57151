"""Rules of the customer file and its owner."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from services.customers.profiles.examples import PROFILE
from shared.contracts.customers import CustomerFacts, Grade, OwnerTransferred, ProspectClass, Stage
from shared.contracts.places import Country, TimeZone
from shared.contracts.reasons import not_staff
from shared.contracts.text import HALF_WIDTH, Both, Language, Line, Shape
from shared.problems import Conflict, Forbidden, Invalid

_WORDS = "staff contacts docs openapi.json imports exports search followups samples complaints tasks targets reports leads visits"
_SIGN_IN = "tokens jwks.json password"
RESERVED = frozenset(f"{_WORDS} {_SIGN_IN}".split())
"""Words that stand, or may come to stand, where a path has the customer's code."""


class CodeTaken(Conflict):
    """A second customer under the same code; the extension `owner` says whom to ask."""

    slug = "code-taken"
    title = Both("There is a customer with this code already", "客户代码已存在")


class SameOwner(Conflict):
    slug = "same-owner"
    title = Both("The customer has this owner already", "客户已由该负责人跟进")


def _not_reserved(code: str) -> str:
    if code.lower() in RESERVED:
        raise ValueError(Both(f"{code} is a word of the interface; choose another code", f"{code} 是系统保留字，请换一个代码"))
    return code


Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=32),
    Shape(
        r"^[^\W_][\w.-]*$",
        Both(
            "is not made of letters, digits, dot, dash and underscore, with a letter or digit first",
            "须由字母、数字、点、横线和下划线组成，并以字母或数字开头",
        ),
    ),
    AfterValidator(_not_reserved),
    HALF_WIDTH,
    Field(description="the customer's business number, for ever the same; letters, digits, dot, dash, underscore", examples=["NA"]),
]


class Profile(BaseModel):
    """The customer file as people edit it."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [PROFILE]})

    name: Line
    country: Country
    language: Language
    time_zone: TimeZone
    grade: Grade = Field(default="normal", description="how important the customer is")
    stage: Stage = Field(default="live", description="a prospect has not ordered yet")
    prospect_class: ProspectClass | None = Field(
        default=None, description="A agreed but unsigned, B undecided, C long-term; prospects only"
    )

    @field_validator("prospect_class")
    @classmethod
    def _class_ends_with_the_contract(cls, of_prospect: ProspectClass | None, given: ValidationInfo) -> ProspectClass | None:
        if of_prospect is not None and given.data.get("stage") == "live":
            raise ValueError(
                Both(
                    "a live customer has no prospect class: leave it out, or make the stage prospect",
                    "正式客户没有潜在客户等级：请留空，或将阶段改为 prospect",
                )
            )
        return of_prospect


class Customer(Profile):
    """A customer; `version` moves when the file or the owner changes, not with the contacts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "019c9a0e-71d2-7b44-a1f3-0c5d8e6b9a27", "code": "NORDWIND", **PROFILE, "owner": "mei.lin", "version": 1}]
        }
    )

    id: UUID
    code: str
    owner: str = Field(description="login of the member of staff who owns the customer")
    version: int


def first_owner(wanted: str | None, login: str, sight: Collection[str] | None) -> str:
    """Who shall own a new customer: the one named, otherwise the caller.

    `Forbidden` for an owner outside the caller's `sight` (himself and those he stands in for; None is everybody).
    """
    owner = login if wanted is None else wanted
    if sight is not None and owner not in sight:
        raise Forbidden(Both(f"only a manager creates customers for {owner}", f"只有经理可以为 {owner} 新建客户"), field="owner")
    return owner


def check_owner(login: str, active: bool) -> None:
    """`Invalid` unless the owner to be is active staff."""
    if not active:
        raise Invalid(not_staff(login), field="owner")


def changed(customer: Customer, profile: Profile, version: int) -> Customer:
    """The customer with a new file; the same object when nothing changes."""
    if customer.model_dump(include=set(Profile.model_fields)) == profile.model_dump():
        return customer
    return Customer(id=customer.id, code=customer.code, owner=customer.owner, version=version, **profile.model_dump())


def transferred(customer: Customer, to: str, version: int) -> tuple[Customer, OwnerTransferred]:
    """The customer under his new owner; `SameOwner` when he has it already."""
    if customer.owner == to:
        raise SameOwner(Both(f"{customer.code} belongs to {to} already", f"客户 {customer.code} 已由 {to} 负责"), field="owner")
    event = OwnerTransferred(customer_id=customer.id, code=customer.code, before=customer.owner, after=to)
    return customer.model_copy(update={"owner": to, "version": version}), event


def handover(since: datetime, now: datetime) -> datetime:
    """The moment an ownership that began at `since` ends: now, but never so early that it would not have been at all."""
    return max(now, since + timedelta(microseconds=1))


def facts(customer: Customer) -> CustomerFacts:
    """What events say of the customer."""
    return CustomerFacts(
        customer_id=customer.id,
        code=customer.code,
        name=customer.name,
        country=customer.country,
        language=customer.language,
        time_zone=customer.time_zone,
        grade=customer.grade,
        prospect_class=customer.prospect_class,
        owner=customer.owner,
        stage=customer.stage,
    )
