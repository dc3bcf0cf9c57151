"""Every event that was ever told is still understood: one sample of each type, as it was sent."""

from pathlib import Path
from typing import Any

import orjson
import pytest

import shared.contracts.documents  # noqa: F401  importing it registers every publisher's events
from shared.contracts.envelope import TYPE_PREFIX, Envelope
from shared.contracts.event import EVENTS, Event

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = sorted(path.stem for path in GOLDEN.glob("*.json"))


def sample(short_type: str) -> dict[str, Any]:
    read: dict[str, Any] = orjson.loads((GOLDEN / f"{short_type}.json").read_bytes())
    return read


def test_every_type_has_a_sample() -> None:
    assert sorted(EVENTS) == SAMPLES, "write tests/contracts/golden/<type>.json: the envelope of a new type, and never change it again"


@pytest.mark.parametrize("short_type", SAMPLES)
def test_a_sample_is_parsed_and_told_again_as_it_was(short_type: str) -> None:
    told = sample(short_type)
    event = EVENTS[short_type].model_validate(told["data"])
    assert orjson.loads(event.model_dump_json(exclude_unset=True)) == told["data"]
    envelope = Envelope.model_validate(told)
    assert orjson.loads(envelope.model_dump_json(exclude_unset=True)) == told


@pytest.mark.parametrize("short_type", SAMPLES)
def test_a_sample_is_of_its_type(short_type: str) -> None:
    told = sample(short_type)
    assert told["type"] == TYPE_PREFIX + short_type
    assert told["source"] == f"/gendan/{short_type.split('.')[0]}"
    assert told["dataschema"].endswith(short_type)


@pytest.mark.parametrize("short_type", SAMPLES)
def test_fields_of_a_newer_publisher_are_ignored(short_type: str) -> None:
    told = sample(short_type)
    newer = {**told["data"], "a_field_of_tomorrow": {"x": 1}}
    assert EVENTS[short_type].model_validate(newer) == EVENTS[short_type].model_validate(told["data"])
    assert Envelope.model_validate({**told, "extensionoftomorrow": "x"}) == Envelope.model_validate(told)


@pytest.mark.parametrize("short_type", SAMPLES)
def test_events_are_frozen(short_type: str) -> None:
    event = EVENTS[short_type].model_validate(sample(short_type)["data"])
    name = next(iter(type(event).model_fields))
    with pytest.raises(ValueError, match="frozen"):
        setattr(event, name, None)


def test_the_samples_hold_no_address() -> None:
    for path in GOLDEN.glob("*.json"):
        if path.stem != "notifications.message.failed.v1":
            assert "@" not in path.read_text(encoding="utf-8"), path.name


def test_a_second_claim_to_a_type_is_refused() -> None:
    before = dict(EVENTS)
    with pytest.raises(TypeError, match="belongs to DelayLogged"):
        type("Impostor", (Event,), {"__module__": __name__}, type="orders.delay.logged.v1")
    with pytest.raises(TypeError, match="is not <publisher>"):
        type("Shapeless", (Event,), {"__module__": __name__}, type="DelayLogged")
    with pytest.raises(TypeError, match="names its type"):
        type("Nameless", (Event,), {"__module__": __name__})
    assert before == EVENTS
