"""Rules of passwords, and of those who get them wrong."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from shared.contracts.text import Both
from shared.problems import NotFound, Problem

SHORTEST = 12
LONGEST = 128
FREE_TRIES = 5
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)


class SignInElsewhere(NotFound):
    """Tokens come from the firm's identity provider; passwords are not kept here."""

    slug = "sign-in-elsewhere"
    title = Both("The built-in sign-in is off", "内置登录已停用")


class SignInRefused(Problem):
    """No such login, no password set, not active, or another password: they are not told apart."""

    status = 401
    slug = "sign-in-refused"
    title = Both("Login or password is wrong", "用户名或密码错误")


class TooManyTries(Problem):
    """Too many wrong passwords for this login; `retry_after` says how many seconds to wait."""

    status = 429
    slug = "too-many-tries"
    title = Both("Too many tries", "尝试次数过多")


def _storable(password: SecretStr) -> SecretStr:
    text = plain(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise ValueError(Both(f"{SHORTEST} to {LONGEST} characters", f"须为 {SHORTEST} 至 {LONGEST} 个字符"))
    if len(set(text)) < 5:
        raise ValueError(Both("at least five different characters", "至少须有五个不同的字符"))
    return password


NewPassword = Annotated[SecretStr, Field(max_length=4 * LONGEST), AfterValidator(_storable)]
GivenPassword = Annotated[SecretStr, Field(max_length=4 * LONGEST)]


class SignIn(BaseModel):
    """As OAuth 2 names it."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"grant_type": "password", "username": "mei.lin", "password": "seven lanterns by the canal"}]},
    )

    grant_type: Literal["password"] = "password"
    username: str = Field(min_length=1, max_length=100, description="login, as in the staff directory")
    password: GivenPassword


class FirstPassword(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"password": "seven lanterns by the canal"}]},
    )

    password: NewPassword


class OwnPassword(FirstPassword):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"current": "seven lanterns by the canal", "password": "a ferry leaves at half past six"}]}
    )

    current: GivenPassword


class Token(BaseModel):
    """For `Authorization: Bearer ...`; roles are those at the time it was made."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="seconds")


class Jwks(BaseModel):
    """The public keys that tokens are checked with."""

    keys: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Tries:
    """What went wrong lately for one login."""

    failures: int
    last: datetime
    locked_until: datetime | None


def plain(password: SecretStr) -> str:
    """The password as it is hashed: however the keyboard composed its characters (RFC 8265)."""
    return unicodedata.normalize("NFC", password.get_secret_value())


def another_try(tries: Tries, now: datetime) -> Tries:
    """The tries with one more, taken for a failure until it succeeds: guesses side by side are counted too. `TooManyTries` while locked."""
    if tries.locked_until is not None and now < tries.locked_until:
        wait = ceil((tries.locked_until - now).total_seconds())
        raise TooManyTries(Both("wait a while before the next try", "请稍候再试"), retry_after=wait)
    failures = 1 if now - tries.last > FORGOTTEN_AFTER else tries.failures + 1
    if failures < FREE_TRIES:
        return Tries(failures, now, None)
    # The exponent is bounded: nobody counts to a number whose power does not fit.
    lock = min(FIRST_LOCK * 2 ** min(failures - FREE_TRIES, 10), LONGEST_LOCK)
    return Tries(failures, now, now + lock)
