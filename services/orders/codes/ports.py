"""The sea ports of the world by UN/LOCODE, as far as we have a list of them: `ports.csv`, of whose source `SOURCE.md` tells."""

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from shared.contracts.codes import Mode


@cache
def ports() -> Mapping[str, str]:
    """Their names by their codes, in the order of the codes."""
    with (Path(__file__).parent / "ports.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["unlocode"]: row["name"] for row in csv.DictReader(file)})


def starting(text: str | None) -> list[tuple[str, str]]:
    """Codes and names of those of which one or the other starts so, in upper or lower case."""
    start = (text or "").upper()
    return [(code, name) for code, name in ports().items() if code.startswith(start) or name.upper().startswith(start)]


def unlisted(mode: Mode | None, called: Iterable[str | None]) -> tuple[str, ...]:
    """Of the ports of a shipment by sea those that are not on the list: new ones, or mistyped."""
    return tuple(port for port in called if port is not None and port not in ports()) if mode in ("sea", "barge") else ()
