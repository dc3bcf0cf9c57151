"""What several nouns say: of parties that are not there, and of what is over or too early, in both languages."""

from collections.abc import Sequence
from datetime import date

from shared.contracts.text import Both


def no_customer(code: str) -> Both:
    return Both(f"no customer {code} is known here", f"没有客户 {code}")


def no_supplier(code: str) -> Both:
    return Both(f"there is no supplier {code}", f"没有供应商 {code}")


def closed(by: str | None) -> Both:
    return Both(f"it was closed by {by}", f"已由 {by} 关闭")


def not_before(state: Both, day: date) -> Both:
    return Both(f"it was {state} on {day}: this cannot have been before", f"{day} 登记为“{state.zh}”，此步不可能更早")


def all_of(reasons: Sequence[Both]) -> Both:
    return Both("; ".join(reasons), "；".join(one.zh for one in reasons))
