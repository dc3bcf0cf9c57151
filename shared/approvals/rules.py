"""Rules of approval: which commands wait, for how many levels, and who decides at each. Pure."""

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.approvals import words
from shared.contracts.approvals import Amount, Days, Money
from shared.contracts.customers import ROLES, Grade, Role
from shared.contracts.money import too_fine, unlisted
from shared.contracts.nearest import NEAREST
from shared.contracts.reasons import no_department
from shared.contracts.text import Both
from shared.problems import FieldError


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ByRole(_Part):
    """Anybody who has the role."""

    by: Literal["role"]
    role: Role


class ByDepartment(_Part):
    """The department's manager: its members who have the role `manager`."""

    by: Literal["department"]
    department: str = Field(min_length=1, max_length=200, examples=["sales"])


class ByManager(_Part):
    """The one to whom the requester reports."""

    by: Literal["requesters_manager"]


class ByPerson(_Part):
    by: Literal["person"]
    login: str = Field(min_length=1, max_length=64)


Decider = Annotated[ByRole | ByDepartment | ByManager | ByPerson, Field(discriminator="by"), NEAREST]


class Condition(_Part):
    """Holds where all that it names does; one that names nothing holds always."""

    grade: Grade | None = Field(default=None, description="the customer's")
    over: Annotated[Amount, NEAREST] | None = Field(default=None, description="more than this; money in another currency counts as more")


class Level(_Part):
    """One step of an approval; it is needed where any of its conditions holds."""

    when: tuple[Condition, ...] = Field(min_length=1, max_length=5)
    decider: Decider
    hours: int = Field(ge=1, le=720, description="to decide, before others are asked, too")


class Rule(_Part):
    """The rule of one kind of command."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "active": True,
                    "exempt": ["manager"],
                    "levels": [
                        {"when": [{"grade": "key"}, {"over": {"days": 7}}], "decider": {"by": "requesters_manager"}, "hours": 24},
                        {"when": [{"over": {"days": 21}}], "decider": {"by": "role", "role": "manager"}, "hours": 48},
                    ],
                }
            ]
        }
    )

    active: bool = Field(description="false: nothing of this kind waits")
    exempt: tuple[Role, ...] = Field(default=(), max_length=len(ROLES), description="who has one of these roles need not ask")
    levels: tuple[Level, ...] = Field(min_length=1, max_length=5, description="each is asked after the one before it has approved")


class Ask(_Part):
    """What a rule looks at: how much is asked for, and for which customer."""

    amount: Amount
    grade: Grade | None = None


def needed(rule: Rule, ask: Ask, roles: Collection[str]) -> tuple[Level, ...]:
    """The levels that must approve; none where the command needs no approval."""
    if not rule.active or set(rule.exempt).intersection(roles):
        return ()
    return tuple(level for level in rule.levels if any(_holds(condition, ask) for condition in level.when))


def _holds(condition: Condition, ask: Ask) -> bool:
    graded = condition.grade is None or condition.grade == ask.grade
    return graded and (condition.over is None or _more(ask.amount, condition.over))


def _more(amount: Amount, over: Amount) -> bool:
    match amount, over:
        case Days(), Days():
            return amount.days > over.days
        case Money(), Money() if amount.currency == over.currency:
            return amount.amount > over.amount
    # What cannot be compared is asked.
    return True


def strangers(rule: Rule, at_work: Collection[str], departments: Collection[str] | None) -> list[FieldError]:
    """Levels that would be passed over: of a person whom nobody knows, or of a department that there is not (None: any will do)."""
    found = []
    for at, level in enumerate(rule.levels):
        match level.decider:
            case ByPerson(login=login) if login not in at_work:
                found.append(FieldError(f"levels.{at}.decider.login", words.not_at_work(login)))
            case ByDepartment(department=department) if why := no_department(department, departments):
                found.append(FieldError(f"levels.{at}.decider.department", why))
    return found


def misfits(rule: Rule, measure: type[Days] | type[Money]) -> list[FieldError]:
    """Conditions that measure something else than the kind does, in what is no currency, or more finely than it."""
    return [
        FieldError(f"levels.{at}.when.{nth}.over", why)
        for at, level in enumerate(rule.levels)
        for nth, condition in enumerate(level.when)
        if condition.over is not None and (why := _misfit(condition.over, measure))
    ]


def _misfit(over: Amount, measure: type[Days] | type[Money]) -> Both | None:
    if not isinstance(over, measure):
        return words.measured_in(measure.__name__.lower())
    return unlisted(over.currency) or too_fine(over.amount, over.currency) if isinstance(over, Money) else None
