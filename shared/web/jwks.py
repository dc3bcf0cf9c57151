"""The issuer's public keys, fetched from one configured URL and kept while the issuer is away."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
import orjson
import structlog

from shared.contracts.text import Both
from shared.problems import Unavailable

ALGORITHMS = ["EdDSA", "ES256", "RS256"]

FRESH = 600.0
STALE = 24 * 3600.0
UNKNOWN_KID_EVERY = 30.0
RETRY_EVERY = 1.0
FETCH_DEADLINE = 5.0
MAX_DOCUMENT = 256 * 1024
MAX_KID = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    kid: str
    algorithm: str
    key: jwt.PyJWK


class KeySet:
    """Keys by `kid`: read again after 10 minutes or for an unknown `kid` (every 30 s at most), used for 24 hours if that fails."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: Mapping[str, SigningKey] = {}
        self._fetched = -STALE
        self._tried = -STALE
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, kid: object) -> SigningKey | None:
        """The key, None for a `kid` the issuer does not have; `Unavailable` while no keys could be read."""
        if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
            return None
        age = time.monotonic() - self._fetched
        if age > STALE:
            await self._refresh(RETRY_EVERY)
            if time.monotonic() - self._fetched > STALE:
                raise Unavailable(Both("the issuer's keys cannot be read at the moment", "暂时无法读取签发方的公钥"))
        elif kid not in self._keys:
            await self._refresh(UNKNOWN_KID_EVERY)
        elif age > FRESH:
            self._start(UNKNOWN_KID_EVERY)
        return self._keys.get(kid)

    async def _refresh(self, every: float) -> None:
        self._start(every)
        if self._fetching is not None:
            # One fetch for all who wait; a request that goes away does not take it along.
            await asyncio.shield(self._fetching)

    def _start(self, every: float) -> None:
        if self._fetching is None and time.monotonic() - self._tried >= every:
            self._tried = time.monotonic()
            self._fetching = asyncio.create_task(self._fetch(), name="jwks")
            self._fetching.add_done_callback(self._fetched_or_not)

    def _fetched_or_not(self, _: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _fetch(self) -> None:
        try:
            keys = read_keys(orjson.loads(await self._document()))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.warning("jwks.unreadable", error=type(error).__name__, keys=len(self._keys))
            return
        # Keys that did not change stay the same objects: tokens verified by them stay verified.
        kept = {kid: old for kid, old in self._keys.items() if kid in keys and _same(old, keys[kid])}
        self._keys = {**keys, **kept}
        self._fetched = time.monotonic()
        log.info("jwks.read", keys=len(self._keys))

    async def _document(self) -> bytes:
        document = bytearray()
        async with (
            asyncio.timeout(FETCH_DEADLINE),
            aiohttp.ClientSession() as session,
            session.get(self._url, allow_redirects=False, raise_for_status=True) as answer,
        ):
            async for chunk in answer.content.iter_any():
                document += chunk
                if len(document) > MAX_DOCUMENT:
                    raise ValueError("the JWKS is too large")
        return bytes(document)


def read_keys(document: Any) -> dict[str, SigningKey]:
    """The usable public keys of a JWKS; symmetric ones and those for encryption are left out. ValueError if it is none."""
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("not a JWKS")
    keys: dict[str, SigningKey] = {}
    for entry in document["keys"]:
        if not isinstance(entry, dict) or entry.get("kty") not in ("OKP", "EC", "RSA") or entry.get("use", "sig") != "sig":
            continue
        kid = entry.get("kid")
        try:
            key = jwt.PyJWK(entry)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        if isinstance(kid, str) and 0 < len(kid) <= MAX_KID and key.algorithm_name in ALGORITHMS:
            keys[kid] = SigningKey(kid, key.algorithm_name, key)
    return keys


def _same(one: SigningKey, other: SigningKey) -> bool:
    return one.algorithm == other.algorithm and bool(one.key.key == other.key.key)
