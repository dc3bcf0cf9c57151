"""What the walk is called with."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from cyclopts import Parameter


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is late, and in whose name it is said."""

    login: Annotated[str, Parameter(name="--as", help="Login, as in the staff directory.")]
    to: Annotated[date, Parameter(help="When the milestone is expected now.")]
    vessel: Annotated[str | None, Parameter(help="Vessel and voyage, as 'EVER GIVEN 042W'.")] = None
    shipment: Annotated[
        str | None, Parameter(help="Or a shipment, with all its orders; beside an order, the part of it that it means.")
    ] = None
    order: Annotated[str | None, Parameter(help="Or one order.")] = None
    unshipped: Annotated[bool, Parameter(negative="", help="Of the order, the part that is in no shipment yet.")] = False
    milestone: Annotated[str | None, Parameter(help="Code of the milestone; asked for in a terminal, else DEPART.")] = None
    cause: Annotated[str | None, Parameter(help="Code of the cause; asked for in a terminal.")] = None
    action: Annotated[str | None, Parameter(help="What is being done, in English, fit for the customer; asked for in a terminal.")] = None
    action_zh: Annotated[str | None, Parameter(help="The same in Chinese.")] = None
    role: Annotated[Literal["merchandiser", "clerk", "manager"], Parameter(help="The role he acts in.")] = "merchandiser"
    lang: Annotated[Literal["en", "zh-CN"] | None, Parameter(help="Language of the walk; the terminal's where it is not given.")] = None
    yes: Annotated[bool, Parameter(negative="", help="Log it without asking, for scripts.")] = False

    @property
    def sailing(self) -> tuple[str, str]:
        """The name of the vessel, and its voyage."""
        name, voyage = (self.vessel or "").rsplit(maxsplit=1)
        return name, voyage
