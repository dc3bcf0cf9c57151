"""Who calls, and what he may do: roles, the principal, and the bearer token that names him.

Tokens are JWTs of one issuer for the audience `gendan`. Algorithms are pinned here and never taken
from the token; its keys come from the configured JWKS and never from a URL in the token.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import jwt

from shared.contracts.confidential import Secret
from shared.contracts.customers import ROLES, Role
from shared.contracts.text import Both
from shared.problems import Forbidden, Problem
from shared.web.jwks import ALGORITHMS, KeySet, SigningKey

AUDIENCE = "gendan"
LEEWAY = 30
MAX_TOKEN = 4096
CACHED_TOKENS = 4096

ANYONE = ROLES
"""Everybody who is signed in with a role of ours."""
WRITERS: frozenset[Role] = frozenset({"merchandiser", "clerk", "manager", "admin"})
"""Those who follow orders and customers."""
DEALERS: frozenset[Role] = WRITERS | {"finance"}
"""Those who know what is between the firm and its customer: who follows him, and who bills him."""
MANAGERS: frozenset[Role] = frozenset({"manager", "admin"})
ADMINS: frozenset[Role] = frozenset({"admin"})

_KNOWERS: Mapping[Secret, frozenset[Role]] = {"dealings": DEALERS, "papers": DEALERS | {"docs"}}
"""By secret those who know it. Who writes invoices and handles credits knows what stands on them, and no penalty."""

_LOGIN = re.compile(r"[^\s\x00-\x1f\x7f]{1,100}")
_TYPES = frozenset({"at+jwt", "application/at+jwt"})
_REQUIRED = ["exp", "iss", "aud", "sub"]


class Unauthorized(Problem):
    """No token, or none that can be trusted."""

    # Details say no more than this: they would help to forge a better token.
    status = 401
    slug = "unauthorized"
    title = Both("Sign in first", "请先登录")


NOT_ALLOWED = Both("your roles do not allow this", "您的角色无权执行此操作")
_REFUSED = Both("the token was not accepted", "令牌未被接受")


@dataclass(frozen=True, slots=True)
class Principal:
    """A member of staff (`login` is his in the directory, `roles` add up), or a machine (`scopes` instead of roles)."""

    login: str
    name: str | None = None
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[str] = field(default=frozenset())

    @property
    def is_machine(self) -> bool:
        return bool(self.scopes) and not self.roles

    @property
    def withheld(self) -> frozenset[Secret]:
        """What is withheld from him of what he sees; nothing from a machine."""
        if self.is_machine:
            return frozenset()
        return frozenset(secret for secret, knowers in _KNOWERS.items() if self.roles.isdisjoint(knowers))

    def require(self, roles: frozenset[Role], scope: str | None = None) -> None:
        """Forbidden unless he has one of `roles`, or is a machine with `scope`."""
        if self.roles & roles or (self.is_machine and scope is not None and scope in self.scopes):
            return
        raise Forbidden(NOT_ALLOWED)


NOBODY = Principal("nobody")
"""Who calls a public route: no role, no scope."""


@dataclass(frozen=True, slots=True)
class _Verified:
    principal: Principal
    key: SigningKey
    expires: float


class Verifier:
    """Turns bearer tokens into principals; remembers verified ones until they expire or their key goes."""

    def __init__(self, keys: KeySet, issuer: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def principal(self, authorization: str | None) -> Principal:
        """The principal of an Authorization header; `Unauthorized`, or `Unavailable` while there are no keys to check with."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN:
            raise Unauthorized(Both("send `Authorization: Bearer <token>`", "请随请求发送 `Authorization: Bearer <token>`"))
        fingerprint = sha256(token.encode(errors="surrogateescape")).digest()
        known = self._verified.get(fingerprint)
        if known is not None and known.expires > time.time() and await self._keys.key(known.key.kid) is known.key:
            self._verified.move_to_end(fingerprint)
            return known.principal
        verified = await self._verify(token)
        self._verified[fingerprint] = verified
        while len(self._verified) > CACHED_TOKENS:
            self._verified.popitem(last=False)
        return verified.principal

    async def _verify(self, token: str) -> _Verified:
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.key(header.get("kid"))
            if key is None or header.get("alg") != key.algorithm or str(header.get("typ", "")).lower() not in _TYPES:
                raise Unauthorized(_REFUSED)
            claims = jwt.decode(
                token,
                key.key,
                algorithms=ALGORITHMS,
                audience=AUDIENCE,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": _REQUIRED},
            )
            return _Verified(_principal(claims), key, float(claims["exp"]) + LEEWAY)
        except jwt.ExpiredSignatureError:
            raise Unauthorized(Both("the token has expired", "令牌已过期")) from None
        except (jwt.PyJWTError, UnicodeError, ValueError, TypeError):
            raise Unauthorized(_REFUSED) from None


def _principal(claims: Mapping[str, Any]) -> Principal:
    login, name, roles, scope = claims["sub"], claims.get("name"), claims.get("roles", []), claims.get("scope", "")
    if not isinstance(login, str) or not _LOGIN.fullmatch(login) or not isinstance(roles, list) or not isinstance(scope, str):
        raise ValueError
    return Principal(
        login=login,
        name=name if isinstance(name, str) else None,
        roles=frozenset(role for role in ROLES if role in roles),
        scopes=frozenset(scope.split()),
    )
