"""The envelope keeps CloudEvents 1.0, and shards and subjects never change."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import shared.contracts.documents  # noqa: F401  importing it registers every publisher's events
from shared.contracts.customers import OwnerTransferred
from shared.contracts.envelope import SHARDS, Envelope, envelope, schema_of, shard_in, shard_of, subject_of
from shared.contracts.event import EVENTS

GOLDEN = Path(__file__).parent / "golden"
SUBJECT = re.compile(r"gendan\.(customers|orders|notifications|reporting)\.[0-7]\.[a-z_]+\.[a-z_]+\.v[1-9]\d*")
CORE = {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data"}

CUSTOMER = UUID("0192f0c0-0000-7000-8000-000000000001")
EVENT = OwnerTransferred(customer_id=CUSTOMER, code="NA", before="li.wei", after="wang.fang")


def told(**changes: object) -> dict[str, object]:
    known = {"id": UUID(int=7), "aggregate": CUSTOMER, "sequence": 2, "time": datetime(2013, 1, 1, tzinfo=UTC)}
    made = envelope(EVENT, **{**known, "correlation_id": "c-1", "actor": "li.wei", **changes})  # type: ignore[arg-type]
    read: dict[str, object] = orjson.loads(made.model_dump_json())
    return read


@pytest.mark.parametrize(
    ("aggregate", "shard"),
    [
        ("00000000-0000-0000-0000-000000000000", 5),
        ("0192f0c0-0000-7000-8000-000000000001", 6),
        ("0192f0c0-0000-7000-8000-000000000002", 4),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", 2),
    ],
)
def test_shards_are_for_ever(aggregate: str, shard: int) -> None:
    assert shard_of(UUID(aggregate)) == shard


@given(st.uuids())
def test_every_aggregate_has_a_shard(aggregate: UUID) -> None:
    assert 0 <= shard_of(aggregate) < SHARDS


@given(st.uuids())
def test_the_shard_is_read_from_the_subject(aggregate: UUID) -> None:
    assert shard_in(subject_of("orders.delay.logged.v1", aggregate)) == shard_of(aggregate)


@pytest.mark.parametrize("shard", ["8", "-1", "07", "", "x"])
def test_a_subject_that_no_consumer_takes_has_no_shard(shard: str) -> None:
    with pytest.raises(ValueError, match="gendan"):
        shard_in(f"gendan.orders.{shard}.delay.logged.v1")


def test_aggregates_spread_over_the_shards() -> None:
    counts = [0] * SHARDS
    for number in range(SHARDS * 1000):
        counts[shard_of(UUID(int=number * 2**64 + number))] += 1
    assert min(counts) > 900
    assert max(counts) < 1100


@pytest.mark.parametrize("short_type", sorted(EVENTS))
def test_subjects_have_their_grammar(short_type: str) -> None:
    subject = subject_of(short_type, CUSTOMER)
    assert SUBJECT.fullmatch(subject)
    assert len(subject.split(".")) == 6


def test_a_subject_is_for_ever() -> None:
    assert subject_of("orders.delay.logged.v1", UUID(int=0)) == "gendan.orders.5.delay.logged.v1"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_samples_keep_the_rules_of_cloudevents(path: Path) -> None:
    sent = orjson.loads(path.read_bytes())
    assert sent["specversion"] == "1.0"
    assert all(sent[name] for name in ("id", "source", "type", "subject"))
    assert datetime.fromisoformat(sent["time"]).tzinfo is not None
    assert sent["datacontenttype"] == "application/json"
    assert isinstance(sent["data"], dict)
    for name in sent.keys() - CORE:
        assert re.fullmatch(r"[a-z0-9]{1,20}", name), "an extension is lower-case letters and digits, 20 at most"
        assert sent[name] is None or isinstance(sent[name], str | bool | int)
    assert 1 <= sent["sequence"] < 2**31


def test_an_envelope_says_who_when_and_why() -> None:
    sent = told(causation_id=UUID(int=9), historical=True)
    assert sent["type"] == "gendan.customers.owner.transferred.v1"
    assert sent["source"] == "/gendan/customers"
    assert sent["subject"] == str(CUSTOMER)
    assert sent["time"] == "2013-01-01T00:00:00Z"
    assert sent["dataschema"] == schema_of(EVENT.TYPE) == "urn:gendan:schema:customers.owner.transferred.v1"
    assert (sent["actor"], sent["correlationid"], sent["causationid"]) == ("li.wei", "c-1", str(UUID(int=9)))
    assert sent["historical"] is True
    assert sent["data"] == {"customer_id": str(CUSTOMER), "code": "NA", "before": "li.wei", "after": "wang.fang"}


def test_a_sequence_starts_at_one_and_times_are_aware() -> None:
    with pytest.raises(ValidationError, match="sequence"):
        told(sequence=0)
    with pytest.raises(ValidationError, match="timezone"):
        told(time=datetime(2013, 1, 1))  # noqa: DTZ001  a naive time is what must be refused


def test_what_is_sent_is_read_back() -> None:
    sent = orjson.dumps(told())
    assert orjson.loads(Envelope.model_validate_json(sent).model_dump_json()) == orjson.loads(sent)
