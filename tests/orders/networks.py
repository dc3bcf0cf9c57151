"""Networks and calendars to try the planning on, made up by hypothesis."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from services.orders.planning.domain import allowed, estimate, plan_leg, settle
from services.orders.planning.model import ARRIVE, DEPART, Line, OpenDelay, Plan, Stated
from services.orders.templates.domain import Network, compile_template
from shared.calendars import NO_DAY_OFF, WorkCalendar, work_calendar
from shared.calendars.__main__ import public_days
from shared.calendars.public import NO_COUNTRY
from shared.contracts.calendars import EVERY_DAY, CalendarFacts
from shared.problems import Invalid
from tests.orders.plans import CUSTOMER, NOW, step, template

MONDAY = date(2026, 1, 5)
few_days = st.integers(0, 12)
_public_days = cache(public_days)


def calendar(code: str, week: str, **changes: Any) -> WorkCalendar:
    anchor = MONDAY if week == "alternating" else None
    given = {"code": code, "name": {"en": code}, "owner_kind": "general", "week": week, "anchor": anchor, **changes}
    facts = CalendarFacts.model_validate(given)
    return work_calendar(facts, _public_days(facts.country) if facts.country else NO_COUNTRY)


def stop(first: int, days: int) -> dict[str, Any]:
    begin = MONDAY + timedelta(days=first)
    return {"first": begin, "last": begin + timedelta(days=days - 1), "name": {"en": "stop"}}


@cache
def made_calendars() -> tuple[WorkCalendar, ...]:
    """Weeks of every kind, with and without holidays, with stops that are long, short, and on days that are free anyway."""
    stops = ((), (stop(70, 16),), (stop(30, 1), stop(33, 2), stop(75, 4), stop(76, 9)), (stop(5, 2), stop(110, 30)))
    weeks = product(("five_days", "six_days", "alternating"), (None, "CN"), stops)
    return (NO_DAY_OFF, *(calendar("made", week, country=country, closures=closures) for week, country, closures in weeks))


@st.composite
def calendars(draw: st.DrawFn) -> dict[str, WorkCalendar]:
    """Every day, and two others."""
    found = [draw(st.sampled_from(made_calendars())) for _ in range(2)]
    return {EVERY_DAY: NO_DAY_OFF, **{f"c{at}": one for at, one in enumerate(found)}}


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Up to seven steps that wait for each other in any way that has a date for each; two of them may be a voyage's."""
    count = draw(st.integers(1, 7))
    codes, steps = [f"S{at}" for at in range(count)], []
    if count > 1 and draw(st.booleans()):
        leaves = draw(st.integers(0, count - 2))
        codes[leaves], codes[draw(st.integers(leaves + 1, count - 1))] = DEPART, ARRIVE
    for at in range(count):
        # Each step but the first waits for an earlier one, so that all follow from the first.
        dependencies = st.tuples(st.integers(0, at - 1), st.sampled_from(["finish_to_start", "start_to_start", "finish_to_finish"]))
        waited = draw(st.lists(dependencies, min_size=1, max_size=3, unique=True)) if at else []
        after = [
            {"milestone": codes[before], "waits": waits, "lag_days": draw(st.integers(0, 5)), "calendar_days": draw(st.booleans())}
            for before, waits in waited
        ]
        steps.append(step(codes[at], draw(few_days), *after, early=draw(st.booleans())))
    point = draw(st.sampled_from(codes))
    together, taken = [{**one, "after": [*one["after"]]} for one in steps], set[str]()
    for one in together:
        for nth, waited in enumerate(one["after"]):
            pair = {one["code"], waited["milestone"]}
            if waited["waits"] != "start_to_start" and taken.isdisjoint(pair) and draw(st.booleans()):
                one["after"][nth] = {**waited, "together": True}
                taken |= pair
    try:
        return compile_template(template(*together, delivery_point=point), 1)
    except Invalid:
        return compile_template(template(*steps, delivery_point=point), 1)


def together_with(network: Network, at: int) -> int | None:
    """The step that happens together with this one, and before it."""
    link = network.together[at]
    return link.before if link else None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a plan was made of, to make it again with one thing changed."""

    network: Network
    calendars: dict[str, WorkCalendar]
    chosen: tuple[str, ...]
    promise: date

    def plan(self, promise: date | None = None) -> Plan:
        """As it was just entered, with nothing that has happened."""
        promise = promise or self.promise
        point = self.network.template.delivery_point
        nodes = plan_leg(self.network, self.chosen, self.calendars, point=point, shipment=None, promise=promise)
        line = Line("1", None, promise, promise)
        return settle(Plan(UUID(int=1), "SO-1", CUSTOMER, point, "open", 1, (line,), nodes, self.network, self.calendars))


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    network, days = draw(networks()), draw(calendars())
    chosen = tuple(draw(st.sampled_from(sorted(days))) for _ in network.steps)
    return Drawn(network, days, chosen, MONDAY + timedelta(days=draw(st.integers(60, 200))))


@st.composite
def underway(draw: st.DrawFn) -> Plan:
    """A plan of which some has happened, in an order that can be, and some is delayed."""
    plan = draw(drawn()).plan()
    return draw(lived(plan))


@st.composite
def told(draw: st.DrawFn, quicker: bool = True) -> Plan:
    """A plan underway with words on some of what is still to come; some say that the work is `quicker` than by the template, and some
    are on an arrival, which keeps its days from the departure.
    """
    plan = draw(underway())
    nodes = list(plan.nodes)
    for at, node in enumerate(nodes):
        if node.actual is None and (quicker or node.milestone != ARRIVE) and draw(st.booleans()):
            before = allowed(plan, node.key)
            day = max((estimate(plan)[one.key].day for one in plan.earlier(node)), default=MONDAY) + timedelta(days=draw(few_days))
            day = max(day, before) if before and not quicker else day
            nodes[at] = replace(node, stated=Stated(day, before, draw(st.sampled_from(("owner", "carrier"))), NOW))
            plan = replace(plan, nodes=tuple(nodes))
    return settle(plan)


@st.composite
def lived(draw: st.DrawFn, plan: Plan) -> Plan:
    nodes = list(plan.nodes)
    for at in range(draw(st.integers(0, len(nodes) - 1))):
        if draw(st.booleans()):
            floor = max((one.actual for one in nodes[:at] if one.actual and plan.network.earlier[at] >> one.position & 1), default=MONDAY)
            day = max(floor, nodes[at].planned + timedelta(days=draw(st.integers(-10, 15))))
            later = plan.network.later[at]
            if not any(one.actual and one.actual < day for one in nodes if later >> one.position & 1):
                nodes[at] = replace(nodes[at], actual=day)
    ahead = [node for node in nodes if node.actual is None]
    chosen = draw(st.lists(st.sampled_from(ahead), max_size=3, unique=True)) if ahead else []
    delays = tuple(
        OpenDelay(UUID(int=at + 1), None, node.milestone, node.planned + timedelta(days=draw(st.integers(0, 40))), at + 1)
        for at, node in enumerate(chosen)
    )
    return settle(replace(plan, nodes=tuple(nodes), delays=delays))
