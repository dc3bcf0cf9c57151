"""Signing in over HTTP. No transaction is open while a password is hashed."""

import structlog
from pydantic import SecretStr

from services.customers.settings import CustomersSettings
from services.customers.signin import store
from services.customers.signin.domain import (
    FirstPassword,
    Jwks,
    OwnPassword,
    SignIn,
    SignInElsewhere,
    SignInRefused,
    Token,
    TooManyTries,
    another_try,
    plain,
)
from services.customers.signin.hashing import HASHING, outdated
from services.customers.signin.store import Account
from services.customers.staff.domain import Login
from services.customers.words import no_colleague
from shared.contracts.text import Both
from shared.problems import NotFound
from shared.web.auth import ADMINS, ANYONE
from shared.web.call import Call, Reply
from shared.web.routes import Routes
from shared.web.signing import Signer

MAX_BODY = 4096
CLIENT = "gendan-sign-in"

log = structlog.get_logger()
routes = Routes("sign-in")


@routes.post(
    "/api/customers/tokens",
    roles=frozenset(),
    public=True,
    transaction=False,
    max_bytes=MAX_BODY,
    problems=(SignInElsewhere, SignInRefused, TooManyTries),
)
async def sign_in(call: Call, body: SignIn) -> Reply[Token]:
    """Sign in with a password. Answers an access token; off where an identity provider issues the tokens."""
    signer = _signer(call)
    account = await _checked(call, body.username.strip().lower(), body.password)
    seconds = int(_settings(call).token_hours * 3600)
    more = {"name": account.name, "roles": list(account.roles)}
    token = signer.sign(call.settings.issuer, account.login, seconds, CLIENT, more)
    log.info("signin.done", login=account.login)
    return Reply(Token(access_token=token, expires_in=seconds), headers={"Cache-Control": "no-store"})


@routes.get("/api/customers/jwks.json", roles=frozenset(), public=True, transaction=False, problems=(SignInElsewhere,))
async def read_keys(call: Call) -> Jwks:
    """The public keys that the sign-in's tokens are checked with."""
    return Jwks(keys=[_signer(call).public])


@routes.put("/api/customers/staff/{login}/password", roles=ADMINS, transaction=False, max_bytes=MAX_BODY, problems=(SignInElsewhere,))
async def set_password(call: Call, login: Login, body: FirstPassword) -> None:
    """Give a member of staff a password, his first or in place of one he forgot. Ends a lock as well."""
    _signer(call)
    hash = await HASHING.hash(plain(body.password))
    async with call.database.transaction() as tx:
        if await store.account(tx, login) is None:
            raise NotFound(no_colleague(login))
        await store.set_hash(tx, login, hash)
    log.info("signin.set", login=login)


@routes.put(
    "/api/customers/password",
    roles=ANYONE,
    transaction=False,
    max_bytes=MAX_BODY,
    problems=(SignInElsewhere, SignInRefused, TooManyTries),
)
async def change_password(call: Call, body: OwnPassword) -> None:
    """Change your own password. Tokens made before stay valid until they expire."""
    _signer(call)
    account = await _checked(call, call.principal.login, body.current)
    hash = await HASHING.hash(plain(body.password))
    async with call.database.transaction() as tx:
        await store.set_hash(tx, account.login, hash)
    log.info("signin.changed", login=account.login)


async def _checked(call: Call, login: str, password: SecretStr) -> Account:
    """The member whose password it is; `SignInRefused`, `TooManyTries`. The same work is done whoever it is, or is not."""
    async with call.database.transaction() as tx:
        tries, now = await store.lock_tries(tx, login)
        await store.tried(tx, login, another_try(tries, now))
        account = await store.account(tx, login)
    text = plain(password)
    right = await HASHING.fits(account.hash if account and account.active else None, text)
    if not right or account is None or account.hash is None:
        # What was typed as a login may be a password.
        log.warning("signin.refused", login=account.login if account else None)
        raise SignInRefused(Both("login or password is wrong", "用户名或密码错误"))
    renewed = await HASHING.hash(text) if outdated(account.hash) else None
    async with call.database.transaction() as tx:
        await store.succeeded(tx, login)
        if renewed is not None:
            await store.renew_hash(tx, login, account.hash, renewed)
    return account


def _settings(call: Call) -> CustomersSettings:
    if not isinstance(call.settings, CustomersSettings):
        raise TypeError("the service runs with settings of its own")
    return call.settings


def _signer(call: Call) -> Signer:
    signer = _settings(call).signer
    if signer is None:
        english = "tokens come from the identity provider that this installation is set to"
        raise SignInElsewhere(Both(english, "令牌由本系统所配置的身份提供方签发"))
    return signer
