"""Countries, ports and time zones as validated field types."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from shared.contracts.text import Both

_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_CODES.split())
"""ISO 3166-1 alpha-2, and XK, which trade uses for Kosovo. `NA` is Namibia."""

_ZONES_OF_PORTS: Mapping[str, str] = MappingProxyType(
    {
        "AR": "America/Argentina/Buenos_Aires", "CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "DE": "Europe/Berlin",
        "MY": "Asia/Kuala_Lumpur",
    }
)  # fmt: skip
"""Of countries with more than one zone whose ports have the same time."""

_PORTS_OF_ZONES = """
Africa/Kinshasa CDBNW CDBOA CDMAT
America/Anchorage USANC
America/Bahia BRSSA
America/Belem BRBEL BRVLC
America/Chicago USBPT USBTR USCRP USFPO USGLS USGPT USHOU USMOB USMSY USTXT
America/Fortaleza BRFOR BRPEC
America/Guayaquil ECESM ECGYE ECMEC ECPBO
America/Halifax CAHAL
America/Los_Angeles USLAX USLGB USLOG USNTD USOAK USPAE USSAN USSCK USSEA USSFO USTIW USVAN
America/Manaus BRMAO
America/Mazatlan MXMZT
America/Merida MXPGO
America/Mexico_City MXLZC MXTUX MXVER MXZLO
America/Moncton CASJB
America/Monterrey MXATM MXTAM
America/New_York USBAL USBOS USCHS USEWR USFEB USILG USJAX USMIA USNYC USORF USPEF USPHF USPHL USPWM USRIC USSAV USTPA
America/Recife BRREC BRSUA
America/Santiago CLANF CLARI CLCNL CLIQQ CLLQN CLMJS CLSAI CLSVE CLVAP
America/Sao_Paulo BRIBB BRIOA BRITJ BRNVT BRPNG BRRIG BRRIO BRSFS BRSSZ BRVIX
America/St_Johns CASJF
America/Tijuana MXESE
America/Toronto CAHAM CAMTR CAQUE CATOR CATRR
America/Vancouver CAFSD CAPRR CAVAN
Asia/Jakarta IDBLW IDBUR IDJKT IDMRK IDPLM IDSRG IDSUB IDTPP
Asia/Makassar IDBPN IDUPG
Asia/Vladivostok RUNJK RUVVO RUVYP
Atlantic/Canary ESLPA ESSCT
Atlantic/Madeira PTFNC
Australia/Adelaide AUADL
Australia/Brisbane AUBNE AUGLT AUTSV
Australia/Darwin AUDRW
Australia/Hobart AUBWT AUDPO AUHBA
Australia/Melbourne AUGEX AUMEL
Australia/Perth AUFRE AUPHE
Australia/Sydney AUBTB AUNTL AUPKL AUSYD
Europe/Kaliningrad RUKGD
Europe/Kyiv UAILK UAODS UAYUZ
Europe/Lisbon PTAVE PTLEI PTLIS PTOPO PTSET PTSIE
Europe/Madrid ESAGP ESALG ESBCN ESBIO ESCAD ESCAR ESCAS ESGIJ ESPMI ESSAG ESSDR ESSVQ ESTAR ESVGO ESVLC
Europe/Moscow RUARH RULED RUMMK RUNVS RUTAG RUULU
Pacific/Auckland NZAKL NZBLU NZLYT NZNPE NZNPL NZNSN NZPOE NZTIU NZTRG NZWLG
Pacific/Honolulu USHNL
Pacific/Port_Moresby PGLAE PGPOM
"""
ZONES_OF_MAIN_PORTS: Mapping[str, str] = MappingProxyType(
    {port: zone for zone, *ports in map(str.split, _PORTS_OF_ZONES.strip().splitlines()) for port in ports}
)
"""Of the main ports of countries whose ports have several."""


def no_country(code: str) -> Both:
    return Both(f"{code} is not an ISO 3166-1 alpha-2 country code", f"{code} 不是 ISO 3166-1 的两位国家代码")


def _country(value: str) -> str:
    if value not in COUNTRIES:
        raise ValueError(no_country(value))
    return value


def _in_a_country(locode: str) -> str:
    if locode[:2] not in COUNTRIES:
        english = f"{locode} is not a UN/LOCODE: {locode[:2]} is no country of ISO 3166-1"
        raise ValueError(Both(english, f"{locode} 不是 UN/LOCODE：ISO 3166-1 中没有国家 {locode[:2]}"))
    return locode


IN_A_COUNTRY = AfterValidator(_in_a_country)
"""For what has the shape of a UN/LOCODE. Its list has new places twice a year: whether its country has such a one is not asked."""


@cache
def port_zones(country: str) -> tuple[str, ...]:
    """The time zone of a country's ports; those of the country where they have several."""
    if country in _ZONES_OF_PORTS:
        return (_ZONES_OF_PORTS[country],)
    lines = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8").splitlines()
    return tuple(line.split("\t")[2] for line in lines if line.startswith(f"{country}\t"))


def zones_of(port: str) -> tuple[str, ...]:
    """The time zone of a port by its UN/LOCODE; those of its country where it is none of the main ports of one that has several."""
    return (ZONES_OF_MAIN_PORTS[port],) if port in ZONES_OF_MAIN_PORTS else port_zones(port[:2])


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(value: str) -> str:
    if value not in _zones():
        raise ValueError(Both(f"{value} is not an IANA time zone, as in Asia/Shanghai", f"{value} 不是 IANA 时区，如 Asia/Shanghai"))
    return value


Country = Annotated[
    str,
    Field(description="ISO 3166-1 alpha-2", examples=["NA"], json_schema_extra={"pattern": "^[A-Z]{2}$"}),
    AfterValidator(_country),
]
TimeZone = Annotated[str, Field(max_length=64, description="IANA time zone", examples=["Asia/Shanghai"]), AfterValidator(_time_zone)]
