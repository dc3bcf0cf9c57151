"""The shipments that an event is about, and the milestone of them that it speaks of. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from services.orders.planning.model import ARRIVE, DEPART
from services.orders.tracking import words
from services.orders.tracking.model import Said, Statement, TrackingEvent
from shared.contracts.shipments import Transport
from shared.contracts.text import Both

AT_LOADING: Mapping[str, str] = {"DEPA": DEPART, "LOAD": "ON_BOARD", "CUSR": "CST_REL", "GTIN": "CY_CUT"}
"""Milestones by the standard's codes, at the port of loading. The gate in is of the terminal by water, else the carrier's: GATES."""
AT_DISCHARGE: Mapping[str, str] = {"ARRI": ARRIVE, "DISC": "DISCHARGED", "GTOT": "GATE_OUT"}
"""The same at the port of discharge. The shipped templates have no DISCHARGED and no GATE_OUT: a firm's own may."""
ANYWHERE: Mapping[str, str] = {"BKG CONF": "BKG_CONF", "TRD ISSU": "BL_ISS", "CUC SUBM": "CST_DECL", "CUC RELS": "CST_REL"}
OF_CUSTOMS = ("CUC SUBM", "CUC RELS")
"""Of the export, as far as it is not said of another country."""
DELIVERED = "DELIVERED"
"""The milestone of a `DROP` at the port of discharge or beyond."""
BY_WATER = (None, "sea", "barge")
GATES = ("CY_CUT", "HANDED_OVER")
"""Where goods come into the hands of who carries them: at the terminal of a port, and by other modes."""
OF_GOODS = ("GTIN", "LOAD", "DISC", "GTOT")
"""What happens to goods: not so when the container is empty."""
BY_ITS_MODE = ("DEPA", "ARRI", "LOAD", "DISC")
"""What happens to goods in the vessel, train, truck or aircraft that they travel with: not in what brings them there, or in another."""
OF_A_SAILING = frozenset({DEPART, ARRIVE, "ON_BOARD", *GATES, "DISCHARGED", "GATE_OUT", DELIVERED})
"""Milestones of which the carrier speaks as of one sailing: what he said of another holds no more."""
OF_THE_GOODS_CARRIED = frozenset({*BY_ITS_MODE, *OF_GOODS, "DROP"})
"""What an event is by the standard's codes that says something of those, where it does."""
_ITS_OWN = (
    words.TRANSHIPMENT, words.NO_PORT, words.EMPTY, words.EMPTY_DELIVERY, words.NOT_LADEN, words.BEFORE_ORDERED, words.OF_THE_FIRST,
)  # fmt: skip
"""Why an event says nothing of a shipment, however that travels."""
_MODES = {"sea": {"VESSEL", "FEEDER", "BARGE"}, "barge": {"VESSEL", "FEEDER", "BARGE"}, "rail": {"RAIL"}, "road": {"TRUCK"}, "air": {"AIR"}}


@dataclass(frozen=True, slots=True)
class Tracked:
    """A shipment by what it may be known to a carrier."""

    shipment_id: UUID
    number: str
    transport: Transport
    gates: frozenset[str] = frozenset()
    """Those of GATES that the plans of its orders have."""
    rolled_at: datetime | None = None
    placed: date | None = None
    """When the first of its orders was placed, where that is known of all."""

    @property
    def gate(self) -> str:
        """The milestone of the gate in: that of its mode, unless its plans have the other alone."""
        own, other = GATES if self.transport.mode in BY_WATER else GATES[::-1]
        return other if self.gates == {other} else own


Register: TypeAlias = Mapping[tuple[str, str], Sequence[Tracked]]
"""Shipments by what each of their names is, as `("booking", "B-1")`."""


