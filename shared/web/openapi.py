"""The OpenAPI 3.1 document of a service, from the same routes and models that do the work."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from shared.problems import Conflict, Forbidden, Invalid, NotFound, Problem, Stale, Unavailable
from shared.web.auth import Unauthorized
from shared.web.problems import (
    CONTENT_TYPE,
    TYPE_PREFIX,
    KeyBusy,
    KeyReused,
    Malformed,
    Overloaded,
    ProblemDocument,
    TooLarge,
    TooSlow,
    Unexpected,
    VersionRequired,
    WrongMediaType,
)
from shared.web.routes import Route, Routes

VERSION = "1"
REF = "#/components/schemas/{model}"

_ON_BODY: tuple[type[Problem], ...] = (TooSlow, TooLarge, WrongMediaType)
_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same request is done once and answered again, for 24 hours.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 128},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the version you have seen.",
    "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
    "example": '"7"',
}
_ETAG = {"ETag": {"description": "The version of what was answered, for If-Match.", "schema": {"type": "string"}}}
_REPLAYED = {"Idempotency-Replayed": {"description": "`true` on an answer that was stored.", "schema": {"type": "string"}}}


def document(service: str, groups: Sequence[Routes], server: str | None = None) -> dict[str, Any]:
    """The whole document, as JSON values. ValueError when two handlers of one tag share a name: it is the operation's id."""
    routes = [route for group in groups for route in group]
    names = [_id(route) for route in routes]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{service}: two routes are named {', '.join(sorted(twice))}")
    schemas = _Schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    schemas.forget(model for route in routes for model in (route.signature.path, route.signature.query))
    return {
        "openapi": "3.1.0",
        "info": {"title": f"gendan {service}", "version": VERSION},
        **({"servers": [{"url": server}]} if server else {}),
        "tags": [{"name": tag} for tag in dict.fromkeys(group.tag for group in groups)],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": dict(sorted(schemas.responses.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


class _Ordered(GenerateJsonSchema):
    """Sorts keys by name, as it does by itself, but not those of examples: their fields stand in the order in which people fill them."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        schema: JsonSchemaValue = _sorted(value, parent_key)
        return schema


def _sorted(value: Any, within: str | None) -> Any:
    if isinstance(value, list):
        return [_sorted(one, within) for one in value] if within != "examples" else value
    if not isinstance(value, dict):
        return value
    names = value if within in ("properties", "default") else sorted(value)
    return {name: _sorted(value[name], name) for name in names}


class _Schemas:
    """JSON Schemas of every model at once, so that equal names are told apart in one place."""

    def __init__(self, routes: Iterable[Route]) -> None:
        inputs: list[tuple[Any, Any, TypeAdapter[Any]]] = [("problem", "serialization", TypeAdapter(ProblemDocument))]
        for route in routes:
            signature = route.signature
            inputs += [(model, "validation", TypeAdapter(model)) for model in (signature.path, signature.query, signature.body) if model]
            if signature.answer is not None:
                inputs.append((_id(route), "serialization", signature.answer))
        self._by_key, definitions = TypeAdapter.json_schemas(inputs, ref_template=REF, schema_generator=_Ordered)
        self.components: dict[str, Any] = definitions.get("$defs", {})
        self.responses: dict[str, Any] = {}

    def body(self, model: type[BaseModel]) -> dict[str, Any]:
        """Bodies refuse unknown fields at every level, which the models themselves do not say."""
        schema = self._by_key[(model, "validation")]
        self._close(schema, set())
        return schema

    def answer(self, route: Route) -> dict[str, Any]:
        return self._by_key[(_id(route), "serialization")]

    def problems(self, kinds: Sequence[type[Problem]]) -> dict[str, Any]:
        """The answer for problems of one status, shared by all operations that have the same ones."""
        name = ".".join(kind.slug for kind in kinds)
        self.responses[name] = _problem(kinds, self._by_key[("problem", "serialization")])
        return {"$ref": f"#/components/responses/{name}"}

    def parameters(self, model: type[BaseModel], place: str) -> list[dict[str, Any]]:
        """The fields of a path or query model; the model itself then is no component."""
        schema = self._by_key[(model, "validation")]
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        properties = self.components.get(name, schema)
        return [_parameter(field, place, part, field in properties.get("required", ())) for field, part in properties["properties"].items()]

    def forget(self, models: Iterable[type[BaseModel] | None]) -> None:
        """Leave out models that are spelled out as parameters."""
        for model in models:
            if model is not None:
                self.components.pop(str(self._by_key[(model, "validation")].get("$ref", "")).rpartition("/")[2], None)

    def _close(self, schema: Any, seen: set[str]) -> None:
        if isinstance(schema, list):
            for part in schema:
                self._close(part, seen)
        if not isinstance(schema, dict):
            return
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            self._close(self.components[name], seen)
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            self._close(part, seen)


def _id(route: Route) -> str:
    return f"{route.tag}.{route.name}"


def _parameter(name: str, place: str, schema: Mapping[str, Any], required: bool) -> dict[str, Any]:
    rest = {key: value for key, value in schema.items() if key not in ("description", "title")}
    described = {"description": schema["description"]} if "description" in schema else {}
    return {"name": name, "in": place, **described, **({"required": True} if required else {}), "schema": rest}


def _operation(route: Route, schemas: _Schemas) -> dict[str, Any]:
    parameters = _parameters(route, schemas)
    body = _body(route, schemas)
    return {
        "operationId": _id(route),
        "tags": [route.tag],
        "summary": route.summary,
        **({"description": route.description} if route.description else {}),
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": body} if body else {}),
        "responses": {**_good(route, schemas), **_bad(route, schemas)},
        **({"security": []} if route.public else {}),
        "x-roles": sorted(route.roles),
        **({"x-scope": route.scope} if route.scope else {}),
    }


def _parameters(route: Route, schemas: _Schemas) -> list[dict[str, Any]]:
    signature, parameters = route.signature, list[dict[str, Any]]()
    if signature.path is not None:
        parameters += schemas.parameters(signature.path, "path")
    if signature.query is not None:
        parameters += schemas.parameters(signature.query, "query")
    if route.if_match or route.heeds_version:
        parameters.append({**_IF_MATCH, "required": route.if_match})
    if route.takes_key:
        parameters.append(_KEY_HEADER)
    return parameters


def _body(route: Route, schemas: _Schemas) -> dict[str, Any] | None:
    signature = route.signature
    if signature.body is not None:
        return {"required": True, "content": {"application/json": {"schema": schemas.body(signature.body)}}}
    if signature.uploads:
        return {"required": True, "content": {accepted: {} for accepted in route.accepts or ("*/*",)}}
    return None


def _good(route: Route, schemas: _Schemas) -> dict[str, Any]:
    signature = route.signature
    headers = {**(_ETAG if signature.versioned else {}), **(_REPLAYED if route.takes_key else {})}
    answer: dict[str, Any] = {"description": "Done" if signature.answers_nothing else "The answer"}
    if headers:
        answer["headers"] = headers
    if signature.answer is not None:
        answer["content"] = {"application/json": {"schema": schemas.answer(route)}}
    elif signature.downloads:
        answer["content"] = {"*/*": {}}
    also = {str(status): {**answer, "description": words} for status, words in route.also.items()}
    return {str(route.status): answer, **also}


def _bad(route: Route, schemas: _Schemas) -> dict[str, Any]:
    """The problems of the platform and the route's own, by status."""
    signature = route.signature
    signed_in = () if route.public else (Unauthorized, Forbidden)
    kinds: list[type[Problem]] = [Malformed, *signed_in, Unexpected, Overloaded, Unavailable, *route.problems, Invalid]
    kinds += _ON_BODY if signature.body is not None or signature.uploads else ()
    kinds += (NotFound,) if signature.path is not None else ()
    kinds += (KeyReused, KeyBusy) if route.takes_key else ()
    kinds += (VersionRequired, Stale, Conflict) if route.if_match else (Stale,) if route.heeds_version else ()
    statuses: dict[int, list[type[Problem]]] = {}
    for kind in dict.fromkeys(kinds):
        statuses.setdefault(kind.status, []).append(kind)
    return {str(status): schemas.problems(kinds) for status, kinds in sorted(statuses.items())}


def _problem(kinds: Sequence[type[Problem]], schema: Mapping[str, Any]) -> dict[str, Any]:
    examples = {kind.slug: {"summary": kind.title, "value": _example(kind)} for kind in kinds}
    return {
        "description": "; ".join(dict.fromkeys(kind.title for kind in kinds)),
        "content": {CONTENT_TYPE: {"schema": schema, "examples": examples}},
    }


def _example(kind: type[Problem]) -> dict[str, Any]:
    words = re.sub(r"\s+", " ", (kind.__doc__ or kind.title).strip())
    return {
        "type": TYPE_PREFIX + kind.slug,
        "title": kind.title,
        "status": kind.status,
        "detail": words,
        "instance": "/api/...",
        "correlation_id": "0199c0de-0000-7000-8000-000000000000",
    }
