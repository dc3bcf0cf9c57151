"""Personal data inside events: one block per event, sealed with a key of the person's aggregate, so that it can be forgotten."""

import os
from base64 import b64decode, b64encode
from typing import TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel

_NONCE = 12

M = TypeVar("M", bound=BaseModel)


class CannotUnseal(ValueError):
    """The text was not sealed with this key for this aggregate, or was changed."""


def new_key() -> bytes:
    return AESGCM.generate_key(bit_length=256)


def seal(key: bytes, aggregate: UUID, model: BaseModel) -> str:
    """AES-256-GCM over the model's JSON, bound to the aggregate; base64 of nonce and ciphertext."""
    nonce = os.urandom(_NONCE)
    return b64encode(nonce + AESGCM(key).encrypt(nonce, model.model_dump_json().encode(), aggregate.bytes)).decode()


def unseal(key: bytes, aggregate: UUID, text: str, kind: type[M]) -> M:
    """What `seal` was given; CannotUnseal for another key, another aggregate or a changed text."""
    try:
        sealed = b64decode(text, validate=True)
        return kind.model_validate_json(AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], aggregate.bytes))
    except (ValueError, InvalidTag) as error:
        raise CannotUnseal("this key does not open it") from error
