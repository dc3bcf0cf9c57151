"""What is between the firm and its customer, and not for every department: fields that are so marked are withheld from the others."""

from typing import Literal

from pydantic import WrapSerializer

Secret = Literal["dealings", "papers"]
"""What is withheld together. `dealings`: what was agreed and spoken of with the customer, penalties, claims, the days he asked for.
`papers`: what is written on his papers, values, credits, his name."""


def _withheld(secret: Secret) -> WrapSerializer:
    """Null in an answer whose context, the secrets withheld from its reader, has that one."""
    # A function that says what it returns would take the place of the field's own schema.
    return WrapSerializer(lambda value, write, info: None if secret in (info.context or ()) else write(value))


# Each marks a field. Where that is kept or told as an event it stays whole.
CONFIDENTIAL = _withheld("dealings")
ON_PAPERS = _withheld("papers")
