"""Every route of every service, as it is declared."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from shared.contracts.customers import ROLES
from shared.contracts.nearest import NEAREST
from shared.contracts.topology import SERVICES
from shared.web.routes import Route


def routes(service: str) -> list[Route]:
    app = importlib.import_module(f"services.{service}.app")
    return [route for group in app.SERVICE.all_routes for route in group]


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_says_who_may_call_it(service: str) -> None:
    found = routes(service)
    assert found
    assert [route.path for route in found if not (route.roles or route.scope or route.public) or not route.roles <= ROLES] == []


def test_what_needs_no_token_is_listed_here() -> None:
    public = {f"{route.method} {route.path}" for service in SERVICES for route in routes(service) if route.public}
    answers = {f"{method} /api/orders/answers/{{token}}{page}" for method in ("GET", "POST") for page in ("", "/page")}
    assert public == {"POST /api/customers/tokens", "GET /api/customers/jwks.json", *answers}


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_is_below_its_service(service: str) -> None:
    below = (f"/api/{service}", "/s/")
    assert [route.path for route in routes(service) if not route.path.startswith(below)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_says_what_it_does(service: str) -> None:
    found = routes(service)
    assert [route.path for route in found if not route.summary or len(route.summary) > 120] == []
    assert len({route.name for route in found}) == len(found)


def unions(schema: Any, marked: bool = False) -> Iterator[Any]:
    """Those in a schema of pydantic that are not marked to blame the nearest of their shapes."""
    if isinstance(schema, dict):
        if schema.get("type") in ("union", "tagged-union") and not marked:
            yield schema
        marks = schema.get("type") == "function-wrap" and schema["function"]["function"] is NEAREST.func
        for name, part in schema.items():
            yield from unions(part, marks and name == "schema")
    elif isinstance(schema, list):
        for part in schema:
            yield from unions(part)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_wrong_with_a_body_names_its_fields_and_no_class_of_ours(service: str) -> None:
    """Secrets are the union of pydantic itself, which is for no JSON; events say themselves what they are."""
    for route in routes(service):
        if (body := route.signature.body) is not None and body.__name__ != "Events":
            body.model_rebuild()
            found = [one for one in unions(body.__pydantic_core_schema__) if "SecretStr" not in str(one)]
            assert found == [], f"{route.path}: put NEAREST into its Annotated"


@pytest.mark.parametrize("service", SERVICES)
def test_bodies_are_bounded(service: str) -> None:
    assert [route.path for route in routes(service) if not 0 < route.max_bytes <= 64 * 1024 * 1024] == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_edited_as_a_whole_takes_if_match(service: str) -> None:
    # Entries that are put in place under a name of their own, by somebody who owns the whole list.
    entered = {
        "/api/customers/staff/{login}",
        "/api/customers/staff/{login}/password",
        "/api/customers/password",
        "/api/orders/mappings/{name}",
    }
    wrong = [route.path for route in routes(service) if route.method == "PUT" and not route.if_match and route.path not in entered]
    assert wrong == []
