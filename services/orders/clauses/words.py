"""What is said where a clause cannot be, in both languages."""

from shared.contracts.text import Both

NO_CLAUSE = Both("there is no such clause", "没有此条款")
COSTS_NOTHING = Both("has to be more than 0", "须大于 0")
OF_WHAT = Both(
    "say what the percentage is of: the order has lines without an amount, or no currency",
    "请填写百分比的计算基数：订单有未填金额的订单行，或无币种",
)


def never_broken(after: str, milestone: str) -> Both:
    return Both(
        f"{after} cannot happen before {milestone}: the clause would say nothing", f"{after} 不可能早于 {milestone}，该条款没有意义"
    )


def known(order: str, reference: str, milestone: str) -> Both:
    return Both(f"order {order} has clause {reference} for {milestone} already", f"订单 {order} 已有针对 {milestone} 的条款 {reference}")
