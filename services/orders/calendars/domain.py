"""Which calendar each step of a plan is counted in. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.orders.calendars.words import too_many
from services.orders.templates.domain import Network
from shared.calendars import NO_DAY_OFF, WorkCalendar
from shared.contracts.calendars import EVERY_DAY, OFFICE, CalendarFacts, CalendarOwner, Closure
from shared.contracts.text import LocalText
from shared.problems import Invalid

Owner = tuple[CalendarOwner, str]

MOST_CLOSURES = 200

_STAND_INS: Mapping[str, str] = {"department": OFFICE, "supplier": "factory", "carrier": EVERY_DAY, "customer": OFFICE}
"""The calendar of a party that has none of its own."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who may have a calendar of their own in a leg."""

    suppliers: Sequence[str] = ()
    carrier: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars a command may need: their days by code, and whose they are."""

    days: Mapping[str, WorkCalendar] = field(default_factory=lambda: {EVERY_DAY: NO_DAY_OFF})
    owned: Mapping[Owner, str] = field(default_factory=dict)

    def choose(self, network: Network, parties: Parties) -> tuple[str, ...]:
        """The code of the calendar of each step. KeyError where a template names one that is not here."""
        chosen = tuple(self._choose(step.calendar, step.department, parties) for step in network.steps)
        for code in chosen:
            self.days[code]
        return chosen

    def _choose(self, calendar: str, department: str, parties: Parties) -> str:
        owners: list[Owner]
        match calendar:
            case "department":
                owners = [("department", department)]
            case "supplier":
                owners = [("supplier", supplier) for supplier in parties.suppliers]
            case "carrier":
                owners = [("carrier", parties.carrier)] if parties.carrier else []
            case "customer":
                owners = [("customer_country", parties.country)] if parties.country else []
            case _:
                return calendar
        return next((self.owned[owner] for owner in owners if owner in self.owned), _STAND_INS[calendar])


def close(facts: CalendarFacts, first: date, last: date, name: LocalText) -> CalendarFacts:
    """The calendar with days on which nobody works, also where some of them would have been worked."""
    if len(facts.closures) == MOST_CLOSURES:
        raise Invalid(too_many(facts.code, MOST_CLOSURES), field="scope")
    worked = tuple(one for one in facts.worked if not first <= one.day <= last)
    return facts.model_copy(update={"closures": (*facts.closures, Closure(first=first, last=last, name=name)), "worked": worked})


def named(networks: Iterable[Network]) -> frozenset[str]:
    """The codes that templates name, with those that stand in for parties."""
    codes = {step.calendar for network in networks for step in network.steps}
    return frozenset((codes - _STAND_INS.keys()) | {_STAND_INS[code] for code in codes & _STAND_INS.keys()})


def departments(networks: Iterable[Network]) -> frozenset[str]:
    return frozenset(step.department for network in networks for step in network.steps if step.calendar == "department")


def asks_customer(network: Network) -> bool:
    """Whether a step of it is counted in the days of the customer's country."""
    return any(step.calendar == "customer" for step in network.steps)


def country_calendar(country: str, name: LocalText) -> CalendarFacts:
    """The calendar of a country nobody has written one for: its working week and its public holidays."""
    code = f"country-{country.lower()}"
    return CalendarFacts(code=code, name=name, owner_kind="customer_country", owner=country, week="five_days", country=country)
