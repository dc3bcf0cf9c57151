"""The event registry: every event class of the suite, by its type.

A class registers itself when it is defined; a second claim to a type is refused. Inside a version
changes are additive only: a new optional field is allowed, anything else is a `.v2` beside `.v1`.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

TYPE_SHAPE = re.compile(r"(?P<publisher>[a-z]+)\.(?P<noun>[a-z_]+)\.(?P<deed>[a-z_]+)\.v(?P<version>[1-9]\d*)")

_events: dict[str, type["Event"]] = {}
EVENTS: Mapping[str, type["Event"]] = MappingProxyType(_events)
"""Event class by short type, `orders.delay.logged.v1`; filled as the contract modules are imported."""


class Contract(BaseModel):
    """A frozen value inside an event; unknown fields are ignored, so that newer publishers are understood."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Contract):
    """A fact in the past tense, with the ids and values a consumer needs to act without calling back."""

    TYPE: ClassVar[str]
    """Short type, `<publisher>.<noun>.<deed>.v<N>`; on the wire it is prefixed with `gendan.`."""

    def __init_subclass__(cls, *, type: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if type is None:
            raise TypeError(f"{cls.__name__}: an event names its type, as in class {cls.__name__}(Event, type='orders.delay.logged.v1')")
        if not TYPE_SHAPE.fullmatch(type):
            raise TypeError(f"{cls.__name__}: {type!r} is not <publisher>.<noun>.<deed>.v<N>")
        if type in _events:
            raise TypeError(f"{cls.__name__}: {type!r} belongs to {_events[type].__name__} already")
        cls.TYPE = type
        _events[type] = cls

    @classmethod
    def publisher(cls) -> str:
        return cls.TYPE.split(".", 1)[0]