def register(shipments: Iterable[Tracked]) -> Register:
    found: dict[tuple[str, str], list[Tracked]] = {}
    for one in shipments:
        how = one.transport
        names = {("booking", _upper(how.booking)), ("document", _upper(how.transport_document)), ("voyage", _upper(how.voyage))}
        for kind, name in (*names, *(("container", container) for container in set(how.containers))):
            if name is not None:
                found.setdefault((kind, name), []).append(one)
    return found


def about(said: Said, known: Register) -> list[Tracked]:
    """The shipments that an event is about: by booking or transport document, else by container, else by vessel and voyage.

    One that lists its containers is not meant by an event of another; one of another booking is not meant by an event of its container.
    """
    found = [*_named(known, "booking", said.bookings), *_named(known, "document", said.transport_documents)]
    if said.container is not None:
        found = [one for one in found if not one.transport.containers or said.container in one.transport.containers]
    if not found:
        found = _by_cargo(said, known)
        if said.bookings or said.transport_documents:
            found = [one for one in found if one.transport.booking is None and one.transport.transport_document is None]
    return sorted({one.shipment_id: one for one in found}.values(), key=lambda one: one.number)


def why_none(said: Said, known: Register) -> Both:
    """Why an event is about none of these shipments."""
    booked = _named(known, "booking", said.bookings) or _named(known, "document", said.transport_documents)
    return words.not_listed(said.container) if booked and said.container is not None else words.UNKNOWN


def _by_cargo(said: Said, known: Register) -> list[Tracked]:
    if said.containers:
        return _named(known, "container", said.containers)
    if said.kind == "TRANSPORT":
        return [one for one in _named(known, "voyage", said.voyages) if _on_board(said, one.transport)]
    return []


def _named(known: Register, kind: str, names: Iterable[str]) -> list[Tracked]:
    return [one for name in names for one in known.get((kind, name), ())]


def _upper(name: str | None) -> str | None:
    return name.upper() if name else None


def _on_board(said: Said, transport: Transport) -> bool:
    if said.vessel_imo is not None and transport.vessel_imo is not None:
        return said.vessel_imo == transport.vessel_imo
    return said.vessel is not None and said.vessel == _upper(transport.vessel)


def milestone_of(said: Said, shipment: Tracked) -> tuple[str | None, Both | None]:
    """The milestone that an event says something of, or why it is none of this shipment's."""
    transport = shipment.transport
    if said.code in ANYWHERE:
        if said.code in OF_CUSTOMS and (why := _abroad(said, transport.port_of_loading)) is not None:
            return None, why
        no_bill = said.code == "TRD ISSU" and transport.mode not in BY_WATER
        return "TRD_ISS" if no_bill else ANYWHERE[said.code], None
    if said.code == "DROP":
        return (DELIVERED, None) if (why := _no_delivery(said, transport)) is None else (None, why)
    for codes, port, name in ((AT_LOADING, transport.port_of_loading, "loading"), (AT_DISCHARGE, transport.port_of_discharge, "discharge")):
        if said.code in codes:
            found = shipment.gate if said.code == "GTIN" else codes[said.code]
            why = _elsewhere(said, port, name) or _otherwise(said, transport)
            return (found, None) if why is None else (None, why)
    return None, words.no_milestone(said.code)


def _no_delivery(said: Said, transport: Transport) -> Both | None:
    """Why a container that was dropped is not there yet; whether it has left is asked of the plan."""
    if not said.laden:
        return words.EMPTY_DELIVERY if said.laden is False else words.NOT_LADEN
    if said.transhipment:
        return words.TRANSHIPMENT
    if said.port is not None and said.port != transport.port_of_discharge:
        if said.port == transport.port_of_loading:
            return words.at_loading(said.port)
        if said.port in transport.transhipment_ports:
            return words.at_transhipment(said.port)
    return None


def _abroad(said: Said, port: str | None) -> Both | None:
    """Why what customs say is not said of the export: goods are declared anywhere in its country, and cleared in another."""
    if port is None or said.port is None or said.port[:2] == port[:2]:
        return None
    return words.elsewhere(said.port, "loading", port)


