"""The network of a template: its milestones in an order in which each comes after what it waits for. Which orders get it. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import product
from typing import NamedTuple, TypeAlias, get_args

from services.orders.templates import words
from services.orders.templates.model import Milestone, Route, Template, Unclear, Waits
from shared.contracts.codes import MODES, Mode, TradeType
from shared.contracts.reasons import no_department, not_staff
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, Invalid, require_none

USUAL_ROUTE: Route = "make"
USUAL_MODE: Mode = "sea"


Kind: TypeAlias = tuple[TradeType, Route, Mode, bool]
"""What an order may say that its template is chosen by: trade type, route, mode, urgent."""
KINDS: tuple[Kind, ...] = tuple(product(get_args(TradeType), get_args(Route), MODES, (False, True)))


class TemplateOutOfUse(Conflict):
    slug = "template-retired"
    title = Both("The template is retired", "模板已停用")


class TemplateInUse(Conflict):
    slug = "template-in-use"
    title = Both("The template is in use", "模板正在使用")


class Owners(NamedTuple):
    """Who may own milestones: departments, None as long as any may; and active staff."""

    departments: frozenset[str] | None
    persons: frozenset[str]


class Link(NamedTuple):
    """A dependency between two steps, by their indexes."""

    before: int
    after: int
    waits: Waits
    lag: int
    calendar_days: bool
    together: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A template's revision, compiled once and shared; compared by identity.

    Sets of steps are bit masks over the indexes of `steps`. `earlier[i]` are the steps that have finished when `i` has,
    `later[i]` those that cannot finish before `i`: here it is decided what is behind us. `leading[i]` are those on whose dates the finish
    of `i` depends. `together[i]` is the link from the step that happens together with `i`, and before it: what else waits for that one
    comes behind `i`.
    """

    template: Template
    revision: int
    steps: tuple[Milestone, ...]
    index: Mapping[str, int]
    into: tuple[tuple[Link, ...], ...]
    out_of: tuple[tuple[Link, ...], ...]
    earlier: tuple[int, ...]
    later: tuple[int, ...]
    leading: tuple[int, ...]
    together: tuple[Link | None, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.index)

    def undated(self, point: str) -> tuple[str, ...]:
        """Steps that neither lead to `point` nor follow from what does: a promise there would give them no date."""
        dated = self.leading[self.index[point]]
        for index, links in enumerate(self.into):
            if links and all(dated >> link.before & 1 for link in links):
                dated |= 1 << index
        return tuple(step.code for index, step in enumerate(self.steps) if not dated >> index & 1)


def compile_template(template: Template, revision: int) -> Network:
    """Invalid names everything that is wrong: repeated and unknown codes, cycles, delivery points that do not date the plan."""
    errors = [*_repeated(template), *_unknown(template), *_crowded(template)]
    require_none(errors)
    network = _network(template, revision)
    errors = [
        FieldError(where, words.undated_from(point, undated)) for where, point in _points(template) if (undated := network.undated(point))
    ]
    require_none(errors)
    return network


def fitting(
    networks: Iterable[Network], trade_type: TradeType, route: Route | None, mode: Mode | None, urgent: bool
) -> tuple[Network, ...]:
    """The networks that fit an order best: of its trade type and urgency, not for another route or mode, and for the most of what is said.

    A template for any trade type is taken only where it is for urgent orders, or for the route that is named. An order that names no route
    is made to order; one that names no mode goes by sea, where several fit as well.
    """
    found = _best(networks, trade_type, route, mode, urgent)
    usual = _best(found, trade_type, route, mode or USUAL_MODE, urgent) if len(found) > 1 else ()
    return usual or found


def _best(networks: Iterable[Network], trade_type: TradeType, route: Route | None, mode: Mode | None, urgent: bool) -> tuple[Network, ...]:
    def fit(template: Template) -> int:
        is_for = ((template.trade_types, trade_type), (template.routes, route or USUAL_ROUTE), (template.modes, mode))
        if template.urgent != urgent or any(wanted and value is not None and value not in wanted for wanted, value in is_for):
            return 0
        return template.urgent + (trade_type in template.trade_types) + (route in template.routes) + (mode in template.modes)

    found = [(fit(network.template), network) for network in networks]
    best = max((score for score, _ in found), default=0)
    return tuple(network for score, network in found if score == best) if best else ()


def unclear(before: Collection[Network], after: Collection[Network]) -> tuple[Unclear, ...]:
    """The kinds of orders that had the one template that fits them best, and have to name theirs now."""
    found: dict[tuple[TradeType, Route, bool, tuple[str, ...]], list[Mode]] = {}
    for trade_type, route, mode, urgent in KINDS:
        was, now = (fitting(networks, trade_type, route, mode, urgent) for networks in (before, after))
        if len(was) == 1 != len(now):
            fit = tuple(sorted(network.template.code for network in now))
            found.setdefault((trade_type, route, urgent, fit), []).append(mode)
    return tuple(
        Unclear(trade_type=trade_type, route=route, urgent=urgent, modes=tuple(modes), fitting=fit)
        for (trade_type, route, urgent, fit), modes in found.items()
    )


def unowned(template: Template, owners: Owners) -> list[FieldError]:
    """Milestones that would be nobody's work: of a department that there is not, or of a person who is not active staff."""
    errors = []
    for index, step in enumerate(template.milestones):
        where = f"milestones.{index}"
        errors += no_such(f"{where}.department", step.department, owners.departments)
        if step.person is not None and step.person not in owners.persons:
            errors.append(FieldError(f"{where}.person", not_staff(step.person)))
    return errors


