"""Every request body of every service shows an example, and every example in the documentation of the API is one that holds."""

from html import unescape
from typing import Literal

import orjson
import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from deploy.local.docs import ROOT
from services.orders.tracking.api import Events
from services.orders.tracking.model import read_event
from shared.contracts.topology import SERVICES
from shared.web.docs import render
from tests.house.test_routes import routes


def bodies(service: str) -> dict[str, type[BaseModel]]:
    """Models by their operations. Files and forms have none."""
    return {f"{route.method} {route.path}": route.signature.body for route in routes(service) if route.signature.body is not None}


def examples(model: type[BaseModel]) -> list[object]:
    extra = model.model_config.get("json_schema_extra")
    return list(extra.get("examples", ())) if isinstance(extra, dict) else []  # type: ignore[arg-type]


@pytest.mark.parametrize("service", SERVICES)
def test_every_body_has_an_example(service: str) -> None:
    assert [operation for operation, model in bodies(service).items() if not examples(model)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_example_is_taken_as_a_request_would_be(service: str) -> None:
    wrong = []
    for operation, model in bodies(service).items():
        extra: Literal["ignore", "forbid"] = "ignore" if model.model_config.get("extra") == "ignore" else "forbid"
        for example in examples(model):
            try:
                model.model_validate_json(orjson.dumps(example), extra=extra)
            except ValidationError as error:
                wrong.append(f"{operation}: {error}")
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_and_its_page_show_them_as_they_are_written(service: str) -> None:
    """With their fields in the order in which people fill them, and Chinese as Chinese."""
    document = orjson.loads((ROOT / "docs" / "openapi" / f"{service}.json").read_bytes())
    page = unescape(render(service, document, "en"))
    for operation, model in bodies(service).items():
        method, path = operation.split(" ")
        schema = document["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]["schema"]
        shown = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["examples"]
        assert orjson.dumps(shown) == orjson.dumps(examples(model)), operation
        assert all(orjson.dumps(example, option=orjson.OPT_INDENT_2).decode() in page for example in shown), operation


@pytest.mark.parametrize("service", SERVICES)
def test_every_example_in_the_document_fits_its_schema(service: str) -> None:
    """Those of answers and of parts, too: with every field that there is, and no other."""
    document = orjson.loads((ROOT / "docs" / "openapi" / f"{service}.json").read_bytes())
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    wrong = []
    for name, schema in document["components"]["schemas"].items():
        validator = Draft202012Validator(
            {"$ref": f"#/components/schemas/{name}", **document}, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        wrong += [
            f"{name}: {error.json_path} {error.message}"
            for example in schema.get("examples", ())
            for error in validator.iter_errors(example)
        ]
    assert wrong == []


def test_the_tracking_events_can_be_read() -> None:
    for example in examples(Events):
        for event in Events.model_validate(example).each:
            assert read_event(event).event_id
