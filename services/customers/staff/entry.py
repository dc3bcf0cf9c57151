"""Entering a member of staff: the same for the API and for the first admin."""

from services.customers.staff import store
from services.customers.staff.domain import Member, Person, changed, check_colleagues, check_leaving, entered, personal
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.keys import make_key
from shared.messaging.personal import seal
from shared.messaging.record import Facts, Stamp, append


async def enter(tx: Tx, stamp: Stamp, login: str, person: Person) -> tuple[Member, bool]:
    """The member as he is in the directory now, told to the other services if anything changed; and whether he is new."""
    known = await store.lock(tx, login)
    member = entered(known, new_id(), login, person)
    if member is known:
        return member, False
    above = await store.reporting_line(tx, member.manager) if member.manager else []
    check_colleagues(member, above, await store.active_of(tx, [one.login for one in member.deputies]))
    check_leaving(member, await store.customers_owned(tx, login))
    await store.save(tx, member)
    sealed = seal(await make_key(tx, member.id), member.id, personal(member))
    await append(tx, stamp, [Facts(member.id, member.version - 1, [changed(member, sealed)])])
    return member, known is None
