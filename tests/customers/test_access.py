"""Who may call what: every route there is, so that a new one is covered when it is declared. And what is written down of a request."""

import re

import pytest

from services.customers.app import SERVICE
from shared.contracts.customers import ROLES
from shared.web.routes import Route
from tests.customers.calls import ADMIN, LI, MANAGER, Api, contact, customer, person, profile

ROUTES = [route for group in SERVICE.routes for route in group if not route.public]
NOBODY = "00000000-0000-7000-8000-000000000000"
BODIES = {
    "create_customer": customer(),
    "change_customer": profile(),
    "transfer_owner": {"owner": "chen.jie"},
    "add_contact": contact(),
    "change_contact": contact(),
    "put_member": person(),
    "set_password": {"password": "the third plum tree"},
    "change_password": {"current": "the third plum tree", "password": "the fourth plum tree"},
}


async def ask(api: Api, who: str, route: Route) -> int:
    """The status of a well-formed request for things that are not there."""
    path = re.sub(r"\{(\w+)\}", lambda name: NOBODY if name[1] == "contact" else "nobody", route.path)
    body = BODIES[route.handler.__name__] if route.method != "GET" else None
    headers = {"If_Match": '"1"'} if route.if_match else {}
    return (await api.call(who, route.method, path, body, **headers)).status


async def test_every_route_wants_to_know_who_calls(api: Api) -> None:
    assert {f"{route.method} {route.path}": await ask(api, "", route) for route in ROUTES} == {
        f"{route.method} {route.path}": 401 for route in ROUTES
    }


async def test_every_route_refuses_other_roles_and_none(api: Api) -> None:
    for route in ROUTES:
        assert await ask(api, "somebody:", route) == 403, route.path
        for role in sorted(ROLES - route.roles & {"planner", "finance", "clerk", "merchandiser", "manager"}):
            status = await ask(api, f"somebody:{role}", route)
            assert (status == 403) == (role not in route.roles), f"{route.method} {route.path} as {role}: {status}"


async def test_what_is_not_there_is_404_for_everybody(staffed: Api) -> None:
    for route in ROUTES:
        if "{customer}" in route.path:
            for who in (LI, MANAGER, ADMIN):
                if any(role in route.roles for role in who.split(":")[1].split(",")):
                    assert await ask(staffed, who, route) == 404, f"{route.method} {route.path} as {who}"


async def test_no_person_is_in_the_log(staffed: Api, capsys: pytest.CaptureFixture[str]) -> None:
    await staffed.post(LI, "/api/customers", customer())
    await staffed.post(LI, "/api/customers/NA/contacts", contact(phone="+264 61 000 000"))
    await staffed.post(LI, "/api/customers/NA/contacts", contact(email="maria.nangolo@nowhere"))
    await staffed.get(LI, "/api/customers?q=Nangolo")
    await staffed.post(LI, "/api/customers", customer())
    written = "".join(capsys.readouterr())
    assert "http.request" in written
    for secret in ("Nangolo", "nangolo", "maria", "+264", "Li Wei", "staff@"):
        assert secret not in written
