"""What is said where an order or a line cannot be entered so, in both languages."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from shared.contracts.text import Both

AT_ONCE = Both("an order of this number was created at the same moment", "此订单号刚刚已被创建")
_NAMES: Mapping[str, Both] = MappingProxyType(
    {
        "customer": Both("customer", "客户"),
        "customer_po": Both("customer's PO", "客户订单号"),
        "trade_type": Both("trade type", "贸易类型"),
        "incoterm": Both("Incoterm", "贸易术语"),
        "named_place": Both("named place", "指定地点"),
        "delivery_point": Both("delivery point", "交货节点"),
        "currency": Both("currency", "币种"),
        "template": Both("template", "模板"),
        "item": Both("item", "品名"),
        "quantity": Both("quantity", "数量"),
        "uom": Both("unit of measure", "计量单位"),
        "amount": Both("amount", "金额"),
        "supplier": Both("supplier", "供应商"),
        "supplier_term": Both("supplier's delivery term", "供应商交货条件"),
        "shipment": Both("shipment", "出运批次"),
        "requested": Both("requested date", "客户要求日期"),
        "promised": Both("promised date", "承诺交期"),
        "delivered": Both("delivered date", "交货日期"),
    }
)
"""Of what may stand otherwise in an order, and in a line of it."""


def _value(value: Any) -> Both:
    return Both("none", "空") if value is None else Both(str(value), str(value))


def exists(number: str) -> Both:
    return Both(f"order {number} exists", f"订单 {number} 已存在")


def taken(number: str) -> Both:
    return Both(f"the number {number} belongs to another order", f"订单号 {number} 已用于其他订单")


def given_twice(number: str) -> Both:
    return Both(f"the number {number} is given twice in this batch", f"订单号 {number} 在本批中重复")


def reserved(number: str) -> Both:
    return Both(f"{number} is a word of the address, not a number an order may have", f"{number} 为网址保留字，不能用作订单号")


def differs(number: str, name: str, value: Any, given: Any) -> Both:
    return Both(
        f"order {number} exists with {_value(value)} as its {_NAMES[name]}, not {_value(given)}",
        f"订单 {number} 已存在，其{_NAMES[name].zh}为“{_value(value).zh}”，而非“{_value(given).zh}”",
    )


def still_open(line: str) -> Both:
    return Both(f"line {line} exists and is still open; record its delivery instead", f"订单行 {line} 已存在且尚未交货，请改为登记交货")


def line_differs(line: str, name: str, was: Any, given: Any) -> Both:
    return Both(
        f"line {line} exists with another {_NAMES[name]}: {_value(was)} there, {_value(given)} here",
        f"订单行 {line} 已存在，但{_NAMES[name].zh}不同：原为“{_value(was).zh}”，此处为“{_value(given).zh}”",
    )


def leg_delivered(number: str, shipment: str | None) -> Both:
    leg = f"shipment {shipment}" if shipment else "the leg without a shipment"
    chinese = f"出运批次 {shipment} 中" if shipment else "未排出运批次"
    return Both(
        f"{leg} of order {number} is delivered; an open line needs another", f"订单 {number} {chinese}的货物已交齐，未交的行须另排批次"
    )


def instead(missing: Both, there: Iterable[str]) -> Both:
    known = sorted(there)
    return Both(f"{missing}; there are {', '.join(known)}", f"{missing.zh}，现有：{'、'.join(known)}")


def retired(template: str, why: str) -> Both:
    return Both(f"template {template} is retired ({why})", f"模板 {template} 已停用（{why}）")


def choose(fitting: Iterable[str]) -> Both:
    fit = sorted(fitting)
    return Both(
        f"name the template, or its route and mode: of those there are, {', '.join(fit) or 'none'} would fit",
        f"请指定模板，或注明备货方式与运输方式；现有模板中适用的：{'、'.join(fit) or '无'}",
    )


def only_for_orders(template: str, trade_types: Sequence[str]) -> Both:
    return Both(f"template {template} is for {', '.join(trade_types)} orders", f"模板 {template} 只用于 {'、'.join(trade_types)} 订单")


def only_for(template: str, wanted: Sequence[str], given: str) -> Both:
    return Both(
        f"template {template} is for {', '.join(wanted)}, not for {given}", f"模板 {template} 只用于 {'、'.join(wanted)}，不用于 {given}"
    )


def undated(point: str, codes: Sequence[str]) -> Both:
    return Both(
        f"the promise cannot be met at {point}: it gives no date to {', '.join(codes)}",
        f"{point} 不能作为交货节点：由其无法推算 {'、'.join(codes)} 的日期",
    )


def before_the_order(day: date, placed: date) -> Both:
    return Both(f"{day} lies before the order, placed on {placed}", f"{day} 早于下单日期 {placed}")


def nothing_in(shipment: str | None) -> Both:
    return Both(f"no line travels in shipment {shipment or '(none)'}", f"出运批次 {shipment or '（无）'} 中没有订单行")


def point_of_delivery(milestone: str) -> Both:
    return Both(
        f"{milestone} is the delivery point: give its lines' delivered dates instead", f"{milestone} 是交货节点，请改填各行的交货日期"
    )


def no_milestone(milestone: str) -> Both:
    return Both(f"the plan has no milestone {milestone}", f"计划没有节点 {milestone}")
