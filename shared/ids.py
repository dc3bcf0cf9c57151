"""Identifiers: UUID version 7, so that new rows lie side by side in an index. An id is never an order."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    return uuid7()
