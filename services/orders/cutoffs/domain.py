"""Rules of cut-offs: by when goods must be ready for a vessel, reckoned back from its departure until the carrier says it. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field

from services.orders.cutoffs import words
from services.orders.fields import MEANT, NO_GRACE, Body, gone_by
from services.orders.planning.domain.deadlines import Breach
from services.orders.planning.domain.due import START
from services.orders.planning.model import DEPART, Plan
from services.orders.risks.model import Rule as RiskRule
from services.orders.risks.model import Sign, View
from shared.contracts.places import TimeZone, zones_of
from shared.contracts.shipments import CutoffFacts, CutoffKind, Transport
from shared.problems import FieldError, Invalid, require_none


@dataclass(frozen=True, slots=True)
class Rule:
    """So many days before the departure, at noon of the port; what must have happened by then."""

    days: int
    milestone: str


RULES: Mapping[CutoffKind, Rule] = MappingProxyType(
    {
        "shipping_instructions": Rule(4, "PACKED"),
        "verified_gross_mass": Rule(3, "PACKED"),
        "container_yard": Rule(2, "CY_CUT"),
        "customs": Rule(1, "CST_REL"),
    }
)
"""What holds until the carrier says otherwise: a starting proposal."""


class StatedCutoff(Body):
    kind: CutoffKind
    at: Annotated[datetime, MEANT, Field(description="in the time of the port, or with an offset")]


class StateCutoffs(Body):
    """What the carrier has stated. What he has not is reckoned back from the departure."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "zone": "Asia/Shanghai",
                    "stated": [
                        {"kind": "verified_gross_mass", "at": "2026-05-19T12:00:00+08:00"},
                        {"kind": "container_yard", "at": "2026-05-20T18:00:00+08:00"},
                    ],
                }
            ]
        }
    )

    zone: Annotated[
        TimeZone | None, Field(description="of the port of loading; known of main ports, and where those of its country have but one")
    ] = None
    stated: Annotated[tuple[StatedCutoff, ...], Field(max_length=len(RULES))] = ()


def zone_of(port: str | None) -> str | None:
    """The time zone of a port by its UN/LOCODE, of main ports and where the ports of its country have but one."""
    zones = zones_of(port) if port else ()
    return zones[0] if len(zones) == 1 else None


def zone_said(said: str | None, port: str | None, known: Sequence[CutoffFacts] = ()) -> str:
    """The zone in which the cut-offs of that port are, which may have been said, now or with those `known`. Invalid where it was not, and
    for one that is of no port of its country.
    """
    zone = said or zone_of(port) or zone_before(known)
    if zone is None:
        raise Invalid(words.no_zone(port), field="zone")
    zones = zones_of(port) if port else ()
    if zones and zone not in zones:
        raise Invalid(words.other_zone(port, zone, zones), field="zone")
    return zone


def zone_before(known: Sequence[CutoffFacts]) -> str | None:
    """The zone in which cut-offs are."""
    return known[0].zone if known else None


def plan(etd: date, zone: str, known: Sequence[CutoffFacts] = ()) -> tuple[CutoffFacts, ...]:
    """The cut-offs of a departure: those known, and the others by the rules. A later one moves none of those known; an earlier one brings
    forward what was only reckoned, as nobody can hand in goods for a vessel that has left.
    """
    there = {one.kind: one for one in known}
    return tuple(_kept(there.get(kind), _planned(kind, etd, zone)) for kind in RULES)


def of_departure(transport: Transport, etd: date | None, zone: str | None) -> tuple[CutoffFacts, ...]:
    """The cut-offs of a sailing of which nothing else is said: none but by sea. Invalid where the `zone` of its port is neither said nor
    known.
    """
    port = transport.port_of_loading
    if etd is None or not by_water(transport) or (port is None and zone is None):
        return ()
    return plan(etd, zone_said(zone, port))