def no_such(where: str, department: str, there: Collection[str] | None) -> list[FieldError]:
    """That there is no such department; any will do where `there` is None."""
    why = no_department(department, there)
    return [FieldError(where, why)] if why else []


def _points(template: Template) -> list[tuple[str, str]]:
    by_term = [(f"delivery_point_by_incoterm.{term}", point) for term, point in template.delivery_point_by_incoterm.items()]
    return [("delivery_point", template.delivery_point), *by_term]


def _repeated(template: Template) -> list[FieldError]:
    seen: set[str] = set()
    errors = []
    for index, step in enumerate(template.milestones):
        if step.code in seen:
            errors.append(FieldError(f"milestones.{index}.code", words.listed_twice(step.code)))
        seen.add(step.code)
        waited: set[tuple[str, Waits]] = set()
        for nth, dependency in enumerate(step.after):
            where = f"milestones.{index}.after.{nth}.milestone"
            if dependency.milestone == step.code:
                errors.append(FieldError(where, words.waits_for_itself(step.code)))
            if (dependency.milestone, dependency.waits) in waited:
                errors.append(FieldError(where, words.waits_twice(step.code, dependency.milestone)))
            waited.add((dependency.milestone, dependency.waits))
    return errors


def _unknown(template: Template) -> list[FieldError]:
    codes = {step.code for step in template.milestones}
    waited = [
        (f"milestones.{index}.after.{nth}.milestone", dependency.milestone)
        for index, step in enumerate(template.milestones)
        for nth, dependency in enumerate(step.after)
    ]
    return [FieldError(where, words.unknown(code)) for where, code in (*waited, *_points(template)) if code not in codes]


def _crowded(template: Template) -> list[FieldError]:
    """A milestone happens together with one other, whose day it can take: not with what only starts when it does."""
    errors, taken = list[FieldError](), set[str]()
    for index, step in enumerate(template.milestones):
        for nth, dependency in enumerate(step.after):
            if dependency.together:
                where, pair = f"milestones.{index}.after.{nth}.together", {step.code, dependency.milestone}
                if dependency.waits == "start_to_start":
                    errors.append(FieldError(where, words.waits_for_start(step.code, dependency.milestone)))
                errors += [FieldError(where, words.crowded(code)) for code in sorted(pair & taken)]
                taken |= pair
    return errors


def _network(template: Template, revision: int) -> Network:
    steps = _ordered(template)
    index = {step.code: at for at, step in enumerate(steps)}
    into = tuple(
        tuple(Link(index[one.milestone], at, one.waits, one.lag_days, one.calendar_days, one.together) for one in step.after)
        for at, step in enumerate(steps)
    )
    out_of: list[list[Link]] = [[] for _ in steps]
    for links in into:
        for link in links:
            out_of[link.before].append(link)
    later = _later(out_of)
    earlier = tuple(sum(1 << other for other, mask in enumerate(later) if mask >> at & 1) for at in range(len(steps)))
    together = tuple(next((link for link in links if link.together), None) for links in into)
    return Network(template, revision, steps, index, into, tuple(map(tuple, out_of)), earlier, later, _leading(into), together)


def _ordered(template: Template) -> tuple[Milestone, ...]:
    """Each step after those it waits for, and what these happen together with; of several that could come next, the one written first."""
    given = {step.code: at for at, step in enumerate(template.milestones)}
    waits_for = _waits_for(template)
    waiting = [len(waited) for waited in waits_for.values()]
    ready = [at for at, count in enumerate(waiting) if not count]
    heapify(ready)
    ordered: list[Milestone] = []
    while ready:
        step = template.milestones[heappop(ready)]
        ordered.append(step)
        for other in template.milestones:
            if found := waits_for[other.code].count(step.code):
                waiting[given[other.code]] -= found
                if not waiting[given[other.code]]:
                    heappush(ready, given[other.code])
    if len(ordered) < len(template.milestones):
        raise Invalid(words.circle(_cycle(waits_for, ordered)), field="milestones")
    return tuple(ordered)


def _waits_for(template: Template) -> dict[str, list[str]]:
    later = {one.milestone: step.code for step in template.milestones for one in step.after if one.together}
    found = {step.code: [one.milestone for one in step.after] for step in template.milestones}
    for code, waited in found.items():
        waited += [later[before] for before in waited if later.get(before, code) != code]
    return found


def _cycle(waits_for: Mapping[str, Sequence[str]], ordered: Sequence[Milestone]) -> list[str]:
    """One circle among the steps that could not be put in order, from what comes first to what waits for it."""
    done = {step.code for step in ordered}
    code = next(code for code in waits_for if code not in done)
    way: list[str] = []
    while code not in way:
        way.append(code)
        code = next(before for before in waits_for[code] if before not in done)
    return [code, *reversed(way[way.index(code) :])]


def _later(out_of: Sequence[Sequence[Link]]) -> tuple[int, ...]:
    """Whose finish cannot come before one's own: along finish-to-start and finish-to-finish. That the other one's work may begin says
    nothing of its having finished, nor of what is before it.
    """
    masks = [0] * len(out_of)
    for at in reversed(range(len(out_of))):
        for link in out_of[at]:
            if link.waits != "start_to_start":
                masks[at] |= masks[link.after] | 1 << link.after
    return tuple(masks)


def _leading(into: Sequence[Sequence[Link]]) -> tuple[int, ...]:
    """Each step with all that it waits for, near and far."""
    masks: list[int] = []
    for at, links in enumerate(into):
        mask = 1 << at
        for link in links:
            mask |= masks[link.before]
        masks.append(mask)
    return tuple(masks)
