"""What is said where a letter of credit cannot be, in both languages."""

from collections.abc import Sequence

from shared.contracts.text import Both

NO_CREDIT = Both("there is no such letter of credit", "没有此信用证")
SHIPPED_AFTER = Both("the latest shipment is after the expiry", "最迟装运日不得晚于有效期")


def not_his(number: str) -> Both:
    return Both(f"the applicant has no order {number}", f"开证申请人没有订单 {number}")


def twice(number: str) -> Both:
    return Both(f"order {number} is given twice", f"订单 {number} 重复填写")


def not_shipped(number: str, wanted: Sequence[str]) -> Both:
    return Both(
        f"the plan of order {number} has none of {', '.join(wanted)}: it is not shipped",
        f"订单 {number} 的计划没有节点 {'、'.join(wanted)}，不涉及装运",
    )


def other_currency(number: str, currency: str, own: str) -> Both:
    return Both(
        f"order {number} is in {currency}: a credit in {own} does not pay it", f"订单 {number} 的币种为 {currency}，与信用证币种 {own} 不符"
    )


def known(bank: str, number: str) -> Both:
    return Both(f"{bank} has opened {number} already", f"{bank} 已开立过信用证 {number}")


def must_be_amended(numbers: Sequence[str]) -> Both:
    """Of the credits against which goods may not part."""
    return Both(
        f"{', '.join(numbers)} must be amended first: the goods may not travel apart",
        f"信用证 {'、'.join(numbers)} 不允许分批装运，请先改证",
    )
