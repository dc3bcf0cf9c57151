"""Access tokens of our own: an Ed25519 key, its public half for a JWKS, and tokens (RFC 9068) signed with it."""

import base64
import hashlib
import json
import os
import time
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.web.auth import AUDIENCE

TYPE = "at+jwt"


class Signer:
    """Signs tokens with one key; `public` is the key's entry in a JWKS."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = _public_key(key)

    @classmethod
    def from_pem(cls, pem: bytes) -> "Signer":
        """ValueError when the text is not an Ed25519 key; the error does not show it."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("not an Ed25519 private key in PEM")
        return cls(key)

    def sign(self, issuer: str, login: str, seconds: int, client: str, more: Mapping[str, Any]) -> str:
        """A token that expires by the wall clock, wherever the business clock stands."""
        now = int(time.time())
        claims = {
            "iss": issuer,
            "aud": AUDIENCE,
            "sub": login,
            "iat": now,
            "nbf": now,
            "exp": now + seconds,
            "jti": _encoded(os.urandom(12)),
            "client_id": client,
            **more,
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"typ": TYPE, "kid": self.public["kid"]})


def new_key() -> bytes:
    """A new private key in PEM."""
    kind, cipher = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return Ed25519PrivateKey.generate().private_bytes(serialization.Encoding.PEM, kind, cipher)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _public_key(key: Ed25519PrivateKey) -> dict[str, str]:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    needed = {"crv": "Ed25519", "kty": "OKP", "x": _encoded(raw)}
    thumbprint = hashlib.sha256(json.dumps(needed, separators=(",", ":"), sort_keys=True).encode()).digest()  # RFC 7638
    return {**needed, "kid": _encoded(thumbprint), "alg": "EdDSA", "use": "sig"}
