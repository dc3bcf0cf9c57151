"""What is said where a promise cannot move so, in both languages."""

from datetime import date

from shared.contracts.text import Both

OVER = Both(
    "the delay that it was given with is over, and nothing of it is late any more", "与该承诺一并提出的延误已结束，所涉货物均不再延期"
)
"""Why a new promise is withdrawn that waits for approval."""
NO_REQUEST = Both("there is no such request of the order's customer", "该订单的客户没有此改期要求")
NOT_ASKED = Both("the request that it answers does not ask about it", "所答复的改期要求不涉及该订单行")


def broken(number: str, expected: date, to: date) -> Both:
    return Both(
        f"order {number} is expected on {expected}: a promise of {to} would be broken at once",
        f"订单 {number} 预计 {expected} 交货，承诺交期 {to} 必然落空",
    )


def nothing_moves(number: str, to: date) -> Both:
    return Both(
        f"no line of order {number} would move: {to} is its promise, or nothing is open",
        f"订单 {number} 没有交期会变动的订单行：交期已是 {to}，或已无待交的行",
    )
