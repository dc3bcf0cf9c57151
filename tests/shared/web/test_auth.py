"""Who gets in: RFC 8725's attacks, the keys' life, roles and scopes."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from shared.web import jwks
from shared.web.jwks import KeySet, read_keys
from shared.web.routes import Routes
from tests.shared.web.server import Server
from tests.shared.web.test_problems import assert_problem

TOY = "/api/toys/a"


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def status(site: Server, token: str | None) -> int:
    answer = await site.ask("GET", TOY, token=token)
    if answer.status == 401:
        assert_problem(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    return answer.status


async def test_a_good_token(site: Server) -> None:
    answer = await site.ask("GET", TOY, headers={"Accept-Language": "zh-CN,en"})
    assert (answer.status, answer.json["name"]) == (200, "a for li in zh-CN")


async def test_no_token_or_another_scheme(site: Server) -> None:
    assert await status(site, None) == 401
    answer = await site.ask("GET", TOY, token=None, headers={"Authorization": f"Basic {site.issuer.mint()}"})
    assert answer.status == 401


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "other"},
        {"aud": None},
        {"iss": "urn:someone"},
        {"iss": None},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": "two words"},
        {"sub": "a" * 101},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": None}},
        {"header": {"kid": "unknown"}},
        {"header": {"kid": "x" * 201}},
        {"header": {"crit": ["exp"], "exp": 1}},
        {"scope": ["a"]},
    ],
    ids=str,
)
async def test_wrong_claims_and_headers(site: Server, change: dict[str, Any]) -> None:
    assert await status(site, site.issuer.mint(**change)) == 401


async def test_leeway_is_thirty_seconds(site: Server) -> None:
    assert await status(site, site.issuer.mint(exp=int(time.time()) - 20)) == 200
    assert await status(site, site.issuer.mint(exp=int(time.time()) - 40)) == 401


async def test_algorithm_none(site: Server) -> None:
    _, payload, _ = site.issuer.mint().split(".")
    for name in ("none", "None", "NONE"):
        header = encoded({"alg": name, "typ": "at+jwt", "kid": "first"})
        assert await status(site, f"{header}.{payload}.") == 401


async def test_a_public_key_used_as_a_secret(site: Server) -> None:
    """HS256 over the public key that everybody has, in the shapes a careless library would take."""
    private = rsa.generate_private_key(65537, 2048)
    site.issuer.extra.append({**RSAAlgorithm.to_jwk(private.public_key(), as_dict=True), "kid": "rsa", "alg": "RS256"})
    pem = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    _, payload, _ = site.issuer.mint().split(".")
    signed = f"{encoded({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'rsa'})}.{payload}"
    for secret in (pem, json.dumps(site.issuer.extra[0]).encode()):
        assert await status(site, f"{signed}.{encoded(hmac.digest(secret, signed.encode(), hashlib.sha256))}") == 401
    good = jwt.encode(
        jwt.decode(site.issuer.mint(), options={"verify_signature": False}), private, "RS256", {"typ": "at+jwt", "kid": "rsa"}
    )
    assert await status(site, good) == 200
    other = jwt.encode(jwt.decode(good, options={"verify_signature": False}), private, "RS512", {"typ": "at+jwt", "kid": "rsa"})
    assert await status(site, other) == 401


async def test_symmetric_and_encryption_keys_of_the_issuer_are_not_taken(site: Server) -> None:
    site.issuer.extra.append({"kty": "oct", "k": encoded(b"k" * 32), "kid": "oct", "alg": "HS256"})
    claims = jwt.decode(site.issuer.mint(), options={"verify_signature": False})
    assert await status(site, jwt.encode(claims, b"k" * 32, "HS256", {"typ": "at+jwt", "kid": "oct"})) == 401


async def test_a_signature_of_another_key_or_none_at_all(site: Server) -> None:
    header, payload, signature = site.issuer.mint().split(".")
    other = encoded({**jwt.decode(site.issuer.mint(), options={"verify_signature": False}), "roles": ["admin"]})
    assert await status(site, f"{header}.{other}.{signature}") == 401
    for junk in ("", "a", "a.b.c", f"{header}.{payload}.", "é" * 20, "x" * 5000):
        assert await status(site, junk or " ") == 401


def test_only_three_algorithms_are_read_from_a_jwks() -> None:
    p256, p384 = (ECAlgorithm.to_jwk(ec.generate_private_key(curve()).public_key(), as_dict=True) for curve in (ec.SECP256R1, ec.SECP384R1))
    document = {"keys": [{**p256, "kid": "a"}, {**p384, "kid": "b"}, p256, {"kty": "EC"}, 7, {**p256, "kid": "c", "use": "enc"}]}
    assert {kid: key.algorithm for kid, key in read_keys(document).items()} == {"a": "ES256"}


async def test_a_new_key_is_found_and_an_unknown_one_asked_for_rarely(site: Server) -> None:
    assert await status(site, site.issuer.mint()) == 200
    assert site.issuer.fetched == 1
    site.issuer.add("second")
    site.keys._tried = -1000.0
    assert await status(site, site.issuer.mint(kid="second")) == 200
    assert site.issuer.fetched == 2
    await asyncio.gather(*(status(site, site.issuer.mint(header={"kid": f"unknown-{number}"})) for number in range(6)))
    assert site.issuer.fetched == 2


async def test_keys_are_kept_while_the_issuer_is_away(site: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await status(site, site.issuer.mint()) == 200
    site.issuer.broken = True
    site.keys._fetched -= jwks.FRESH + 1
    site.keys._tried = -1000.0
    assert await status(site, site.issuer.mint(login="wang")) == 200
    site.keys._fetched -= jwks.STALE
    assert (await site.ask("GET", TOY)).status == 503


async def test_a_withdrawn_key_ends_the_tokens_it_signed(site: Server) -> None:
    token = site.issuer.mint()
    assert await status(site, token) == 200
    del site.issuer.keys["first"]
    site.issuer.add("second")
    site.keys._tried = -1000.0
    assert await status(site, site.issuer.mint(kid="second")) == 200
    assert await status(site, token) == 401


async def test_without_keys_nobody_is_judged() -> None:
    keys = KeySet("http://127.0.0.1:9/jwks.json")
    with pytest.raises(Exception, match="keys cannot be read"):
        await keys.key("first")


async def test_roles_and_scopes(site: Server) -> None:
    def as_(roles: tuple[str, ...], **claims: Any) -> str:
        return site.issuer.mint(roles=roles, **claims)

    assert await status(site, as_(("qc", "unheard-of"))) == 200
    assert await status(site, as_(())) == 403
    assert await status(site, as_(("unheard-of",))) == 403
    assert await status(site, as_((), scope="toys.read other")) == 200
    assert await status(site, as_((), scope="other")) == 403
    assert (await site.ask("DELETE", TOY, token=as_(("merchandiser",)))).status == 403
    assert (await site.ask("DELETE", TOY, token=as_(("clerk", "manager")))).status == 204
    assert (await site.ask("DELETE", TOY, token=as_((), scope="toys.read"))).status == 403


def test_a_route_that_says_not_who_may_call_it_does_not_start() -> None:
    routes = Routes("x")
    with pytest.raises(TypeError, match="who may call"):

        @routes.get("/api/x", roles=frozenset())
        async def x() -> None: ...
