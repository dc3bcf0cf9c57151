"""Answers of chases over HTTP, for who was asked: by the link that he was sent, without signing in, as JSON or as a page.

The link is the only permission. It opens one chase, until it expires, and shows nothing of the order but its number.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Annotated
from urllib.parse import parse_qs

from pydantic import Field, ValidationError

from services.orders.chases import domain, store
from services.orders.chases.domain import ChaseOver, LinkRefused
from services.orders.chases.model import Chase, ChaseStatus, GivenAnswer
from services.orders.chases.page import PLAIN, Words, render
from services.orders.estimates import store as estimates
from services.orders.estimates.domain import Word, state
from services.orders.fields import Answer
from services.orders.milestones.domain import MilestoneReached
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from services.orders.planning.store import Context
from shared.contracts.text import LocalText
from shared.messaging.record import Stamp, append
from shared.problems import Problem
from shared.web.call import Call, Download, Reply, Upload
from shared.web.routes import Routes

ANSWERS = "/api/orders/answers/{token}"
FORM = "application/x-www-form-urlencoded"
PRIVATE: Mapping[str, str] = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}

routes = Routes("answers")


class AnswerShown(Answer):
    """A question as who was asked sees it, with the answer that stands."""

    order: str
    shipment: str | None
    milestone: str
    name: Annotated[LocalText, Field(description="what the milestone is called")]
    expected: date
    question: str
    answer_by: date
    asked_by: str
    status: ChaseStatus
    day: date | None
    done_on: date | None
    text: str | None


@routes.get(ANSWERS, public=True, roles=frozenset(), problems=(LinkRefused,))
async def read_question(call: Call, token: str) -> Reply[AnswerShown]:
    """Read the question of a link. No token of a signed-in person is needed: the link is the permission."""
    chase = await store.by_token(call.tx, token, call.now)
    return Reply(_shown(chase, await _plan(call, chase, lock=False)), headers=PRIVATE)


@routes.post(ANSWERS, public=True, roles=frozenset(), problems=(LinkRefused, ChaseOver, MilestoneReached))
async def answer_question(call: Call, token: str, body: GivenAnswer) -> Reply[AnswerShown]:
    """Answer by a link. A day becomes the milestone's estimate; the same answer again changes nothing, another takes its place."""
    chase, plan = await _answer(call, token, body)
    return Reply(_shown(chase, plan), headers=PRIVATE)


@routes.get(ANSWERS + "/page", public=True, roles=frozenset(), problems=(LinkRefused,))
async def show_question(call: Call, token: str) -> Download:
    """Show the question of a link as a page with a form. In Chinese or English, without scripts."""
    try:
        chase = await store.by_token(call.tx, token, call.now)
    except LinkRefused:
        return _page(call, None, "refused")
    return _page(call, _shown(chase, await _plan(call, chase, lock=False)), None)


@routes.post(
    ANSWERS + "/page", public=True, roles=frozenset(), accepts=(FORM,), max_bytes=16 * 1024, transaction=False, problems=(LinkRefused,)
)
async def take_answer(call: Call, token: str, body: Upload) -> Download:
    """Take the answer that the form of the page sends. What is wrong with it is said on the page."""
    try:
        given = _from_form(body.content)
        async with call.database.transaction() as call._tx:
            chase, plan = await _answer(call, token, given)
        return _page(call, _shown(chase, plan), "thanks")
    except LinkRefused:
        return _page(call, None, "refused")
    except (Problem, ValidationError) as refused:
        async with call.database.connection() as call._tx:
            chase = await store.by_token(call.tx, token, call.now)
            shown = _shown(chase, await _plan(call, chase, lock=False))
        return _page(call, shown, "over" if isinstance(refused, ChaseOver | MilestoneReached) else "invalid")


async def _answer(call: Call, token: str, body: GivenAnswer) -> tuple[Chase, Plan]:
    """Locks are taken as everywhere: the order, then the chase."""
    found = await store.by_token(call.tx, token, call.now)
    plan = await _plan(call, found, lock=True)
    later, event = domain.answer(await store.lock(call.tx, found.chase_id), body, call.now)
    if event is None:
        return later, plan
    stamp = Stamp(time=call.now, correlation_id=call.correlation_id, actor=f"link:{later.asked}", traceparent=call.traceparent)
    await store.save(call.tx, stamp, later, event)
    if body.day is None:
        return later, plan
    settled = state(plan, (later.shipment, later.milestone), Word(body.day, "answer", call.now))
    if settled is None:
        return later, plan
    await estimates.save(call.tx, [settled], Context(stamp.time, stamp.actor, "api", "estimate_stated"))
    await append(call.tx, stamp, planning.facts([settled]))
    return later, settled.after


async def _plan(call: Call, chase: Chase, *, lock: bool) -> Plan:
    if lock:
        return (await planning.lock_by_id(call.tx, [chase.order_id]))[chase.order_id]
    return (await planning.read_by_id(call.tx, [chase.order_id]))[chase.order_id]


def _shown(chase: Chase, plan: Plan) -> AnswerShown:
    node = plan.at((chase.shipment, chase.milestone))
    same = ("order", "shipment", "milestone", "question", "answer_by", "asked_by", "status", "day", "done_on", "text")
    return AnswerShown(
        **{name: getattr(chase, name) for name in same}, name=plan.network.steps[node.position].name, expected=node.estimated
    )


def _from_form(content: bytes) -> GivenAnswer:
    """The fields of the form; those left empty were not said."""
    fields = parse_qs(content.decode("utf-8", "replace"), max_num_fields=10)
    return GivenAnswer.model_validate({name: values[0].strip() for name, values in fields.items() if values[0].strip()})


def _page(call: Call, shown: AnswerShown | None, said: Words | None) -> Download:
    async def chunks() -> AsyncIterator[bytes]:
        yield render(call.language, shown, said)

    return Download("answer.html", "text/html; charset=utf-8", chunks(), attached=False, headers={**PRIVATE, **PLAIN})
