"""`python -m services.customers admin LOGIN EMAIL [NAME]`: the first admin, who enters everybody else."""

import argparse
from collections.abc import Sequence

import structlog

from services.customers.settings import CustomersSettings
from services.customers.signin import store
from services.customers.signin.domain import FirstPassword, plain
from services.customers.signin.hashing import HASHING
from services.customers.staff import store as staff
from services.customers.staff.domain import Member, Person
from services.customers.staff.entry import enter
from shared.ids import new_id
from shared.messaging.record import Stamp
from shared.service import Running

ACTOR = "gendan-admin"

log = structlog.get_logger()


async def first_admin(parts: Running, arguments: Sequence[str]) -> None:
    """Enters the admin with the password of the setting `admin_password`; does nothing where the sign-in is off or an admin can sign in."""
    parser = argparse.ArgumentParser(prog="python -m services.customers admin")
    parser.add_argument("login")
    parser.add_argument("email")
    parser.add_argument("name", nargs="?")
    given = parser.parse_args(arguments)
    settings = parts.settings
    if not isinstance(settings, CustomersSettings) or settings.signer is None:
        log.info("admin.not_needed", why="the sign-in is off")
        return
    if settings.admin_password is None:
        raise SystemExit("GENDAN_ADMIN_PASSWORD is not set")
    hash = await HASHING.hash(plain(FirstPassword(password=settings.admin_password).password))
    stamp = Stamp(time=parts.clock.now(), correlation_id=str(new_id()), actor=ACTOR)
    async with parts.database.transaction() as tx:
        known = await staff.lock(tx, given.login)
        if await store.an_admin_can_sign_in(tx):
            log.info("admin.not_needed", why="there is one")
            return
        await enter(tx, stamp, given.login, _person(known, given.email, given.name or given.login))
        await store.set_hash(tx, given.login, hash)
    log.info("admin.entered", login=given.login)


def _person(known: Member | None, email: str, name: str) -> Person:
    if known is not None:
        return Person(**{**known.model_dump(include=set(Person.model_fields)), "active": True, "roles": (*known.roles, "admin")})
    return Person(name=name, department="office", language="en", time_zone="Asia/Shanghai", email=email, roles=("admin",))
