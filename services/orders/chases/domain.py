"""Rules of chases: asked, answered, reminded, escalated by silence, ended; and the links that let somebody answer. Pure."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from services.orders.chases.model import Ask, Chase, GivenAnswer
from services.orders.chases.words import EXPIRED, NO_LINK, answered, elsewhere, ended, placed_later, reminded
from services.orders.estimates.domain import Word, require_meant
from services.orders.fields import NO_GRACE, require_come, require_soon
from services.orders.milestones.domain import require_to_come
from services.orders.planning.domain import too_early
from services.orders.planning.domain.due import unplaced
from services.orders.planning.model import Key, Plan
from services.orders.risks.model import Rule, Sign, View
from shared.contracts.chases import AskedAbout, ChaseAnswered, ChaseClosing, ChaseEnded, ChaseMoved
from shared.contracts.text import Both
from shared.problems import Conflict, Invalid, NotFound

LEVELS = 3
"""How often silence is told further up."""
REMINDERS = 10
GRACE_DAYS = 14
"""So long after the day by which it was asked, a link still takes an answer."""
_ID, _UNTIL, _SEAL = 16, 4, 32


class ChaseOver(Conflict):
    """Nothing is asked any more: it was answered, or has ended."""

    slug = "chase-over"
    title = Both("Nothing is asked any more", "已无须催问")


class LinkRefused(NotFound):
    slug = "link-refused"
    title = Both("The link does not open anything", "链接无效")


class ChaseOpen(Conflict):
    """He is asked about the milestone already; a reminder asks him again."""

    slug = "chase-open"
    title = Both("This person is asked about this milestone already", "已就该节点催问此人")


def addressed(body: Ask, plan: Plan, shipment: str | None) -> Ask:
    """The question as it is put: where nobody is named, to the person who is named on the milestone."""
    if body.login is None and body.department is None:
        return body.model_copy(update={"login": plan.person((shipment, body.milestone))})
    return body


def ask(plan: Plan, shipment: str | None, body: Ask, asked: str, *, chase_id: UUID, by: str, now: datetime) -> Chase:
    """A new chase; MilestoneReached where there is nothing to ask any more."""
    require_to_come(plan, (shipment, body.milestone), field="milestone")
    require_soon(body.answer_by, now.date(), "answer_by", NO_GRACE)
    department = None if body.login else body.department or plan.at((shipment, body.milestone)).department
    return Chase(
        chase_id, plan.order_id, plan.number, plan.customer_id, shipment, body.milestone, asked, department, body.question,
        body.answer_by, by, now,
    )  # fmt: skip


def over(known: Chase, plan: Plan) -> bool:
    """Whether it was ended, has happened, or was asked of goods that travel otherwise by now."""
    return known.status in ("closed", "withdrawn") or not _ahead(known, plan)


def _ahead(known: Chase, plan: Plan) -> list[Key]:
    """Where what is asked about is still to come."""
    return [key for key in known.keys if plan.node(key) is not None and plan.passed(key) is None]


def asked_about(known: Chase, plan: Plan) -> AskedAbout:
    """The step that is asked about, as the last of the goods are expected; where no line travels there any more, the last of the others."""
    same, meant = [node for node in plan.nodes if node.milestone == known.milestone], _ahead(known, plan) or known.keys
    node = max([node for node in same if node.key in meant] or same, key=lambda node: node.estimated)
    return AskedAbout(name=plan.network.steps[node.position].name, expected=node.estimated)


def answer(
    known: Chase, plan: Plan, body: GivenAnswer, now: datetime, *, by: str, on_behalf_of: str | None = None
) -> tuple[Chase, ChaseAnswered | None]:
    """The chase with the answer, which takes the place of an earlier one; no event where it says the same again.

    `by` whose link it is, or who has signed in, as a deputy `on_behalf_of` the absent one.
    """
    _require_asked(known)
    here = _require_there(known, plan)
    if body.done_on is not None:
        require_come(body.done_on, now.date(), "done_on")
        if unplaced(plan, body.done_on):
            raise Invalid(placed_later(known.order, body.done_on), field="done_on")
    if known.answers and (known.day, known.done_on, known.text) == (body.day, body.done_on, body.text):
        return known, None
    _require_ahead(known, plan)
    if body.day is not None:
        require_meant([plan], here, body.day, now.date())
    later = replace(
        known,
        status="answered",
        answers=known.answers + 1,
        day=body.day,
        done_on=body.done_on,
        text=body.text,
        answered_at=now,
        answered_by=by,
        on_behalf_of=on_behalf_of,
        version=known.version + 1,
    )
    seconds = max(0, int((now - known.asked_at).total_seconds()))
    said = {"day": body.day, "done_on": body.done_on, "text": body.text, "answered_by": by, "on_behalf_of": on_behalf_of}
    return later, ChaseAnswered(chase=later.told(), **said, answer=later.answers, response_seconds=seconds, level=later.level)


def words(before: Chase, now: Chase, plan: Plan, at: datetime) -> dict[Key, Word]:
    """What an answer says of the milestone, of all goods that were asked about: its day; without one, that the day of the answer `before`
    holds no more where it stands. Where a part waits for something that comes later than the day, nothing is said of that part.
    """
    said = {}
    for nth, key in enumerate(_ahead(now, plan)):
        node = plan.at(key)
        taken_back = node.stated is not None and (node.stated.source, node.stated.at) == ("answer", before.answered_at)
        if taken_back if now.day is None else not (nth and too_early(plan, node, now.day)):
            said[key] = Word(now.day, "answer", at)
    return said


def require_awaited(known: Chase, plan: Plan, now: datetime) -> None:
    """ChaseOver where its link is given out to nobody any more: it was answered, has ended, or the link has expired; MilestoneReached where
    what is asked about has happened.
    """
    _require_asked(known)
    if known.status == "answered":
        raise ChaseOver(answered(known.answered_by or known.asked))
    if now >= ends_at(known):
        raise ChaseOver(EXPIRED)
    _require_ahead(known, plan)


def remind(known: Chase, plan: Plan, now: datetime) -> Chase:
    """Asked once more; at most REMINDERS times, and as long as an answer is awaited."""
    require_awaited(known, plan, now)
    if known.reminders == REMINDERS:
        raise ChaseOver(reminded(known.asked, REMINDERS))
    return replace(known, reminders=known.reminders + 1, version=known.version + 1)


def heeded(known: Chase, plan: Plan) -> bool:
    """Whether silence about it is told further up: it is neither answered nor over, and was not told as often as it is."""
    return known.status == "open" and known.level < LEVELS and bool(_ahead(known, plan))


def escalate(known: Chase, plan: Plan, manager: str | None, today: date) -> Chase | None:
    """The chase told further up, to who manages the one asked last; None where it is not heeded or not due, or nobody is further up."""
    asked = known.escalated_to or known.asked
    if not heeded(known, plan) or today <= known.answer_by or manager in (None, asked, known.asked):
        return None
    return replace(known, level=known.level + 1, escalated_to=manager, version=known.version + 1)


def end(known: Chase, how: ChaseClosing) -> tuple[Chase, ChaseEnded]:
    """Closed with the answer that stands, or withdrawn."""
    _require_asked(known)
    later = replace(known, status=how, version=known.version + 1)
    return later, ChaseEnded(chase=later.told(), how=how)


def go_along(
    asked: Sequence[Chase], plan: Plan, left: Collection[str | None], ended: Collection[str | None], shipment: str | None
) -> list[tuple[Chase, ChaseMoved | ChaseEnded]]:
    """What becomes of what is asked about an order of which lines have `left` their legs, and travel in `shipment` now: it goes along with
    all lines of a leg that has `ended`, and is asked of both where a part of them went. Where the same person is asked about the same
    there, whatever the words, and has not answered, he is asked once: the question is not asked of those goods, and ends with the last.
    """
    waits = {(one.milestone, one.asked): one for one in asked if shipment in one.legs and one.status == "open"}
    found: list[tuple[Chase, ChaseMoved | ChaseEnded]] = []
    for one in asked:
        what = (one.milestone, one.asked)
        same = waits.get(what) if one.status == "open" else None
        legs = _followed(one, plan, left, ended, shipment)
        if same is not None and same.chase_id != one.chase_id:
            legs = tuple(leg for leg in legs if leg != shipment)
            if not legs:
                later, event = end(one, "withdrawn")
                known = {"same_as": same.chase_id, "same_by": same.asked_by, "about": asked_about(one, plan)}
                found.append((later, event.model_copy(update=known)))
                continue
        if legs == one.legs:
            continue
        found.append(moved(one, legs))
        if one.status == "open" and shipment in legs:
            waits[what] = one
    return found


def _followed(
    known: Chase, plan: Plan, left: Collection[str | None], ended: Collection[str | None], shipment: str | None
) -> tuple[str | None, ...]:
    """The legs that a question is about once lines have `left` theirs for that of `shipment`; of a part, if it is still to come there."""
    legs = [shipment if leg in ended else leg for leg in known.legs]
    if plan.passed((shipment, known.milestone)) is None and any(leg in left for leg in known.legs):
        legs.append(shipment)
    return tuple(dict.fromkeys(legs))


def moved(known: Chase, legs: Sequence[str | None]) -> tuple[Chase, ChaseMoved]:
    """The same question about these legs."""
    later = replace(known, shipment=legs[0], parts=tuple(legs[1:]), version=known.version + 1)
    return later, ChaseMoved(chase=later.told(), before=known.shipment)


def unanswered(known: Chase) -> Rule:
    """Silence beyond the day by which an answer was asked endangers the milestone."""

    def rule(view: View) -> Iterator[Sign]:
        left = (known.answer_by - view.today).days
        for key in known.keys:
            yield from view.sign(key, "unanswered", left, known.department or known.asked)

    return rule


def _require_asked(known: Chase) -> None:
    if known.status in ("closed", "withdrawn"):
        raise ChaseOver(ended(known.status))


def _require_there(known: Chase, plan: Plan) -> Key:
    """Where its goods are; ChaseOver where they travel otherwise by now."""
    here = next((key for key in known.keys if plan.node(key) is not None), None)
    if here is None:
        raise ChaseOver(elsewhere(known.order, known.shipment))
    return here


def _require_ahead(known: Chase, plan: Plan) -> None:
    here = _require_there(known, plan)
    if not _ahead(known, plan):
        require_to_come(plan, here)


def ends_at(known: Chase) -> datetime:
    """When its links expire."""
    last = known.answer_by + timedelta(days=GRACE_DAYS)
    return datetime(last.year, last.month, last.day, tzinfo=UTC)


def token_of(known: Chase, bearer: str, key: bytes) -> str:
    """What lets its bearer read and answer this chase alone, until it expires: id, expiry, his login, and a seal under the chase's key."""
    claims = known.chase_id.bytes + int(ends_at(known).timestamp()).to_bytes(_UNTIL) + bearer.encode()
    return urlsafe_b64encode(claims + _seal(claims, key)).rstrip(b"=").decode()


def named_by(token: str) -> UUID | None:
    """The chase that a token names, not yet checked; None for what is no token."""
    raw = _decoded(token)
    return UUID(bytes=raw[:_ID]) if raw else None


def bearer_of(token: str, key: bytes, now: datetime) -> str:
    """The login of whom the link was made for; empty in one of who was asked that was made before each had his own. LinkRefused where it
    was not made with this key, or has expired.
    """
    raw = _decoded(token)
    sealed = raw is not None and hmac.compare_digest(raw[-_SEAL:], _seal(raw[:-_SEAL], key))
    if raw is None or not sealed or now.timestamp() >= int.from_bytes(raw[_ID : _ID + _UNTIL]):
        raise LinkRefused(NO_LINK)
    return raw[_ID + _UNTIL : -_SEAL].decode()


def _seal(claims: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"chase link" + claims, hashlib.sha256).digest()


def _decoded(token: str) -> bytes | None:
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    return raw if len(raw) >= _ID + _UNTIL + _SEAL else None
