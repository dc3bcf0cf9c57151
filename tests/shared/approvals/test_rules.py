"""The rules of approval and the life of a request, on made-up firms."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.approvals.domain import (
    Actor,
    ApprovalOver,
    Change,
    Colleague,
    NotTheDecider,
    OwnRequest,
    Request,
    Seats,
    Subject,
    approve,
    ask,
    refuse,
    time_out,
    withdraw,
)
from shared.approvals.rules import Ask, Condition, Level, Rule, misfits, needed, strangers
from shared.contracts.approvals import Amount, Days, Money
from shared.contracts.customers import Grade, Role

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
LOGINS = ("ann", "bob", "cat", "dan", "eve")
ALWAYS = {"when": [{}], "hours": 24}
ROLES: tuple[Role, ...] = get_args(Role)

logins = st.sampled_from(LOGINS)
roles = st.sampled_from(ROLES)
departments = st.sampled_from(["sales", "production"])
amounts = st.one_of(
    st.builds(Days, days=st.integers(0, 100)),
    st.builds(Money, amount=st.decimals(0, 1000, places=2), currency=st.sampled_from(["EUR", "USD"])),
)
grades = st.none() | st.sampled_from(get_args(Grade))
deciders = st.one_of(
    st.builds(lambda role: {"by": "role", "role": role}, roles),
    st.builds(lambda name: {"by": "department", "department": name}, departments),
    st.just({"by": "requesters_manager"}),
    st.builds(lambda login: {"by": "person", "login": login}, logins),
)
conditions = st.builds(Condition, grade=grades, over=st.none() | amounts)


@st.composite
def levels(draw: st.DrawFn) -> Level:
    when = draw(st.lists(conditions, min_size=1, max_size=3))
    document: dict[str, Any] = {"when": [one.model_dump() for one in when], "decider": draw(deciders), "hours": draw(st.integers(1, 100))}
    return Level.model_validate(document)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    return Rule(
        active=draw(st.booleans()),
        exempt=tuple(draw(st.sets(roles, max_size=2))),
        levels=tuple(draw(st.lists(levels(), min_size=1, max_size=5))),
    )


@st.composite
def firms(draw: st.DrawFn) -> tuple[Colleague, ...]:
    at_work = draw(st.sets(logins))
    return tuple(
        Colleague(login, draw(departments), draw(st.none() | logins), tuple(draw(st.sets(roles, max_size=2)))) for login in sorted(at_work)
    )


def asked(steps: tuple[Level, ...], firm: tuple[Colleague, ...] = (), requester: str = "ann") -> Request:
    subject = Subject(UUID(int=5), "SO-1", 0, None)
    wanted = Ask(amount=Days(days=9))
    return ask(UUID(int=1), "promise-later", 1, subject, wanted, {}, steps, requester=requester, staff=firm, now=NOW).request


def level(decider: dict[str, Any], **changes: Any) -> Level:
    return Level.model_validate({**ALWAYS, "decider": decider, **changes})


MANAGERS = level({"by": "role", "role": "manager"})


def more(amount: Amount, by: int) -> Amount:
    if isinstance(amount, Days):
        return Days(days=amount.days + by)
    return Money(amount=amount.amount + by, currency=amount.currency)


@given(rules(), amounts, grades, st.sets(roles), st.integers(0, 50))
def test_asking_for_more_never_needs_less(rule: Rule, amount: Amount, grade: Grade | None, own: set[Role], by: int) -> None:
    less = needed(rule, Ask(amount=amount, grade=grade), own)
    wanted = needed(rule, Ask(amount=more(amount, by), grade=grade), own)
    assert [one for one in wanted if one in less] == list(less)


@given(rules(), amounts, grades)
def test_a_rule_switched_off_and_whoever_is_exempt_needs_nothing(rule: Rule, amount: Amount, grade: Grade | None) -> None:
    wanted = Ask(amount=amount, grade=grade)
    assert needed(rule.model_copy(update={"active": False}), wanted, ()) == ()
    for role in rule.exempt:
        assert needed(rule, wanted, {role}) == ()


@pytest.mark.parametrize(
    ("amount", "over", "waits"),
    [
        (Days(days=7), Days(days=7), False),
        (Days(days=8), Days(days=7), True),
        (Money(amount=Decimal("100"), currency="EUR"), Money(amount=Decimal("100"), currency="EUR"), False),
        (Money(amount=Decimal("100.01"), currency="EUR"), Money(amount=Decimal("100"), currency="EUR"), True),
        (Money(amount=Decimal("1"), currency="USD"), Money(amount=Decimal("100"), currency="EUR"), True),
    ],
)
def test_more_than_is_more_than(amount: Amount, over: Amount, waits: bool) -> None:
    rule = Rule(active=True, levels=(level({"by": "requesters_manager"}, when=[{"over": over.model_dump()}]),))
    assert bool(needed(rule, Ask(amount=amount), ())) is waits


def test_a_condition_in_another_measure_is_named() -> None:
    rule = Rule(
        active=True, levels=(MANAGERS, level({"by": "requesters_manager"}, when=[{}, {"over": {"amount": "5", "currency": "EUR"}}]))
    )
    assert misfits(rule, Money) == []
    assert [(one.field, one.reason) for one in misfits(rule, Days)] == [("levels.1.when.1.over", "this kind is measured in days")]
    fine = Rule(active=True, levels=(level({"by": "requesters_manager"}, when=[{"over": {"amount": "5.005", "currency": "EUR"}}]),))
    too_fine = ("levels.0.when.0.over", "5.005 has more decimals than EUR, which has 2")
    assert [(one.field, one.reason) for one in misfits(fine, Money)] == [too_fine]
    slip = Rule(active=True, levels=(level({"by": "requesters_manager"}, when=[{"over": {"amount": "5", "currency": "UDS"}}]),))
    assert [one.reason for one in misfits(slip, Money)] == ["is not a currency code of ISO 4217, like USD"]


def test_a_decider_that_there_is_not_is_named() -> None:
    steps = (MANAGERS, level({"by": "department", "department": "salse"}), level({"by": "person", "login": "eve"}))
    rule = Rule(active=True, levels=steps)
    assert [(one.field, one.reason) for one in strangers(rule, {"ann"}, {"sales", "finance"})] == [
        ("levels.1.decider.department", "there is no department salse; there are finance, sales"),
        ("levels.2.decider.login", "nobody at work has the login eve"),
    ]
    assert strangers(rule, {"eve"}, None) == [], "any department will do as long as nobody is in the directory"


@given(st.lists(levels(), min_size=1, max_size=5), firms(), logins, st.sets(roles), st.sets(logins), st.integers(0, 3))
def test_nobody_decides_his_own_request(
    steps: list[Level], firm: tuple[Colleague, ...], requester: str, own: set[Role], stands_in_for: set[str], escalations: int
) -> None:
    request = asked(tuple(steps), firm, requester)
    for _ in range(escalations):
        assert requester not in request.seats.deciders
        request = time_out(request, "timer", staff=firm, now=NOW).request
        if request.status != "pending":
            return
    actor = Actor(requester, frozenset(own), tuple(stands_in_for))
    with pytest.raises(OwnRequest):
        approve(request, actor, request.level, None, staff=firm, now=NOW)
    with pytest.raises(OwnRequest):
        refuse(request, actor, "no")


@given(st.lists(levels(), min_size=1, max_size=5), firms(), st.lists(st.booleans()))
def test_every_request_ends(steps: list[Level], firm: tuple[Colleague, ...], said: list[bool]) -> None:
    """Whatever is approved in time and whatever is not: at most three times of each level pass."""
    request, now, passed = asked(tuple(steps), firm), NOW, 0
    answers = iter(said)
    while request.status == "pending":
        assert request.seats != Seats()
        if next(answers, False):
            boss = next(iter(request.seats.deciders), "zoe")
            actor = Actor(boss, frozenset(request.seats.roles))
            request = approve(request, actor, request.level, None, staff=firm, now=now).request
        else:
            now, passed, before = request.due_at, passed + 1, request
            request = time_out(request, "timer", staff=firm, now=now).request
            if request.status == "pending":
                assert before.seats | request.seats == request.seats != before.seats
    assert passed <= 3 * len(steps)
    assert request.status in ("granted", "expired")


FIRM = (
    Colleague("ann", "sales", "bob", ("merchandiser",)),
    Colleague("bob", "sales", "cat", ("manager",)),
    Colleague("cat", "board", None, ("manager",)),
    Colleague("dan", "finance", "cat", ("finance",)),
)


@pytest.mark.parametrize(
    ("decider", "rungs"),
    [
        ({"by": "requesters_manager"}, [({"bob"}, set()), ({"bob", "cat"}, set()), ({"bob", "cat"}, {"manager"})]),
        ({"by": "department", "department": "sales"}, [({"bob"}, set()), ({"bob", "cat"}, set()), ({"bob", "cat"}, {"manager"})]),
        ({"by": "person", "login": "dan"}, [({"dan"}, set()), ({"dan", "cat"}, set()), ({"bob", "cat", "dan"}, {"manager"})]),
        ({"by": "person", "login": "gone"}, [({"bob", "cat"}, {"manager"})]),
        ({"by": "person", "login": "ann"}, [({"bob"}, set()), ({"bob", "cat"}, {"manager"})]),
        (
            {"by": "role", "role": "finance"},
            [({"dan"}, {"finance"}), ({"dan", "cat"}, {"finance"}), ({"bob", "cat", "dan"}, {"finance", "manager"})],
        ),
        ({"by": "role", "role": "manager"}, [({"bob", "cat"}, {"manager"})]),
        ({"by": "department", "department": "nobody"}, [({"bob", "cat"}, {"manager"})]),
    ],
)
def test_who_is_asked_and_who_when_nobody_answers(decider: dict[str, Any], rungs: list[tuple[set[str], set[str]]]) -> None:
    request, found = asked((level(decider),), FIRM), []
    for _ in range(4):
        found.append((set(request.seats.deciders), set(request.seats.roles)))
        request = time_out(request, "timer", staff=FIRM, now=request.due_at).request
        if request.status == "expired":
            break
    assert found == rungs
    assert request.version == len(rungs) + 1


def test_without_a_directory_the_managers_are_asked() -> None:
    request = asked((level({"by": "requesters_manager"}),))
    assert request.seats == Seats(roles=frozenset({"manager"}))
    assert request.due_at == NOW + timedelta(hours=24)


BOB = Actor("bob", frozenset({"manager"}))


def decided(request: Request, actor: Actor = BOB, seen: int | None = None) -> Change:
    return approve(request, actor, seen or request.level, "fine", staff=FIRM, now=NOW)


def test_levels_are_approved_one_after_the_other() -> None:
    request = asked((level({"by": "requesters_manager"}), level({"by": "person", "login": "cat"}, hours=48)), FIRM)
    first = decided(request)
    assert (first.request.level, first.request.status, first.deed) == (2, "pending", "approved")
    assert first.request.seats == Seats(frozenset({"cat"}))
    assert first.request.due_at == NOW + timedelta(hours=48)
    with pytest.raises(NotTheDecider):
        decided(first.request)
    with pytest.raises(ApprovalOver, match="it waits for level 2, not for level 1"):
        decided(first.request, Actor("cat", frozenset()), seen=1)
    last = decided(first.request, Actor("cat", frozenset()))
    assert last.request.status == "granted"
    assert [request.version, first.request.version, last.request.version] == [1, 2, 3]


def test_a_deputy_decides_for_the_absent_one() -> None:
    request = asked((level({"by": "person", "login": "bob"}),), FIRM)
    change = decided(request, Actor("dan", frozenset({"finance"}), ("cat", "bob")))
    assert (change.actor, change.on_behalf_of) == ("dan", "bob")
    with pytest.raises(NotTheDecider) as refused:
        decided(request, Actor("dan", frozenset({"finance"}), ("cat",)))
    assert refused.value.extensions == {"deciders": ("bob",), "roles": ()}


@pytest.mark.parametrize("status", ["granted", "refused", "withdrawn", "expired"])
def test_what_is_over_is_not_decided_again(status: Any) -> None:
    request = replace(asked((MANAGERS,), FIRM), status=status)
    with pytest.raises(ApprovalOver):
        decided(request)
    with pytest.raises(ApprovalOver):
        refuse(request, BOB, "no")
    with pytest.raises(ApprovalOver):
        withdraw(request, "ann", None)


def test_only_the_requester_withdraws() -> None:
    request = asked((MANAGERS,), FIRM)
    with pytest.raises(NotTheDecider):
        withdraw(request, "bob", None)
    assert withdraw(request, "ann", None).request.status == "withdrawn"
