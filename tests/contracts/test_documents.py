"""The documents under docs/ say what the registry says."""

from inspect import cleandoc
from pathlib import Path, PurePosixPath

import orjson
import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from deploy.local.docs import ROOT, openapi_documents
from shared.contracts.__main__ import write
from shared.contracts.documents import SCHEMAS, documents, schema_path
from shared.contracts.documents.compatibility import breaks
from shared.contracts.event import EVENTS
from shared.contracts.topology import AGGREGATES, SERVICES

HERE = Path(__file__).parent
DOCS = ROOT / "docs"
REWRITE = "run ./gendan docs and commit what it writes"
MADE = documents()


@pytest.mark.parametrize("path", sorted(MADE), ids=str)
def test_the_document_is_up_to_date(path: PurePosixPath) -> None:
    assert (DOCS / path).is_file(), REWRITE
    assert (DOCS / path).read_text(encoding="utf-8") == MADE[path], REWRITE


def test_no_schema_is_left_over() -> None:
    assert {SCHEMAS / path.name for path in (DOCS / SCHEMAS).glob("*.json")} == {path for path in MADE if path.parent == SCHEMAS}


@pytest.mark.parametrize("service", SERVICES)
def test_the_openapi_document_is_up_to_date(service: str) -> None:
    path = DOCS / "openapi" / f"{service}.json"
    made = openapi_documents((service,))[PurePosixPath("openapi") / path.name]
    assert path.is_file(), REWRITE
    assert path.read_text(encoding="utf-8") == made, REWRITE


def test_asyncapi_is_valid() -> None:
    schema = orjson.loads((HERE / "asyncapi" / "3.0.0.json").read_bytes())
    document = orjson.loads(MADE[PurePosixPath("asyncapi.json")])
    validator = validator_for(schema)(schema)
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)] == []


def test_asyncapi_refers_to_what_is_there() -> None:
    document = orjson.loads(MADE[PurePosixPath("asyncapi.json")])

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [one for value in node.values() for one in references(value)]
        return [one for value in node for one in references(value)] if isinstance(node, list) else []

    for reference in set(references(document)):
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


@pytest.mark.parametrize("short_type", sorted(EVENTS))
def test_the_sample_is_valid_by_its_schema(short_type: str) -> None:
    schema = orjson.loads(MADE[schema_path(short_type)])
    Draft202012Validator.check_schema(schema)
    sent = orjson.loads((HERE / "golden" / f"{short_type}.json").read_bytes())
    assert sent["dataschema"] == schema["$id"]
    assert [error.message for error in Draft202012Validator(schema).iter_errors(sent["data"])] == []


@pytest.mark.parametrize("short_type", sorted(EVENTS))
def test_every_event_says_when_it_is_told_and_of_what(short_type: str) -> None:
    event = EVENTS[short_type]
    assert cleandoc(vars(event).get("__doc__") or ""), f"{event.__name__} needs a docstring: when is it told?"
    assert ".".join(short_type.split(".")[:2]) in AGGREGATES, "name its aggregate in shared/contracts/topology.py"


@pytest.mark.parametrize("short_type", sorted(EVENTS))
def test_the_change_since_the_committed_schema_is_additive(short_type: str) -> None:
    committed = DOCS / schema_path(short_type)
    assert committed.is_file(), REWRITE
    assert breaks(orjson.loads(committed.read_bytes()), orjson.loads(MADE[schema_path(short_type)])) == []


def test_a_breaking_schema_is_not_written_over_an_older_one(tmp_path: Path) -> None:
    assert write(tmp_path) == []
    path = tmp_path / schema_path("customers.owner.transferred.v1")
    older = orjson.loads(path.read_bytes())
    older["properties"]["reason"] = {"type": "string"}
    path.write_bytes(orjson.dumps(older))
    assert write(tmp_path) == ["customers.owner.transferred.v1: data.reason is gone"]
    assert "reason" in path.read_text()
    assert write(tmp_path, allow_breaks=True)
    assert write(tmp_path) == []
