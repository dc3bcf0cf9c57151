"""Answers of chases over HTTP, for who was asked: by the link that he was sent, without signing in, as JSON or as a page; or signed in.

The link is the only permission. It opens one chase, until it expires or who has it leaves, and shows nothing of the order but its number.
Whoever answers in
somebody's place signs in, so that the answer says who gave it for whom.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated
from urllib.parse import parse_qs
from uuid import UUID

from pydantic import Field, ValidationError

from services.orders.chases import domain, queries, store
from services.orders.chases.domain import ChaseOver, LinkRefused
from services.orders.chases.model import PARTS, Chase, ChaseStatus, GivenAnswer
from services.orders.chases.page import PLAIN, render, shut
from services.orders.chases.queries import ChaseShown
from services.orders.estimates import store as estimates
from services.orders.estimates.domain import said_now, state_all
from services.orders.fields import Answer
from services.orders.milestones.domain import MilestoneReached
from services.orders.planning import inserts as planned
from services.orders.planning import store as planning
from services.orders.planning.inserts import Context
from services.orders.planning.model import Plan
from services.orders.sight import named, sight
from services.orders.tracking.following import beneath_words
from shared.contracts.text import Both, LocalText
from shared.database.pool import Tx
from shared.directory import department_of
from shared.messaging.record import Stamp, append
from shared.problems import Forbidden, Invalid, NotFound, Problem
from shared.web.auth import ANYONE
from shared.web.call import Call, Download, Reply, Upload
from shared.web.input import field_errors
from shared.web.routes import Routes

ANSWERS = "/api/orders/answers/{token}"
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 10
MOST_BYTES = 32 * 1024
"""A note in Chinese takes nine for each character."""
NO_FORM = Both("this is not what the form sends", "这不是该表单所提交的内容")
PRIVATE: Mapping[str, str] = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}

routes = Routes("answers")


class AnswerShown(Answer):
    """A question as who was asked sees it, with the answer that stands."""

    order: str
    shipment: str | None
    parts: Annotated[tuple[str | None, ...], Field(description=PARTS)]
    milestone: str
    name: Annotated[LocalText, Field(description="what the milestone is called")]
    expected: date
    question: str
    answer_by: date
    asked_by: Annotated[str, Field(description="name of who asks; where it is not known, his login")]
    status: ChaseStatus
    day: date | None
    done_on: date | None
    text: str | None
    over: Annotated[bool, Field(description="no answer is needed any more: it was ended, has happened, or the goods travel otherwise")]


@routes.get(ANSWERS, public=True, roles=frozenset(), problems=(LinkRefused,))
async def read_question(call: Call, token: str) -> Reply[AnswerShown]:
    """Read the question of a link. No token of a signed-in person is needed: the link is the permission."""
    return Reply(await _asked(call.tx, token, call.now), headers=PRIVATE)


@routes.post(ANSWERS, public=True, roles=frozenset(), problems=(LinkRefused, ChaseOver, MilestoneReached))
async def answer_question(call: Call, token: str, body: GivenAnswer) -> Reply[AnswerShown]:
    """Answer by a link. A day becomes the milestone's estimate; the same answer again changes nothing, another takes its place.

    One without a day takes back the day of the answer before it, where that still stands.
    """
    return Reply(await _answer(call.tx, call, token, body), headers=PRIVATE)


@routes.post("/api/orders/chases/{chase}/answer", roles=ANYONE, problems=(NotFound, ChaseOver, MilestoneReached))
async def answer_chase(call: Call, chase: UUID, body: GivenAnswer) -> ChaseShown:
    """Answer a chase signed in. Who is asked, his deputy while he is away, and whoever is of the department that is asked.

    As by the link; the answer says who gave it, and for whom.
    """
    who = await named(call)
    found = await store.read(call.tx, chase, await sight(call), who.mine)
    if not who.concerned(found.asked, found.escalated_to):
        department = await department_of(call.tx, who.login)
        if department is None or found.department != department:
            raise Forbidden(Both(f"{found.asked} is asked", f"所询问的是 {found.asked}"))
    later, _ = await _take(call.tx, call.stamp(), found, body, by=who.login, on_behalf_of=who.absent(found.asked, found.escalated_to))
    return queries.shown(later)


@routes.get(ANSWERS + "/page", public=True, roles=frozenset(), problems=(LinkRefused,))
async def show_question(call: Call, token: str) -> Download:
    """Show the question of a link as a page with a form. In Chinese or English, without scripts."""
    return await _page_as_it_is(call.tx, call, token)


@routes.post(
    ANSWERS + "/page",
    public=True,
    roles=frozenset(),
    accepts=(FORM,),
    max_bytes=MOST_BYTES,
    transaction=False,
    problems=(LinkRefused, ChaseOver, MilestoneReached),
)
async def take_answer(call: Call, token: str, body: Upload) -> Download:
    """Take the answer that the form of the page sends. Whatever refuses it is said on the page, and what was typed stays in its fields.

    The page has the status that the refusal has as JSON.
    """
    typed: Mapping[str, str] | None = None
    try:
        typed = _typed(body.content)
        given = _given(typed)
        async with call.database.command() as tx:
            shown = await _answer(tx, call, token, given)
        return _page(render(call.language, shown, thanked=True))
    except Problem as refused:
        async with call.database.connection() as connection:
            return await _page_as_it_is(connection, call, token, refused, typed)


async def _asked(tx: Tx, token: str, now: datetime) -> AnswerShown:
    chase, _ = await store.by_token(tx, token, now)
    return await _shown(tx, chase, (await planning.read_by_id(tx, [chase.order_id], now.date()))[chase.order_id])


async def _answer(tx: Tx, call: Call, token: str, body: GivenAnswer) -> AnswerShown:
    found, bearer = await store.by_token(tx, token, call.now)
    return await _shown(tx, *await _take(tx, replace(call.stamp(), actor=f"link:{bearer}"), found, body, by=bearer))


async def _take(tx: Tx, stamp: Stamp, found: Chase, body: GivenAnswer, *, by: str, on_behalf_of: str | None = None) -> tuple[Chase, Plan]:
    """The chase with its answer, and its order after it. Locks are taken as everywhere: the order, then the chase."""
    plan = (await planning.lock_by_id(tx, [found.order_id], stamp.time.date()))[found.order_id]
    known = await store.lock(tx, found.chase_id)
    later, event = domain.answer(known, plan, body, stamp.time, by=by, on_behalf_of=on_behalf_of)
    if event is None:
        return later, plan
    await store.save(tx, stamp, later, event)
    words = domain.words(known, later, plan, stamp.time)
    settled = state_all(plan, said_now(plan, words), beneath=await beneath_words(tx, words)) if words else None
    if settled is None:
        return later, plan
    await estimates.save(tx, [settled], Context(stamp.time, stamp.actor, "api", "estimate_stated"))
    await append(tx, stamp, planned.facts([settled]))
    return later, settled.after


async def _shown(tx: Tx, chase: Chase, plan: Plan) -> AnswerShown:
    about = domain.asked_about(chase, plan)
    same = ("order", "shipment", "parts", "milestone", "question", "answer_by", "status", "day", "done_on", "text")
    return AnswerShown(
        **{name: getattr(chase, name) for name in same},
        name=about.name,
        expected=about.expected,
        over=domain.over(chase, plan),
        asked_by=(await store.opened(tx, chase)).asker or chase.asked_by,
    )


def _typed(content: bytes) -> dict[str, str]:
    """What stands in the fields of the form. Browsers send the end of a line as two characters, and count it as one."""
    try:
        fields = parse_qs(content.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Invalid(NO_FORM) from error
    return {name: values[0].replace("\r\n", "\n").strip() for name, values in fields.items()}


def _given(typed: Mapping[str, str]) -> GivenAnswer:
    """What was typed; fields left empty were not said."""
    try:
        return GivenAnswer.model_validate({name: text for name, text in typed.items() if text})
    except ValidationError as error:
        errors = field_errors(error)
        raise Invalid(errors[0].reason, errors=tuple(errors)) from None


async def _page_as_it_is(
    tx: Tx, call: Call, token: str, refused: Problem | None = None, typed: Mapping[str, str] | None = None
) -> Download:
    try:
        return _page(render(call.language, await _asked(tx, token, call.now), refused=refused, typed=typed), refused)
    except LinkRefused as closed:
        return _page(shut(call.language, closed), closed)


def _page(content: bytes, refused: Problem | None = None) -> Download:
    """With the status that the same refusal has as JSON."""

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    status = refused.status if refused else 200
    return Download("answer.html", "text/html; charset=utf-8", chunks(), attached=False, headers={**PRIVATE, **PLAIN}, status=status)
