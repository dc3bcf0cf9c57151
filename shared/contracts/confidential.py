"""What is between the firm and its customer, and not for every department: fields that are so marked are withheld from the others."""

from typing import Final

from pydantic import WrapSerializer

WITHHELD: Final = {"withhold": True}
"""The context in which an answer is written for who is not to see them."""

# A function that says what it returns would take the place of the field's own schema.
CONFIDENTIAL = WrapSerializer(lambda value, write, info: None if info.context is WITHHELD else write(value))
"""Marks a field: null to who may not see it. Where it is kept or told as an event it stays whole."""
