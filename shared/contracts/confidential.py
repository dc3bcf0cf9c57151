"""What is between the firm and its customer, and not for every department: fields that are so marked are withheld from the others."""

from typing import Literal

from pydantic import WrapSerializer

from shared.contracts.text import Reader

Secret = Literal["dealings", "papers"]
"""What is withheld together. `dealings`: what was agreed and spoken of with the customer, penalties, claims, the days he asked for.
`papers`: what is written on his papers, values, credits, his name."""


def _withheld(secret: Secret) -> WrapSerializer:
    """Null in an answer from whose reader it is withheld."""
    # A function that says what it returns would take the place of the field's own schema.
    return WrapSerializer(lambda value, write, info: None if secret in _withheld_from(info.context) else write(value))


def _withheld_from(reader: Reader | None) -> frozenset[str]:
    return reader.withheld if reader is not None else frozenset()


# Each marks a field. Where that is kept or told as an event it stays whole.
CONFIDENTIAL = _withheld("dealings")
ON_PAPERS = _withheld("papers")
