"""What is said of the rows of a file that are not taken, in both languages."""

from collections.abc import Sequence
from typing import Any

from shared.contracts.text import Both

ONE_LINE = Both("is not one line of 1 to 200 characters", "须为一行文字，1 至 200 个字符")
QUANTITY = Both(
    "must be greater than 0, with at most 12 digits before the decimal mark and 6 behind it", "须大于 0，整数最多 12 位，小数最多 6 位"
)
AMOUNT = Both(
    "must not be negative, with at most 14 digits before the decimal mark and 4 behind it", "不得为负数，整数最多 14 位，小数最多 4 位"
)
DAY = Both("is not a day between 1970 and 2199", "须为 1970 至 2199 年之间的日期")
REFUSED_WITH = Both("the order was not taken, as another row of it is refused", "该订单有其他行未通过，整单未导入")


def one_of(codes: Sequence[str]) -> Both:
    return Both(f"is not one of {', '.join(codes)}", f"须为下列之一：{'、'.join(codes)}")


def copies_differ(order: str, line: str, rows: Sequence[int]) -> Both:
    english, chinese = (mark.join(map(str, rows)) for mark in (", ", "、"))
    return Both(
        f"order {order} line {line} stands in rows {english} with different values",
        f"订单 {order} 的订单行 {line} 出现在第 {chinese} 行，内容不一致",
    )


def rows_differ(order: str, here: tuple[int, str], there: tuple[int, str]) -> Both:
    return Both(
        f"the rows of order {order} differ in it: {here[1]!r} in row {here[0]}, {there[1]!r} in row {there[0]}",
        f"订单 {order} 各行的此项不一致：第 {here[0]} 行为“{here[1]}”，第 {there[0]} 行为“{there[1]}”",
    )


def too_long(order: str, lines: int, most: int) -> Both:
    return Both(f"order {order} has {lines} lines, {most} are the most", f"订单 {order} 有 {lines} 个订单行，最多 {most} 个")


def said_before(shipment: str, value: Any) -> Both:
    return Both(f"shipment {shipment} has {value!r} in an earlier row", f"出运批次 {shipment} 在前面的行中为“{value}”")


def no_mapping(name: str) -> Both:
    return Both(f"there is no mapping {name}", f"没有列映射 {name}")


def no_import(job: object) -> Both:
    return Both(f"there is no import {job}", f"没有导入任务 {job}")
