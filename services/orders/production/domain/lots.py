"""How much of some lines is made, for whoever looks at finished goods. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.orders.production.domain.pace import proved
from services.orders.production.domain.reports import OVER
from services.orders.production.model import Progress
from services.orders.production.words import made_so_far
from shared.contracts.text import Both

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Made:
    """So much is made of a line, of so much."""

    line: str
    done: Decimal
    total: Decimal
    uom: str


def made_before(known: Progress, lines: Collection[str], milestone: str) -> list[Made]:
    """What is made of each of those lines by the step that has made least of it, among those whose milestones come before this one.

    A line of which none of them is reported counts as made: nothing is known against it.
    """
    network = known.plan.network
    before, tracks, found = network.earlier[network.index[milestone]], proved(known.tracks.values()), list[Made]()
    for line in lines:
        if (ordered := known.lines.get(line)) is not None:
            positions = ((track, network.index.get(track.stage.milestone)) for track in tracks if track.line == line)
            behind = [track for track, at in positions if at is not None and before >> at & 1 and not track.complete]
            least = min(behind, key=lambda track: track.done, default=None)
            done, total = (least.done, least.total) if least else (ordered.quantity, ordered.quantity)
            found.append(Made(line, done, total, ordered.uom))
    return found


def most(known: Progress, lines: Collection[str]) -> Decimal:
    """The most that is made of those lines: what is ordered of each, or said to be made by a step, and what more there may be."""
    totals = [[known.lines[line].quantity, *(track.total for track in known.tracks.values() if track.line == line)] for line in lines]
    return sum((max(some) for some in totals), Decimal(0)) * OVER


def lacking(made: Sequence[Made]) -> Both | None:
    """Of which lines less than the whole is made; None where of none."""
    short = [(one.line, one.done, one.total, one.uom) for one in made if one.done < one.total]
    return made_so_far(short[:MOST_NAMED], more=len(short) > MOST_NAMED) if short else None
