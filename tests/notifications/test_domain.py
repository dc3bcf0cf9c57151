"""Deciding, without a database: what is due, to whom, and why not."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.contacts.domain import Owner, deliverable, signer
from services.notifications.dates.domain import Due, Held, Move, Order, moved_dates, tell, weigh
from services.notifications.dates.model import Day, Told, Which
from services.notifications.messages.anew import kept, occasion_of
from services.notifications.messages.choosing import decide
from services.notifications.messages.deciding import reasons_of
from services.notifications.messages.domain import Decision, Notice, Occasion, as_it_stands, replies, together
from services.notifications.messages.model import Earlier, Moved, ToldMail
from services.notifications.rules.domain import rule_for
from shared.contracts.orders import PlanReestimated, PromiseChanged, PromisedLine
from tests.notifications.cases import (
    LIGHTS,
    MOVED,
    PLANNED,
    SHIPMENT,
    Case,
    contact,
    customer,
    ident,
    line,
    order,
    reason,
    reestimate,
    rule,
)
from tests.notifications.letters import HEARD

DAY = PLANNED["DELIVERED"]
BEFORE = date(2026, 1, 1)
days = st.integers(-40, 40).map(lambda n: DAY + timedelta(days=n))


def move(of: Order, to: date, revision: int = 1) -> Move:
    return Move(of.id, of.lines[0].shipment, of.delivery_point, "1", "estimate", revision, DAY, to)


@given(days, days, st.integers(1, 60))
def test_a_date_is_due_when_it_is_ahead_and_differs_enough_from_what_was_told(to: date, today: date, materiality: int) -> None:
    one = order()
    due, held = weigh(one, [move(one, to)], materiality, today)
    away = abs((to - DAY).days)
    assert bool(due) == (away >= materiality and to >= today)
    why = "date_already_told" if away == 0 else "day_over" if to < today else "below_materiality"
    assert [item.why for item in held] == ([] if due else [why])


@given(st.lists(days, min_size=1, max_size=8))
def test_what_is_told_is_always_the_last_date_that_was_due(dates: Sequence[date]) -> None:
    """However the estimates come, also late or twice: the customer knows the newest one, and never hears one twice."""
    one = order()
    heard: list[date] = []
    for revision, to in [*enumerate(dates, start=1), *enumerate(dates, start=1)]:
        due, held = weigh(one, [move(one, to, revision)], 1, BEFORE)
        heard += [item.move.to for item in due]
        one = tell(one, [item.move for item in due], [*(d.move for d in due), *(h.move for h in held)])
    known = one.line("1")
    assert known is not None
    assert known.told.date == dates[-1]
    assert all(first != second for first, second in itertools.pairwise(heard))


def test_a_line_that_is_ready_early_keeps_its_promise() -> None:
    later = line("2", "Wall plug", "10", told=DAY + timedelta(days=20))
    one = order(lines=(line("1", "Lamp", "1"), later))
    moves = moved_dates(one, reestimate(one, delay=reason()))
    due, _ = weigh(one, moves, 1, BEFORE)
    assert {item.move.line for item in due} == {None, "1"}


def test_hidden_milestones_are_not_told() -> None:
    one = order()
    event = reestimate(one, delay=reason(), to={"ARRIVE": MOVED["ARRIVE"]})
    hidden = event.model_copy(update={"nodes": tuple(node.model_copy(update={"visible": False}) for node in event.nodes)})
    assert moved_dates(one, hidden) == ()


def test_what_he_does_not_see_any_more_is_not_told_by_a_notice_that_waited() -> None:
    """Another revision of the template has hidden the arrival since."""
    one = order()
    since = replace(one, nodes=tuple(node for node in one.nodes if node.milestone != "ARRIVE"))
    (part,) = as_it_stands(Occasion("delay_logged", one.customer_id, (reestimate(one, delay=reason()),)), {one.id: since}, {}).parts
    assert isinstance(part, PlanReestimated)
    assert {found.milestone for found in moved_dates(since, part)} == {"DEPART", "DELIVERED"}


def test_a_promise_given_with_a_delay_moves_lines_that_are_not_delayed() -> None:
    promised = DAY + timedelta(days=3)
    one = order(lines=(replace(line("1", "Lamp", "1"), promised=promised, promise_revision=1),))
    (found,) = moved_dates(one, reestimate(one, delay=reason(), to={}))
    assert (found.counter, found.to) == ("promise", promised)


def test_an_earlier_promise_is_told_by_what_was_said_not_by_days_that_pass() -> None:
    """Steps nobody recorded make it expected two days after the day that is agreed, which keeps what was said."""
    agreed = DAY - timedelta(days=9)
    made = replace(line("1", "Lamp", "1", told=DAY), promised=agreed, expected=agreed + timedelta(days=2), due=agreed - timedelta(days=1))
    one = order(lines=(made,))
    event = reestimate(one, because="promise_changed", to={"DELIVERED": made.expected})
    moved = event.model_copy(update={"lines": tuple(line.model_copy(update={"due": made.due}) for line in event.lines)})
    given = PromisedLine(line="1", before=DAY, after=agreed, revision=1)
    (found,) = moved_dates(one, moved.model_copy(update={"promises": (given,)}))
    assert (found.counter, found.to) == ("estimate", agreed)


def test_a_delivered_line_is_not_told_as_expected() -> None:
    one = order(lines=(replace(line("1", "Lamp", "1"), delivered=DAY),))
    _, held = weigh(one, [move(one, MOVED["DELIVERED"])], 1, BEFORE)
    assert [item.why for item in held] == ["already_achieved"]


def test_only_active_contacts_for_orders_are_told() -> None:
    left = contact("left", active=False)
    payer = replace(contact("payer"), roles=("payment",))
    case = Case((reestimate(order(), delay=reason()),), (order(),), customer(contact("anna"), left, payer))
    assert [notice.contact.id for notice in case.decided().notices if notice.contact] == [ident("anna")]


def test_a_correction_goes_to_those_who_were_told_and_to_nobody_else() -> None:
    anna, other = contact("Anna Müller"), contact("other")
    told = replace(order(), lines=tuple(replace(one, told=Told(MOVED["DELIVERED"], 1)) for one in order().lines))
    event = reestimate(told, because="delay_retracted", delay=reason(), to=PLANNED, revision=2)
    mails = tuple(mail for mail in HEARD if mail.contact_id == anna.id)
    case = Case((event,), (told,), customer(anna, other), rule("correction"), Earlier(mails))
    (notice,) = case.decided().notices
    assert (notice.contact, notice.corrects) == (anna, mails)
    gone = Case((event,), (told,), customer(replace(anna, active=False), other), rule("correction"), Earlier(mails))
    assert [(n.contact, n.status, n.why) for n in gone.decided().notices] == [(None, "unreachable", "no_contact")]


def test_what_he_was_told_of_a_late_day_is_corrected_however_he_was_told_it() -> None:
    """By another mail than one of the delay, which is named; or by none. Of what he was not told, or what others moved, it is silent."""
    anna, wang, other, joining = contact("Anna Müller"), contact("wang"), contact("other"), ident("joining")
    mails = tuple(ToldMail(ident(f"mail {one.id}"), one.id, "now expected", date(2026, 3, 2)) for one in (anna, wang))

    def retracted(told: Told, after: date, earlier: Earlier) -> tuple[Decision, date]:
        one = order(lines=(replace(LIGHTS[0], expected=MOVED["DELIVERED"], told=told),))
        event = reestimate(one, because="delay_retracted", delay=reason(), to={"DELIVERED": after}, revision=2)
        decision = Case((event,), (one,), customer(anna, wang, other), rule("correction"), earlier).decided()
        return decision, decision.orders[one.id].lines[0].told.date

    late = Told(MOVED["DELIVERED"], 1, joining)
    decision, told = retracted(late, DAY, Earlier(telling={joining: mails}))
    assert [(n.contact, n.status, n.corrects) for n in decision.notices] == [(anna, "queued", mails[:1]), (wang, "queued", mails[1:])]
    decision, told = retracted(late, DAY, Earlier(mails[:1], telling={joining: mails}))
    assert [(n.contact, n.corrects) for n in decision.notices] == [(anna, mails[:1]), (wang, mails[1:])]
    later = Told(DAY + timedelta(days=9), 1, ident("later"), before=late.days)
    decision, told = retracted(later, DAY, Earlier(telling={ident("later"): mails[:1], joining: mails[1:]}))
    assert [(n.contact, n.corrects) for n in decision.notices] == [(anna, mails[:1]), (wang, mails[1:])], "each by the last he could read"
    logged = datetime(2026, 3, 1, tzinfo=UTC)
    decision, told = retracted(Told(MOVED["DELIVERED"], 1, at=logged), DAY, Earlier(logged_at=logged))
    assert [(n.status, n.corrects) for n in decision.notices] == [("queued", ())] * 3
    assert told == DAY
    for untold, after in (
        (replace(late, before=(Day(DAY),)), DAY),
        (Told(MOVED["DELIVERED"], 1, at=logged - timedelta(days=1)), DAY),
        (Told(DAY, 1), DAY),
        (Told(DAY, 1), DAY + timedelta(days=2)),
    ):
        decision, told = retracted(untold, after, Earlier(logged_at=logged))
        assert [(n.contact, n.why) for n in decision.notices] == [(None, "date_already_told")]
        assert told == untold.date, "what he was told stays what he was told"


@pytest.mark.parametrize(("to", "hears"), [(6, "wang"), (2, "anna"), (9, "both"), (0, "anna")])
def test_whether_a_move_matters_goes_by_what_the_contact_was_told(to: int, hears: str) -> None:
    """One has read that it comes five days later, the other has not, and the rule says three days."""
    anna, wang, joining = contact("anna"), contact("wang"), ident("joining")
    mail = ToldMail(ident("mail"), anna.id, "now expected", date(2026, 3, 2))
    told = Told(DAY + timedelta(days=5), 1, joining, before=(Day(DAY),))
    one = order(lines=(replace(LIGHTS[0], expected=told.date, told=told),))
    event = reestimate(one, delay=reason(), to={"DELIVERED": DAY + timedelta(days=to)}, revision=2)
    case = Case((event,), (one,), customer(anna, wang), rule(materiality=3), Earlier(telling={joining: (mail,)}))
    decision = case.decided()
    days = {n.contact.id: [due.told for due in n.due] for n in decision.notices if n.contact}
    own = {anna.id: [told.date], wang.id: [DAY]}
    assert days == {who.id: own[who.id] for who in (anna, wang) if who.personal and hears in ("both", who.personal.name)}
    assert decision.orders[one.id].lines[0].told.date == DAY + timedelta(days=to)


def test_what_he_missed_is_told_with_an_update_to_whom_a_mail_reaches() -> None:
    """Also by one that moves nothing; whom no mail reaches is listed with it already."""
    one = order(lines=(replace(LIGHTS[0], expected=MOVED["DELIVERED"]),))
    update = reestimate(one, because="delay_updated", delay=reason(revision=2), to={}, revision=2)
    missed = Earlier(moved=(Moved(1, Which.of(one.id, "DELIVERED", "1", SHIPMENT), DAY),))
    case = Case((update,), (one,), customer(contact("anna"), contact("lost", email=None)), earlier=missed)
    (notice,) = case.decided().notices
    assert (notice.contact, [(due.told, due.move.before, due.move.to) for due in notice.due]) == (
        contact("anna"), [(DAY, DAY, MOVED["DELIVERED"])],
    )  # fmt: skip
    silent = replace(case, to=customer(contact("lost", email=None))).decided()
    assert [(one.contact, one.why) for one in silent.notices] == [(None, "date_already_told")]


def test_all_dates_that_are_due_are_kept_with_the_reasons() -> None:
    """They are told again where nobody could read them, however many they are."""
    one = order()
    due, held = Due(move(one, DAY), DAY), Held(move(one, DAY), DAY, "date_already_told")
    notices = (Notice(None, "queued", due=(due,) * dues, held=(held,) * 9) for dues in (600, 499))
    assert [len(reasons_of(rule(), notice, {one.id: one})["dates"]) for notice in notices] == [600, 500]


def test_nobody_was_told_when_nobody_can_be_reached() -> None:
    case = Case((reestimate(order(), delay=reason()),), (order(),), customer(contact("anna", email=None)))
    decision = case.decided()
    assert decision.told == ()
    assert decision.orders[order().id].lines[0].told == Told(DAY, 1)


def test_without_a_rule_nothing_is_said_and_that_is_recorded() -> None:
    case = Case((reestimate(order(), delay=reason()),), (order(),), customer(contact("anna")))
    decision = decide(case.occasion(), {order().id: order()}, case.to, None, Earlier(), case.today)
    assert [(n.status, n.why) for n in decision.notices] == [("suppressed", "rule_off")]
    assert rule_for([rule()], "orders.plan.reestimated.v1", "actual_recorded") is None


people = st.builds(
    Owner,
    st.sampled_from(["li.wei", "ma.lin", "wu.gang"]),
    st.sampled_from([None, "Ma Lin"]),
    st.sampled_from([None, "no address", "li.wei@gendan.example", "ma.lin@gendan.example"]),
)


@given(people, st.lists(people, max_size=3))
def test_whoever_signs_for_the_owner_reads_what_is_answered(owner: Owner, deputies: Sequence[Owner]) -> None:
    signed = signer(owner, deputies)
    assert (signed.absent or signed.by) == owner
    assert deliverable(owner.email) in (*signed.replies, None), "who is away reads it when he is back"
    reached = [one for one in deputies if one.name and deliverable(one.email)]
    assert (signed.absent is not None) == bool(reached)
    if signed.absent:
        assert signed.by == reached[0]
        assert signed.replies[0] == signed.by.email


def test_what_a_mail_that_waits_was_decided_from_is_kept_whole() -> None:
    one, two = reestimate(order("SC-1")), reestimate(order("SC-2"), delay=reason(orders=2))
    promised = PromiseChanged(order_id=one.order_id, number="SC-1", customer_id=one.customer_id, reason="other", lines=())
    mine = Occasion("promise_changed", one.customer_id, (promised,))
    for occasion in (together([(one,)]), together([(two, one)]), together([(one,), (two,)]), mine):
        stored = json.loads(json.dumps(kept(occasion, "any")))
        assert (occasion_of(stored), stored["event"]) == (occasion, "any")


def test_a_mail_that_was_stored_with_one_address_is_answered_there() -> None:
    stored = (None, "li.wei@gendan.example", ["ma.lin@gendan.example", "li.wei@gendan.example"])
    assert [len(replies({"reply_to": given})) for given in stored] == [0, 1, 2]
    assert replies({"reply_to": stored[1]}) == (stored[1],)


def test_addresses_are_safe_on_an_envelope() -> None:
    assert deliverable("anna.m+po@example.org") == "anna.m+po@example.org"
    for bad in (
        "",
        "anna",
        "a@b@c",
        "anna@example.org\r\nRCPT TO:<x@y.z>",
        "<anna@example.org>",
        "anna @example.org",
        "王@example.org",
        "a" * 300 + "@b.c",
    ):
        assert deliverable(bad) is None, bad
