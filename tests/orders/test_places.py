"""Countries, ports and zones: what is no place is refused, and ports have the time of their country where it has but one."""

import pytest
from pydantic import TypeAdapter, ValidationError

from services.orders.fields import Locode
from shared.contracts.places import COUNTRIES, TimeZone, port_zone

PORT: TypeAdapter[str] = TypeAdapter(Locode)
ZONE: TypeAdapter[str] = TypeAdapter(TimeZone)


@pytest.mark.parametrize(
    ("code", "why"), [("ZZZZZ", "ZZ is no country"), ("UKFXT", "UK is no country"), ("cnsha", "like CNSHA"), ("CNSH1", "like CNSHA")]
)
def test_what_is_in_no_country_is_no_port(code: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        PORT.validate_python(code)


def test_a_port_that_is_new_is_taken() -> None:
    assert [PORT.validate_python(code) for code in ("NAWVB", "CNQ9Q")] == ["NAWVB", "CNQ9Q"]


def test_ports_have_the_zone_of_their_country_or_it_is_asked_for() -> None:
    known = {country: zone for country in COUNTRIES if (zone := port_zone(country)) is not None}
    assert len(known) > 200
    assert {zone for zone in known.values() if ZONE.validate_python(zone) != zone} == set()
    assert (known["CN"], known["DE"], known["MA"]) == ("Asia/Shanghai", "Europe/Berlin", "Africa/Casablanca")
    assert known.keys().isdisjoint({"US", "ID", "AU", "ES", "RU"})
