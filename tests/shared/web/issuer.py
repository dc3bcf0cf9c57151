"""An issuer that signs whatever a test wants, also what no honest issuer would."""

import time
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

ISSUER = "urn:gendan:test"


class Issuer:
    def __init__(self) -> None:
        self.fetched = 0
        self.broken = False
        self.keys: dict[str, Ed25519PrivateKey] = {}
        self.extra: list[dict[str, Any]] = []
        self.url = ""
        self.add("first")

    def add(self, kid: str) -> None:
        self.keys[kid] = Ed25519PrivateKey.generate()

    def mint(
        self, login: str = "li", roles: Any = ("merchandiser",), *, kid: str = "first", header: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """A good token, but for what is given; a claim of None is left out."""
        now = int(time.time())
        good = {"iss": ISSUER, "aud": "gendan", "sub": login, "roles": list(roles), "exp": now + 600, "nbf": now, **claims}
        payload = {name: value for name, value in good.items() if value is not None}
        return jwt.encode(payload, self.keys[kid], algorithm="EdDSA", headers={"typ": "at+jwt", "kid": kid, **(header or {})})

    def public(self) -> dict[str, Any]:
        keys = [{**OKPAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid} for kid, key in self.keys.items()]
        return {"keys": [*keys, *self.extra]}

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/jwks.json", self._serve)
        self._http = web.AppRunner(app, access_log=None)
        await self._http.setup()
        await web.TCPSite(self._http, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._http.addresses[0][1]}/jwks.json"

    async def stop(self) -> None:
        await self._http.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        self.fetched += 1
        return web.json_response({"nothing": True}) if self.broken else web.json_response(self.public())
