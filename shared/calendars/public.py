"""Public holidays and moved working days of a country: a list that is taken from the `holidays` library once, and kept.

The library knows all countries and takes its time and memory for it, so it is asked in a process of its own
(`python -m shared.calendars CN DE`). China's breaks and moved days (调休) are as published.
"""

import asyncio
import os
import sys
from collections.abc import Collection, Mapping
from datetime import date
from hashlib import sha256

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.contracts.text import LocalText

FIRST_YEAR, LAST_YEAR = 2000, 2059
"""The years for which holidays are known or can be computed."""
DEADLINE = 30.0
"""Seconds for the library's answer."""
_SATURDAY, _SUNDAY = 5, 6


class PublicDays(BaseModel):
    """The public days of a country, in both languages.

    `worked` are free days that are worked in exchange for others. `half_day` and `rest_day` are the weekend, 0 for Monday: a week of
    six days works on the first of them. From `provisional_from` on the government has not yet published which days it moves.
    """

    model_config = ConfigDict(frozen=True)

    name: LocalText
    holidays: Mapping[date, LocalText] = Field(default_factory=dict)
    worked: tuple[date, ...] = ()
    half_day: int = _SATURDAY
    rest_day: int = _SUNDAY
    provisional_from: date | None = None

    @property
    def digest(self) -> str:
        """Tells whether the list is still the same."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:32]


NO_COUNTRY = PublicDays(name=LocalText(en="no country", zh_cn="无"))

_LISTS: TypeAdapter[dict[str, PublicDays]] = TypeAdapter(dict[str, PublicDays])


async def ask(countries: Collection[str]) -> Mapping[str, PublicDays]:
    """What the library says of those countries; of those it does not know, nothing. TimeoutError when it takes too long."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = (sys.executable, "-P", "-m", "shared.calendars", *sorted(countries))
    library = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
    try:
        async with asyncio.timeout(DEADLINE):
            said, _ = await library.communicate()
    except TimeoutError:
        library.kill()
        await library.wait()
        raise
    if library.returncode:
        raise RuntimeError(f"python -m shared.calendars ended with {library.returncode}")
    return _LISTS.validate_json(said)


def told(lists: Mapping[str, PublicDays]) -> bytes:
    """As `ask` reads them."""
    return _LISTS.dump_json(dict(lists))
