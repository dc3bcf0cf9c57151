"""Why a word on a milestone moves nothing, in both languages."""

from datetime import date

from services.orders.planning.model import Stated
from shared.contracts.text import Both


def held(number: str, milestone: str, until: date, delay: str) -> Both:
    return Both(
        f"{milestone} of order {number} is held to {until} by an open delay: {delay}",
        f"订单 {number} 的 {milestone} 受未结束的延误影响，不早于 {until}：{delay}",
    )


def newer_stands(number: str, milestone: str, by: Stated) -> Both:
    at = by.at.isoformat()
    return Both(
        f"a newer word says {by.day} for {milestone} of order {number}, said by {by.source} at {at}",
        f"订单 {number} 的 {milestone} 已有更新的日期 {by.day}（{by.source}，{at}）",
    )


def taken_back(number: str, milestone: str) -> Both:
    return Both(
        f"what was said of {milestone} of order {number} was taken back by hand since",
        f"订单 {number} 的 {milestone} 原告知的日期已被人工撤回",
    )