def by_water(transport: Transport) -> bool:
    return transport.mode in ("sea", "barge")


def anew(etd: date | None, zone: str | None, known: Sequence[CutoffFacts], stays: Sequence[CutoffFacts]) -> tuple[CutoffFacts, ...]:
    """The cut-offs of a departure where only those of the `known` that stay hold on: the others are reckoned again, if they can be."""
    there = {one.kind: one for one in known}
    found = plan(etd, zone, stays) if etd is not None and zone is not None else stays
    return tuple(_revised(there.get(one.kind), one) for one in found)


def of_port(port: str | None, etd: date | None, known: Sequence[CutoffFacts], before: str | None) -> tuple[CutoffFacts, ...]:
    """The cut-offs of a departure from another port than `before`, whose cut-offs, and whose zone, are not of this one; what was said while
    no port was named is, where it can be in that zone.
    """
    zones, zone = zones_of(port) if port else (), zone_before(known)
    stays = known if before in (None, port) and (not zones or zone in zones) else ()
    return anew(etd, zone_of(port) or zone_before(stays), known, stays)


@dataclass(frozen=True, slots=True)
class Departures:
    """The days on which the carrier's events said that a shipment leaves: those that are `gone`, as he took them back, and those that
    stand, with the one that was said by hand.
    """

    gone: frozenset[date] = frozenset()
    standing: frozenset[date] = frozenset()

    def leaving(self, known: Sequence[CutoffFacts]) -> list[CutoffFacts]:
        """Those of the cut-offs that come of none that is gone: stated, met, or reckoned back from another."""
        return [one for one in known if one.stated or one.met_at is not None or not self._reckoned(one)]

    def _reckoned(self, cutoff: CutoffFacts) -> bool:
        return any(cutoff.at == _planned(cutoff.kind, etd, cutoff.zone).at for etd in self.gone)

    def first(self, etd: date | None) -> date | None:
        """The departure from which cut-offs are reckoned that came of one that is gone, where the vessel leaves on `etd` now: as none moves
        along with one that slips, it is the first that stands."""
        return min(etd, *self.standing) if etd is not None and self.standing else etd


def _kept(before: CutoffFacts | None, now: CutoffFacts) -> CutoffFacts:
    if before is None:
        return now
    stands = before.stated or before.met_at is not None or before.at <= now.at
    return before if stands else now.model_copy(update={"revision": before.revision + 1})


def _planned(kind: CutoffKind, etd: date, zone: str) -> CutoffFacts:
    rule = RULES[kind]
    day = etd - timedelta(days=rule.days)
    at = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    return CutoffFacts(kind=kind, at=at, zone=zone, stated=False, revision=1)


def state(body: StateCutoffs, known: Sequence[CutoffFacts], etd: date | None, zone: str) -> tuple[CutoffFacts, ...]:
    """The cut-offs as the carrier states them. One that is another than before is a revision of it, and met where it was: what must be done
    by then is done. Invalid names what is given twice.
    """
    kinds = [one.kind for one in body.stated]
    errors = tuple(FieldError(f"stated.{at}.kind", words.twice(kind)) for at, kind in enumerate(kinds) if kind in kinds[:at])
    if errors:
        raise Invalid(errors[0].reason, errors=errors)
    stated = {one.kind: _local(one.at, zone) for one in body.stated}
    there = {one.kind: one for one in known}
    reckoned = {one.kind: one for one in plan(etd, zone)} if etd is not None else {}
    found = []
    for kind in RULES:
        before = there.get(kind)
        if kind in stated:
            now = CutoffFacts(kind=kind, at=stated[kind], zone=zone, stated=True, revision=1)
        elif before is not None and not before.stated:
            now = _in_zone(before, zone)
        elif kind in reckoned:
            now = reckoned[kind]
        else:
            continue
        met = before.met_at if before is not None else None
        found.append(_revised(before, now.model_copy(update={"met_at": met})))
    return tuple(found)


