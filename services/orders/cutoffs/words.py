"""What is said where cut-offs cannot be what was meant, in both languages."""

from collections.abc import Sequence
from datetime import date

from shared.contracts.shipments import CUTOFFS, CutoffKind
from shared.contracts.text import Both


def no_cutoff(shipment: str, kind: str) -> Both:
    return Both(f"shipment {shipment} has no cut-off {kind}", f"出运批次 {shipment} 没有截止项 {kind}")


def no_zone(port: str | None) -> Both:
    return Both(
        f"the zone of {port or 'the port of loading'} is not known: name it, as in Asia/Shanghai",
        f"{port or '装货港'} 的时区未知，请填写，如 Asia/Shanghai",
    )


def other_zone(port: str | None, zone: str, zones: Sequence[str]) -> Both:
    return Both(
        f"{port} is not in {zone}: it is in {' or '.join(zones[:3])}{', or another' if zones[3:] else ''}",
        f"{port} 不在 {zone}，而在 {' 或 '.join(zones[:3])}{' 等' if zones[3:] else ''}",
    )


def twice(kind: CutoffKind) -> Both:
    name = CUTOFFS[kind]
    return Both(f"{name.en} is given twice", f"{name.zh_cn} 重复填写")


def after_departure(day: date, departs: date) -> Both:
    return Both(f"{day} lies after the departure, which is expected on {departs}", f"{day} 晚于预计离港日 {departs}")


def restate(etd: date, later: Sequence[tuple[CutoffKind, date]]) -> Both:
    """`later`: the kinds with their days, which he has stated and which lie after the departure."""
    english = ", ".join(f"{CUTOFFS[kind].en} on {day}" for kind, day in later)
    chinese = "、".join(f"{CUTOFFS[kind].zh_cn}（{day}）" for kind, day in later)
    return Both(
        f"{etd} lies before cut-offs that the carrier has stated: {english}; say what he states now under cutoffs of the schedule",
        f"{etd} 早于承运人已告知的截止时间：{chinese}；请在船期的 cutoffs 中填写其最新告知的时间",
    )


def overtaken(kind: CutoffKind, day: date) -> Both:
    """What is to be done about a cut-off that lies after the departure."""
    name = CUTOFFS[kind]
    return Both(
        f"the cut-off for {name.en} on {day} lies after the departure: have the carrier state it anew",
        f"{name.zh_cn}截止时间（{day}）晚于离港，请承运人重新告知",
    )


def none_reckoned(port: str) -> Both:
    """What is to be done where the zone of the port is not known."""
    return Both(
        f"it has no cut-offs, because the zone of {port} is not known: state them, or say the schedule, with it",
        f"{port} 的时区未知，未推算截止时间，请连同时区填写截止时间或船期",
    )