def _elsewhere(said: Said, port: str | None, name: str) -> Both | None:
    if said.transhipment:
        return words.TRANSHIPMENT
    if port is None or said.port is None:
        return words.port_unknown(name) if port is None else words.NO_PORT
    return words.elsewhere(said.port, name, port) if said.port != port else None


def _otherwise(said: Said, transport: Transport) -> Both | None:
    """Why it is not about the goods, or about how they travel. A container that is in the terminal is there for whatever vessel."""
    if said.laden is False and said.code in OF_GOODS:
        return words.EMPTY
    by_its_mode = said.code in BY_ITS_MODE
    if by_its_mode and said.mode is not None and transport.mode in _MODES and said.mode not in _MODES[transport.mode]:
        return words.other_mode(said.mode)
    # Who tranships arrives with another vessel.
    arriving = said.code in AT_DISCHARGE and transport.transhipment_ports
    if (by_its_mode or (said.code == "GTIN" and said.classifier != "ACT")) and not arriving and (other := _other_sailing(said, transport)):
        return words.other_sailing(other, _name(transport.vessel or transport.vessel_imo, transport.voyage))
    return None


def _other_sailing(said: Said, transport: Transport) -> str | None:
    """The vessel and voyage of an event where they are not the shipment's, as far as both are known."""
    if said.vessel_imo is not None and transport.vessel_imo is not None:
        same = said.vessel_imo == transport.vessel_imo
    else:
        same = said.vessel is None or transport.vessel is None or said.vessel == _upper(transport.vessel)
    voyage = _upper(transport.voyage)
    if same and (voyage is None or not said.voyages or voyage in said.voyages):
        return None
    return _name(said.vessel or said.vessel_imo, "/".join(sorted(said.voyages)))


def _name(vessel: str | None, voyage: str | None) -> str:
    return " ".join(part for part in (vessel, voyage) if part)


def place(created: datetime, said: Said, shipment: Tracked) -> tuple[str | None, Both | None]:
    """As `milestone_of`, for an event of that time: what may be about the sailing that a shipment missed says nothing of it, nor does what
    cannot have happened to any of its goods.
    """
    milestone, note = milestone_of(said, shipment)
    if milestone is not None and said.classifier == "ACT" and shipment.placed is not None and said.day < shipment.placed:
        return None, words.BEFORE_ORDERED
    if milestone in OF_A_SAILING and _of_the_first(created, said, shipment):
        return None, words.OF_THE_FIRST
    return milestone, note


def waits(said: Said, note: Both | None) -> bool:
    """Whether what says nothing of a shipment for the reason in `note` may say something of it once that is said to travel otherwise."""
    return note is not None and note not in (*_ITS_OWN, words.no_milestone(said.code))


def _of_the_first(created: datetime, said: Said, shipment: Tracked) -> bool:
    """Whether it may be about the sailing that a shipment missed: said before the roll, and of no vessel by its name."""
    before = shipment.rolled_at is not None and created <= shipment.rolled_at
    return before and not (said.vessel or said.vessel_imo or said.voyages) and not (said.code == "GTIN" and said.classifier == "ACT")


def place_all(event: TrackingEvent, said: Said, known: Register, now: datetime) -> tuple[Statement, ...]:
    """What an event that comes in `now` says of each of the shipments it is about."""
    statements = []
    for shipment in about(said, known):
        milestone, note = place(event.created, said, shipment)
        statements.append(
            Statement(
                event=event.event_id,
                shipment_id=shipment.shipment_id,
                created=event.created,
                received=now,
                code=said.code,
                classifier=said.classifier,
                at=said.at,
                day=said.day,
                port=said.port,
                container=said.container,
                milestone=milestone,
                note=note,
                reasons=said.reasons,
                remark=said.remark,
                waits=said if waits(said, note) else None,
            )
        )
    return tuple(statements)