def require_meant(body: StateCutoffs, known: Sequence[CutoffFacts], zone: str, departs: date | None, now: datetime | None) -> None:
    """Invalid for an instant on a day after the vessel `departs`, or on one that has passed, by the days of the port; `now` is None
    where it has left, and all of them have passed.

    One that he stated before still stands. And one that has passed may be said to have been another one, which has passed as well.
    """
    there = {one.kind: one for one in known}
    today = START if now is None else now.astimezone(ZoneInfo(zone)).date()
    errors = []
    for at, one in enumerate(body.stated):
        before, instant = there.get(one.kind), _local(one.at, zone)
        day = instant.astimezone(ZoneInfo(zone)).date()
        if before is not None and before.stated and before.at == instant:
            continue
        if departs is not None and day > departs:
            errors.append(FieldError(f"stated.{at}.at", words.after_departure(day, departs)))
        elif (why := gone_by(day, today, NO_GRACE)) and not (before is not None and day_of(before) < today):
            errors.append(FieldError(f"stated.{at}.at", why))
    require_none(errors)


def require_restated(known: Iterable[CutoffFacts], etd: date, field: str = "etd") -> None:
    """Invalid for a departure before a cut-off that the carrier has stated, `known` and not met: he has not said both."""
    later = [(one.kind, day_of(one)) for one in known if one.stated and day_of(one) > etd]
    if later:
        raise Invalid(words.restate(etd, later), field=field)


def _local(at: datetime, zone: str) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone))


def _in_zone(cutoff: CutoffFacts, zone: str) -> CutoffFacts:
    """At the same hour of the port, whose zone is said to be another."""
    at = cutoff.at.astimezone(ZoneInfo(cutoff.zone)).replace(tzinfo=ZoneInfo(zone))
    return cutoff.model_copy(update={"at": at, "zone": zone}) if zone != cutoff.zone else cutoff


def _revised(before: CutoffFacts | None, now: CutoffFacts) -> CutoffFacts:
    if before is None:
        return now
    if (before.at, before.zone, before.stated) == (now.at, now.zone, now.stated):
        return before
    return now.model_copy(update={"revision": before.revision + 1})


@dataclass(frozen=True, slots=True)
class CutoffTerm:
    """A cut-off that was not met, as a term of an order in its shipment: missed by what a plan expects on a later day of the port."""

    shipment: str
    cutoff: CutoffFacts

    def breaches(self, plan: Plan) -> Iterator[Breach]:
        node = plan.node((self.shipment, RULES[self.cutoff.kind].milestone))
        day = day_of(self.cutoff)
        if node is not None and plan.passed(node.key) is None and node.estimated > day:
            yield Breach(kind="cutoff", term=self.cutoff.kind, shipment=self.shipment, deadline=day, would_be=node.estimated)


def day_of(cutoff: CutoffFacts) -> date:
    """The day of a cut-off where the port is."""
    return cutoff.at.astimezone(ZoneInfo(cutoff.zone)).date()


def unknown(shipment: str, port: str) -> RiskRule:
    """A departure without cut-offs."""

    def rule(view: View) -> Iterator[Sign]:
        key = (shipment, DEPART)
        if (node := view.plan.node(key)) is not None:
            yield from view.sign(key, "cutoffs_unknown", (node.estimated - view.today).days, port)

    return rule


def near(shipment: str, cutoff: CutoffFacts) -> RiskRule:
    """A cut-off that is near, or before what must be done by then is expected."""

    def rule(view: View) -> Iterator[Sign]:
        key, day = (shipment, RULES[cutoff.kind].milestone), day_of(cutoff)
        node = view.plan.node(key)
        if node is not None:
            day_of_work = node.estimated if node.estimated > day else view.today
            yield from view.sign(key, "cutoff_near", (day - day_of_work).days, cutoff.kind)

    return rule
