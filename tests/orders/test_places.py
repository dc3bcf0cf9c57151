"""Countries, ports and zones: what is in no country is refused, what is no port we know is shown, and where ports have one time."""

import pytest
from pydantic import TypeAdapter, ValidationError

from services.orders.codes.ports import ports, unlisted
from services.orders.fields import Locode
from shared.contracts.places import COUNTRIES, ZONES_OF_MAIN_PORTS, TimeZone, port_zones, zones_of
from tests.orders.calls import LI, MANAGER, Desk
from tests.orders.test_shipments_api import shown

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
    known = {country: zones[0] for country in COUNTRIES if len(zones := port_zones(country)) == 1}
    assert len(known) > 200
    assert {zone for zone in known.values() if ZONE.validate_python(zone) != zone} == set()
    assert (known["CN"], known["DE"], known["MA"]) == ("Asia/Shanghai", "Europe/Berlin", "Africa/Casablanca")
    assert known.keys().isdisjoint({"US", "ID", "AU", "ES", "RU"})
    for port, zone in ZONES_OF_MAIN_PORTS.items():
        assert port in ports()
        assert zone in port_zones(port[:2]), port
    assert (zones_of("USLAX"), zones_of("CNSHA")) == (("America/Los_Angeles",), ("Asia/Shanghai",))
    assert len(zones_of("USXYZ")) > 5, "it is asked for"


def test_every_port_on_the_list_can_be_named() -> None:
    assert len(ports()) > 3_900
    assert [PORT.validate_python(code) for code in ports()] == sorted(ports())
    assert all(ports().values())
    assert unlisted("sea", ("CNSHA", "CNSAH", None)) == ("CNSAH",)
    assert unlisted("air", ("CNPVG", "CNSAH")) == unlisted(None, ("CNSAH",)) == ()


async def test_a_port_is_found_by_its_name_and_one_that_is_not_listed_is_shown(desk: Desk) -> None:
    (ningbo,) = (await desk.get(LI, "/api/orders/codes/ports?q=ningb")).body["items"]
    assert ningbo == {"code": "CNNGB", "name": "Ningbo"}
    first = (await desk.get(LI, "/api/orders/codes/ports?q=de&limit=2")).body
    rest = (await desk.get(LI, f"/api/orders/codes/ports?q=de&limit=200&cursor={first['next']}")).body["items"]
    codes = [one["code"] for one in (*first["items"], *rest)]
    assert codes == sorted(codes)
    assert "DEHAM" in codes
    how = {"mode": "sea", "port_of_loading": "CNSAH", "port_of_discharge": "DEHAM"}
    assert (await desk.put(MANAGER, "/api/orders/shipments/SH-1", how, If_Match='"1"')).body["unlisted_ports"] == ["CNSAH"]
    assert (await shown(desk))["unlisted_ports"] == ["CNSAH"]
    refused = await desk.put(MANAGER, "/api/orders/shipments/SH-1", {**how, "port_of_discharge": "ZZZZZ"}, If_Match='"2"')
    assert (refused.status, list(refused.fields)) == (422, ["port_of_discharge"])
