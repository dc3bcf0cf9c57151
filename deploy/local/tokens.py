"""The development issuer: an Ed25519 key in the data folder, its public half as a JWKS, and tokens signed with it."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from shared.web.signing import Signer, new_key

ISSUER = "urn:gendan:local"
HOUR = 3600


class Issuer:
    """Signs tokens. The key is made on first use."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            _make(path)
        self._signer = Signer.from_pem(path.read_bytes())
        self.public = self._signer.public

    def publish(self, folder: Path) -> None:
        """Writes the JWKS to where the gateway serves it from."""
        target = folder / ".well-known" / "jwks.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps({"keys": [self.public]}))

    def mint(self, login: str, roles: Iterable[str] = (), *, hours: float = 12, name: str | None = None, scopes: Iterable[str] = ()) -> str:
        """An access token (RFC 9068). It expires by the wall clock, wherever the business clock stands."""
        claims: dict[str, object] = {}
        if roles := list(roles):
            claims["roles"] = roles
        if scope := " ".join(scopes):
            claims["scope"] = scope
        if name:
            claims["name"] = name
        return self._signer.sign(ISSUER, login, int(hours * HOUR), "gendan-cli", claims)


def _make(path: Path) -> None:
    staging = path.with_name(path.name + ".new")
    staging.unlink(missing_ok=True)
    handle = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as file:
        file.write(new_key())
    staging.replace(path)
