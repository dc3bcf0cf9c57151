"""The staff directory over HTTP: everybody reads it, admins keep it."""

from typing import Annotated

from pydantic import Field

from services.customers.search import like
from services.customers.staff import store
from services.customers.staff.domain import Login, Member, Person, StillOwns
from services.customers.staff.entry import enter
from services.customers.words import no_colleague
from shared.contracts.customers import Role
from shared.contracts.text import Line
from shared.problems import NotFound
from shared.web.auth import ADMINS, ANYONE
from shared.web.call import Call, Reply
from shared.web.paging import Page, PageQuery, page
from shared.web.routes import Routes

routes = Routes("staff")


class StaffQuery(PageQuery):
    department: Line | None = None
    team: Line | None = None
    role: Role | None = None
    active: bool | None = None
    q: Annotated[Line | None, Field(description="words in login or name")] = None


@routes.get("/api/customers/staff", roles=ANYONE)
async def list_staff(call: Call, query: StaffQuery) -> Page[Member]:
    """The staff directory, by login."""
    (after,) = query.begins_after(str)
    members = await store.page(
        call.tx,
        department=query.department,
        team=query.team,
        role=query.role,
        active=query.active,
        like=like(query.q),
        after=after,
        limit=query.limit + 1,
    )
    return page(members, query.limit, lambda one: (one.login,))


@routes.get("/api/customers/staff/{login}", roles=ANYONE)
async def read_member(call: Call, login: Login) -> Member:
    """One member of staff."""
    member = await store.find(call.tx, login)
    if member is None:
        raise NotFound(no_colleague(login))
    return member


@routes.put("/api/customers/staff/{login}", roles=ADMINS, also={201: "New"}, problems=(StillOwns,))
async def put_member(call: Call, login: Login, body: Person) -> Reply[Member]:
    """Enter or change a member of staff. Answers 201 when new. Who leaves (`active` false) has handed over his customers."""
    member, new = await enter(call.tx, call.stamp(), login, body)
    return Reply(member, status=201 if new else 200)
