"""What is said where a report of production cannot be, and of what is not made yet, in both languages."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from shared.contracts.text import Both

STAGE_CODE = Both("is not the code of a step, like sewing", "须为工序代码，如 sewing")
NO_REPORT = Both("there is no such report", "没有此报工")


def gone(number: str, line: str) -> Both:
    return Both(
        f"line {line} of order {number} is not delivered any more, or is part of another line",
        f"订单 {number} 的订单行 {line} 已取消，或已并入其他订单行",
    )


def corrected(day: date) -> Both:
    return Both(f"the report of {day} was corrected since", f"{day} 的报工已另有更正")


def no_step(code: str, there: Iterable[str]) -> Both:
    known = list(there)
    return Both(f"there is no step {code}; there are {', '.join(known)}", f"没有工序 {code}，现有：{'、'.join(known)}")


def several_lines(number: str) -> Both:
    return Both(f"order {number} has several lines: name one", f"订单 {number} 有多个订单行，请指明其一")


def reported_up_to(line: str, step: str, day: date) -> Both:
    return Both(
        f"{step} of line {line} is reported up to {day}: correct those reports where they are wrong",
        f"订单行 {line} 的工序 {step} 已报工至 {day}，如有误请更正该报工",
    )


def made_by(done: Decimal, day: date) -> Both:
    return Both(f"{done} were made by {day}: where that is wrong, correct it", f"截至 {day} 已报工 {done}，如有误请更正")


def made_before(least: Decimal) -> Both:
    return Both(f"{least} were made by the report before it", f"前一次报工已达 {least}")


def said_after(most: Decimal) -> Both:
    return Both(f"the report after it says {most}: correct that first", f"后一次报工为 {most}，请先更正后一次")


def over_total(done: Decimal, total: Decimal) -> Both:
    return Both(
        f"{done} is more than {total} and 5 %: state the total where more is to be made",
        f"{done} 超出总数 {total} 的 5 % 以上，如需多生产请填写总数",
    )


def made_so_far(short: Sequence[tuple[str, Decimal, Decimal, str]], more: bool) -> Both:
    """Of each line what is made, of how much, in its unit."""
    english = ", ".join(f"{done:f} of {total:f} {uom} of line {line}" for line, done, total, uom in short)
    chinese = "、".join(f"订单行 {line} 仅完成 {done:f}/{total:f} {uom}" for line, done, total, uom in short)
    return Both(f"{english}{' …' if more else ''} made so far", f"{chinese}{'等' if more else ''}")
