"""The development issuer: an Ed25519 key in the data folder, its public half as a JWKS, and tokens signed with it."""

import base64
import hashlib
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ISSUER = "urn:gendan:local"
AUDIENCE = "gendan"
HOUR = 3600


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _public_key(key: Ed25519PrivateKey) -> dict[str, str]:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    needed = {"crv": "Ed25519", "kty": "OKP", "x": _encoded(raw)}
    thumbprint = hashlib.sha256(json.dumps(needed, separators=(",", ":"), sort_keys=True).encode()).digest()  # RFC 7638
    return {**needed, "kid": _encoded(thumbprint), "alg": "EdDSA", "use": "sig"}


class Issuer:
    """Signs tokens. The key is made on first use."""

    def __init__(self, path: Path) -> None:
        self._key = _load(path) if path.exists() else _make(path)
        self.public = _public_key(self._key)

    def publish(self, folder: Path) -> None:
        """Writes the JWKS to where the gateway serves it from."""
        target = folder / ".well-known" / "jwks.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps({"keys": [self.public]}))

    def mint(self, login: str, roles: Iterable[str] = (), *, hours: float = 12, name: str | None = None, scopes: Iterable[str] = ()) -> str:
        """An access token (RFC 9068). It expires by the wall clock, wherever the business clock stands."""
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": login,
            "iat": now,
            "nbf": now,
            "exp": now + int(hours * HOUR),
            "jti": _encoded(os.urandom(12)),
            "client_id": "gendan-cli",
        }
        if roles := list(roles):
            claims["roles"] = roles
        if scope := " ".join(scopes):
            claims["scope"] = scope
        if name:
            claims["name"] = name
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": self.public["kid"]})


def _load(path: Path) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 key")
    return key


def _make(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    staging = path.with_name(path.name + ".new")
    staging.unlink(missing_ok=True)
    handle = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as file:
        file.write(pem)
    staging.replace(path)
    return key
