"""What is said where an inspection cannot be, or have found that, in both languages."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from shared.contracts.exceptions import Severity
from shared.contracts.text import Both

_STATES: Mapping[str, str] = MappingProxyType(
    {"planned": "待验", "passed": "合格", "failed": "不合格", "waived": "让步放行", "withdrawn": "已撤销"}
)
_DEFECTS: Mapping[Severity, str] = MappingProxyType({"critical": "致命", "major": "严重", "minor": "轻微"})
NO_INSPECTION = Both("there is no such inspection", "没有此验货")
NO_EXCEPTION = Both("it is no open exception of the kind quality of this order", "不是该订单未关闭的质量异常")
PASSED = Both("what has passed has no exception", "验货合格，不应关联异常")
WHY = Both("no class has more defects than are accepted: say why it failed", "各类缺陷均未超过允收数，请说明不合格的原因")


def sample_too_large(sample: int, lot: int) -> Both:
    return Both(f"the sample of {sample} is larger than the lot of {lot}", f"抽样数 {sample} 大于批量 {lot}")


def state(known: str, wanted: str) -> Both:
    return Both(f"the inspection is {known}, not {wanted}", f"该验货为“{_STATES[known]}”，而非“{_STATES[wanted]}”")


def repeated(again: str) -> Both:
    return Both(f"it is repeated by an inspection that is {again}", f"已安排复验，复验为“{_STATES[again]}”")


def no_lot(there: Decimal, lot: int) -> Both:
    return Both(
        f"no more than {there.normalize():f} is made of its lines: there is no lot of {lot}",
        f"所验订单行最多生产 {there.normalize():f}，没有 {lot} 的批量",
    )


def not_made(short: Both, lot: int) -> Both:
    return Both(
        f"{short}: a lot of {lot} cannot be inspected yet, plan it for the part that is made",
        f"{short.zh}，批量 {lot} 尚不能验货，请按已完成的部分安排",
    )


def rest_too(short: Both) -> Both:
    return Both(f"{short}: the rest is to be inspected, too", f"{short.zh}，其余部分也须验货")


def own(login: str) -> Both:
    return Both(f"{login} inspected the goods or reported it: another person waives it", f"{login} 是验货员或填报人，须由他人让步放行")


def waived_before(failed: date) -> Both:
    return Both(f"it failed on {failed}: it cannot have been waived before", f"{failed} 才判为不合格，不可能在此之前让步放行")


def lot_only(lot: int) -> Both:
    return Both(f"the lot has {lot} units only", f"批量仅为 {lot}")


def sample_of(sample: int, inspected: int) -> Both:
    return Both(f"the sample has {sample} units: with {inspected} it has not passed", f"抽样数为 {sample}，仅验 {inspected} 不能判为合格")


def too_many_defects(severity: Severity, found: int, accepted: int) -> Both:
    return Both(
        f"{severity} defects: {found} found, {accepted} accepted: it has failed",
        f"{_DEFECTS[severity]}缺陷发现 {found}，允收 {accepted}，应判为不合格",
    )
