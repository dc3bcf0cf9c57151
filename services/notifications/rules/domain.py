"""Rules: which event is told to which contacts, from how many days on, in which words."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.customers import ContactRole
from shared.contracts.orders import Because

Template = Literal["delay", "dates", "promise", "correction", "arriving"]


class Condition(BaseModel):
    """When a rule speaks. Later rules add fields of their own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    because: tuple[Because, ...] = Field(max_length=20, description="the commands whose new dates it tells; none where it tells no dates")
    materiality_days: int = Field(default=1, ge=1, le=60, description="a date moved by fewer days is not told")


class Rule(BaseModel):
    """`event` is the short type of the event it listens to; `audience` the role of the customer's contacts who hear it."""

    model_config = ConfigDict(frozen=True)

    name: str
    event: str
    audience: ContactRole
    condition: Condition
    template: Template
    active: bool
    version: int


def rule_for(rules: Iterable[Rule], event: str, because: Because) -> Rule | None:
    """The rule that speaks of `event` after such a command: the first by name, active or not; None when no rule does."""
    return next(
        (rule for rule in sorted(rules, key=lambda rule: rule.name) if rule.event == event and because in rule.condition.because), None
    )
