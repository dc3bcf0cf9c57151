"""Rules of advice: given, answered, taken back. It moves nothing of the order by itself. Pure."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.orders.advice import words
from services.orders.advice.model import Advice, AnswerAdvice, GiveAdvice
from services.orders.fields import require_come
from services.orders.planning.domain.due import unplaced
from services.orders.planning.model import Plan
from shared.contracts.text import Both, Language
from shared.problems import Conflict, Invalid


class AdviceOver(Conflict):
    """It was taken back or, for taking it back, answered."""

    slug = "advice-over"
    title = Both("The advice is at another point", "该建议不在此状态")


def give(plan: Plan, body: GiveAdvice, reads: Language, *, advice_id: UUID, by: str, today: date) -> Advice:
    """A new advice, in the language that the customer `reads`."""
    if body.suggestion.lacks(reads):
        raise Invalid(words.in_his_language(reads), field=f"suggestion.{reads}")
    require_come(body.given_on, today, "given_on")
    if placed := unplaced(plan, body.given_on):
        raise Invalid(words.given_first(placed, body.given_on), field="given_on")
    return Advice(
        advice_id, plan.order_id, plan.number, plan.customer_id, body.topic, body.suggestion, by, body.given_on, body.way,
    )  # fmt: skip


def answer(known: Advice, body: AnswerAdvice, *, by: str, today: date) -> Advice:
    """What the customer said last counts."""
    if known.withdrawn is not None:
        raise AdviceOver(words.TAKEN_BACK)
    require_come(body.on, today, "on")
    if body.on < known.given_on:
        raise Invalid(words.answered_first(known.given_on), field="on")
    return replace(known, answer=body.answer, answer_text=body.text, answered_on=body.on, recorded_by=by)


def withdraw(known: Advice, reason: str) -> Advice:
    """Only what he has not answered can be taken back."""
    if known.withdrawn is not None or known.answer is not None:
        raise AdviceOver(words.answered(known.answer) if known.answer is not None else words.OVER)
    return replace(known, withdrawn=reason)
