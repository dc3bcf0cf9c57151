"""The built-in sign-in: passwords, tokens that the services' own verifier takes, locks, and what is never told."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import jwt
import orjson
import pytest
from pydantic import SecretStr, ValidationError

from services.customers.settings import CustomersSettings
from services.customers.signin import hashing, store
from services.customers.signin.admin import first_admin
from services.customers.signin.domain import FREE_TRIES, LONGEST_LOCK, FirstPassword, TooManyTries, Tries, another_try
from shared.contracts.customers import StaffChanged
from shared.web.auth import Verifier
from shared.web.jwks import KeySet, SigningKey, read_keys
from shared.web.signing import Signer
from tests.customers.calls import ADMIN, ISSUER, KEY, LI, MANAGER, Api, person
from tests.support.calls import Answer

TOKENS = "/api/customers/tokens"
PASSWORD = "the third plum tree"
OTHER = "the fourth plum tree"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


async def sign_in(api: Api, login: str, password: str) -> Answer:
    return await api.call("", "POST", TOKENS, {"username": login, "password": password})


async def give(api: Api, login: str, password: str = PASSWORD) -> None:
    assert (await api.put(ADMIN, f"/api/customers/staff/{login}/password", {"password": password})).status == 204


async def test_a_password_gives_a_token_that_the_services_take(staffed: Api) -> None:
    await give(staffed, "li.wei")
    answer = await sign_in(staffed, "Li.Wei ", PASSWORD)
    assert (answer.status, answer.body["token_type"], answer.headers["Cache-Control"]) == (200, "Bearer", "no-store")
    keys = (await staffed.call("", "GET", "/api/customers/jwks.json")).body
    [key] = read_keys(keys).values()
    assert jwt.get_unverified_header(answer.body["access_token"]) == {"alg": "EdDSA", "kid": key.kid, "typ": "at+jwt"}
    claims = jwt.decode(answer.body["access_token"], key.key, algorithms=["EdDSA"], audience="gendan", issuer=ISSUER)
    assert (claims["sub"], claims["roles"], claims["exp"] - claims["iat"]) == ("li.wei", ["merchandiser"], 8 * 3600)
    assert claims["exp"] - claims["iat"] == answer.body["expires_in"]
    verifier = Verifier(StillKeys(keys), ISSUER)
    principal = await verifier.principal(f"Bearer {answer.body['access_token']}")
    assert (principal.login, principal.name, principal.roles) == ("li.wei", "Li Wei", frozenset({"merchandiser"}))


class StillKeys(KeySet):
    def __init__(self, document: object) -> None:
        super().__init__("none")
        self._known = read_keys(document)

    async def key(self, kid: object) -> SigningKey | None:
        return self._known.get(str(kid))


async def test_who_may_not_sign_in_is_not_told_why(staffed: Api) -> None:
    await give(staffed, "li.wei")
    await give(staffed, "chen.jie")
    assert (await staffed.put(ADMIN, "/api/customers/staff/chen.jie", person("Chen Jie", active=False))).status == 200
    bodies = []
    for login, password in (
        ("li.wei", OTHER),
        ("nobody", PASSWORD),
        ("wang.fang", PASSWORD),
        ("chen.jie", PASSWORD),
        ("' or 1=1", PASSWORD),
    ):
        refused = await sign_in(staffed, login, password)
        assert refused.status == 401, login
        bodies.append({name: value for name, value in refused.body.items() if name != "correlation_id"})
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["type"] == "urn:gendan:problem:sign-in-refused"


async def test_an_unknown_login_takes_as_long_as_a_known_one(staffed: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not hashing.outdated(hashing.NOBODYS)
    checked: list[str] = []
    verify = hashing._verify

    def counted(hash: str, password: str) -> bool:
        checked.append(hash)
        return verify(hash, password)

    monkeypatch.setattr(hashing, "_verify", counted)
    await give(staffed, "li.wei")
    for _ in range(FREE_TRIES - 1):
        for login in ("li.wei", "nobody"):
            assert (await sign_in(staffed, login, OTHER)).status == 401
    # What takes the time is done for both, as often and at the same cost.
    assert len(checked) == 2 * (FREE_TRIES - 1)
    assert {hash.split("$")[3] for hash in checked} == {"m=65536,t=3,p=4"}


async def test_wrong_passwords_lock_known_and_unknown_logins_alike(staffed: Api) -> None:
    await give(staffed, "li.wei")
    for login in ("li.wei", "nobody"):
        assert [(await sign_in(staffed, login, OTHER)).status for _ in range(FREE_TRIES)] == [401] * FREE_TRIES
        locked = await sign_in(staffed, login, PASSWORD)
        assert (locked.status, locked.slug) == (429, "too-many-tries")
        assert 0 < int(locked.headers["Retry-After"]) <= 30
    # An admin who sets a new password ends the lock.
    await give(staffed, "li.wei", OTHER)
    assert (await sign_in(staffed, "li.wei", OTHER)).status == 200


async def test_guesses_side_by_side_are_counted(staffed: Api) -> None:
    await give(staffed, "li.wei")
    answers = await asyncio.gather(*(sign_in(staffed, "li.wei", f"{OTHER} {n}") for n in range(12)))
    assert sorted(answer.status for answer in answers) == [401] * FREE_TRIES + [429] * (12 - FREE_TRIES)


async def test_a_success_forgets_the_failures(staffed: Api) -> None:
    await give(staffed, "li.wei")
    for _ in range(3):
        assert (await sign_in(staffed, "li.wei", OTHER)).status == 401
        assert (await sign_in(staffed, "li.wei", PASSWORD)).status == 200
        assert (await sign_in(staffed, "li.wei", OTHER)).status == 401


def test_locks_grow_to_a_limit_and_are_forgotten() -> None:
    tries, now, locks = Tries(0, WHEN, None), WHEN, []
    for _ in range(40):
        tries = another_try(tries, now)
        if tries.locked_until is not None:
            locks.append(tries.locked_until - now)
            with pytest.raises(TooManyTries):
                another_try(tries, tries.locked_until - timedelta(seconds=1))
            now = tries.locked_until
    assert locks[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert max(locks) == LONGEST_LOCK == locks[-1]
    assert another_try(tries, now + timedelta(hours=2)).failures == 1


async def test_logins_that_nobody_has_take_a_bounded_place(staffed: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_UNKNOWN", 3)
    await sign_in(staffed, "li.wei", OTHER)
    for n in range(8):
        await sign_in(staffed, f"nobody{n}", OTHER)
    async with staffed.database.connection() as connection:
        rows = await connection.fetch("SELECT known FROM sign_in_try")
        assert sorted(row["known"] for row in rows) == [False] * 3 + [True]
        await connection.execute("UPDATE sign_in_try SET last_at = last_at - interval '2 hours'")
    await sign_in(staffed, "nobody else", OTHER)
    async with staffed.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM sign_in_try") == 1


async def test_only_admins_set_passwords_and_everybody_changes_his_own(staffed: Api) -> None:
    path = "/api/customers/staff/li.wei/password"
    assert (await staffed.put(MANAGER, path, {"password": PASSWORD})).status == 403
    assert (await staffed.put(ADMIN, "/api/customers/staff/nobody/password", {"password": PASSWORD})).status == 404
    await give(staffed, "li.wei")
    wrong = await staffed.put(LI, "/api/customers/password", {"current": OTHER, "password": OTHER})
    assert (wrong.status, wrong.slug) == (401, "sign-in-refused")
    assert (await staffed.put(LI, "/api/customers/password", {"current": PASSWORD, "password": OTHER})).status == 204
    assert (await sign_in(staffed, "li.wei", PASSWORD)).status == 401
    assert (await sign_in(staffed, "li.wei", OTHER)).status == 200


@pytest.mark.parametrize("weak", ["short", "x" * 129, "aaaaaaaaaaaaaaaa", ""])
async def test_weak_passwords_are_refused_and_not_repeated(staffed: Api, weak: str) -> None:
    refused = await staffed.put(ADMIN, "/api/customers/staff/li.wei/password", {"password": weak})
    assert (refused.status, list(refused.fields)) == (422, ["password"])
    assert not weak or weak not in orjson.dumps(refused.body).decode()


async def test_however_the_keyboard_composes_it(staffed: Api) -> None:
    await give(staffed, "li.wei", "cafe\N{COMBINING ACUTE ACCENT} au lait 12")
    assert (await sign_in(staffed, "li.wei", "caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait 12")).status == 200


async def test_no_password_in_logs_events_answers_or_tables(
    staffed: Api, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await give(staffed, "li.wei")
        await sign_in(staffed, "li.wei", PASSWORD)
        await sign_in(staffed, "li.wei", OTHER)
        await sign_in(staffed, PASSWORD, OTHER)
        broken = await staffed.call("", "POST", TOKENS, {"username": ["li.wei"], "password": PASSWORD, "more": PASSWORD})
    assert broken.status == 422
    out, err = capfd.readouterr()
    async with staffed.database.connection() as connection:
        tables = await connection.fetch("SELECT hash FROM credential UNION ALL SELECT login_digest::text FROM sign_in_try")
        keys = await connection.fetchval("SELECT count(*) FROM idempotency_key")
    told = [event.model_dump_json() for event in await staffed.told()]
    for text in (out, err, caplog.text, orjson.dumps(broken.body).decode(), *told, *(row[0] for row in tables)):
        assert PASSWORD not in text
        assert OTHER not in text
    assert next(row[0][:31] for row in tables) == "$argon2id$v=19$m=65536,t=3,p=4$"
    assert keys == 0


async def test_off_where_an_identity_provider_issues_the_tokens(staffed: Api) -> None:
    for changes in ({"issuer": "https://id.example.com"}, {"signing_key": None}):
        async with staffed.with_settings(**changes) as off:
            answers = [
                await sign_in(off, "li.wei", PASSWORD),
                await off.call("", "GET", "/api/customers/jwks.json"),
                await off.put(ADMIN, "/api/customers/staff/li.wei/password", {"password": PASSWORD}),
                await off.put(LI, "/api/customers/password", {"current": PASSWORD, "password": OTHER}),
            ]
            assert [(answer.status, answer.slug) for answer in answers] == [(404, "sign-in-elsewhere")] * 4


async def test_too_many_at_once_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "MOST_WAITING", 1)
    busy = hashing.Hashing()
    answers = await asyncio.gather(*(busy.fits(None, PASSWORD) for _ in range(5)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Overloaded", "Overloaded", "bool", "bool", "bool"]


def test_a_key_that_is_none_stops_the_start_and_is_not_shown() -> None:
    with pytest.raises(ValidationError) as error:
        CustomersSettings(database_url=SecretStr("none"), jwks_url="none", issuer=ISSUER, signing_key=SecretStr("hidden words"))
    assert "not an Ed25519 private key" in str(error.value)
    assert "hidden words" not in str(error.value)
    assert Signer.from_pem(KEY).public["kty"] == "OKP"


async def test_the_first_admin_is_entered_once(api: Api) -> None:
    parts = api.parts(admin_password=SecretStr(PASSWORD))
    await first_admin(parts, ["boss", "boss@example.com", "The Boss"])
    assert (await sign_in(api, "boss", PASSWORD)).status == 200
    await first_admin(api.parts(admin_password=SecretStr(OTHER)), ["boss", "boss@example.com"])
    assert (await sign_in(api, "boss", OTHER)).status == 401
    [event] = await api.told()
    told = StaffChanged.model_validate(event.data)
    assert (told.login, told.roles, event.actor) == ("boss", ("admin",), "gendan-admin")


async def test_the_first_admin_is_not_needed_with_an_identity_provider(api: Api) -> None:
    await first_admin(api.parts(issuer="https://id.example.com"), ["boss", "boss@example.com"])
    assert await api.told() == []
    with pytest.raises(SystemExit):
        await first_admin(api.parts(), ["boss", "boss@example.com"])


def test_first_passwords_do_not_show() -> None:
    assert PASSWORD not in repr(FirstPassword(password=SecretStr(PASSWORD)))
