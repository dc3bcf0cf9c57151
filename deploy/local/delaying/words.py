"""What the walk says, in both languages."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.contracts.text import Language

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "found": ("Found: {what}; orders of yours: {orders}.", "找到：{what} 涉及您的订单 {orders} 个。"),
        "in_shipment": ("{order}, what travels in {shipment}", "{order} 随 {shipment} 运输的部分"),
        "unshipped": ("{order}, what is in no shipment yet", "{order} 尚未安排运输的部分"),
        "more": ("... and {count} more.", "……另有 {count} 项。"),
        "of_others": (
            "Of others ({owner}): orders {orders}, customers {customers}.",
            "他人订单：{owner} 的客户 {customers} 家，订单 {orders} 个。",
        ),
        "beside": ("Of its vessel, or of a shipment of it, there is already: {link}", "其船舶或同船出运批次已有登记：{link}"),
        "left_out": ("Left out: {number} ({why}).", "不计入：{number}（{why}）。"),
        "nothing_found": ("Nothing of yours would be late by it.", "您的订单不受影响。"),
        "what_if": ("What it would do:", "假如登记此延误："),
        "moves": (
            "{number}: {milestone} {before} -> {after}; slack {slack_before} -> {slack_after} days.",
            "{number}：{milestone} {before} → {after}；余量 {slack_before} → {slack_after} 天。",
        ),
        "milestone": ("{name} ({code})", "{name}（{code}）"),
        "and": (", ", "、"),
        "delivery": ("  delivery {before} -> {after} (lines: {lines}).", "  交货 {before} → {after}（共 {lines} 行）。"),
        "broken": ("  the promise breaks for lines {lines}.", "  以下各行将晚于承诺交期：{lines}。"),
        "waits": ("  the new promise waits for approval.", "  新的承诺日期须经审批。"),
        "breach": ("  {kind} {term}: {deadline}, would be {would_be}{more}.", "  {kind} {term}：期限 {deadline}，预计 {would_be}{more}。"),
        "latest_shipment": ("latest shipment of letter of credit", "信用证最迟装运期"),
        "presentation": ("presentation under letter of credit", "信用证交单期"),
        "expiry": ("expiry of letter of credit", "信用证有效期"),
        "partial_shipment": ("part of the goods not on the vessel, letter of credit", "部分货物未随船出运，信用证"),
        "clause": ("contract clause", "合同条款"),
        "cutoff": ("cut-off", "截止时间"),
        "document": ("due day of document", "单证期限"),
        "amend_by": (", amend by {day}", "，须于 {day} 前改证"),
        "penalty": (", penalty {amount} {currency}", "，违约金 {amount} {currency}"),
        "texts": ("What the customers would read:", "客户将收到的内容："),
        "to": ("{customer}, to {to} ({language}):", "{customer}，致 {to}（{language}）："),
        "en": ("English", "英文"),
        "zh-CN": ("Chinese", "中文"),
        "untranslated": (
            "  ! {what} is not given in this language: he reads it as it stands.",
            "  注意：{what}没有该语言的文字，客户将读到另一语言的原文。",
        ),
        "action": ("what is being done", "正在采取的措施"),
        "ask": ("what is needed from him", "需客户配合的事项"),
        "not_told": ("{customer}: is not written to ({why}).", "{customer}：不发送（{why}）。"),
        "not_reached": ("{customer}: cannot be reached ({why}).", "{customer}：无法联系（{why}）。"),
        "on_release": (
            "These are sent when you release them, at the end of this walk; other owners release their own.",
            "以上内容在本流程最后由您放行后发送；他人的客户由其负责人放行。",
        ),
        "known": ("{who} has opened it already ({status}), with {day}: {link}", "{who} 已登记此事（{status}），日期 {day}：{link}"),
        "is_open": ("open", "待确认"),
        "is_running": ("being logged", "登记中"),
        "is_logged": ("logged", "已登记"),
        "is_released": ("released", "已放行"),
        "is_withdrawn": ("withdrawn", "已撤回"),
        "days_later": ("{days} days later", "推迟 {days} 天"),
        "not_logged": (
            "What you gave now ({day}, cause, action) is not logged: what follows is as it was said first.",
            "您本次填写的日期（{day}）、原因与措施不会登记；以下内容以首次登记为准。",
        ),
        "change_open": (
            "To say it otherwise, withdraw that one first: POST {link}/withdrawal",
            "如需更改，请先撤回该项：POST {link}/withdrawal",
        ),
        "did": ("What it did:", "已登记的影响："),
        "moved": ("{number}: {milestone} {before} -> {after}.", "{number}：{milestone} {before} → {after}。"),
        "change_logged": (
            "To say another day or other words of your customer's delay: PUT {link}",
            "如需更改您客户的日期或文字，请更新该延误：PUT {link}",
        ),
        "known_asks": ("Go on with that one, and release what is shown to your customers?", "继续处理该项，并将以上内容放行给您的客户？"),
        "asks": ("Log it?", "确认登记？"),
        "yes_no": ("[y/N] ", "（是 y，否 N）"),
        "say_what": ("say what is late: --vessel, --shipment or --order", "请指明何处延误：--vessel、--shipment 或 --order"),
        "say_one": (
            "--vessel is all that is on it: give that, or --shipment or --order, not both",
            "--vessel 指船上全部货物，不能与 --shipment 或 --order 同时填写",
        ),
        "unshipped_of_order": (
            "--unshipped is the part of an --order that is in no shipment yet",
            "--unshipped 指 --order 中尚未安排运输的部分，须与 --order 一并使用",
        ),
        "which_part": ("several parts of {order} may be late, name one: {parts}", "{order} 有多个部分可能延误，请指明其一：{parts}"),
        "name_and_voyage": (
            "--vessel takes a name and a voyage, as 'EVER GIVEN 042W'",
            "--vessel 须包含船名和航次，如 'EVER GIVEN 042W'",
        ),
        "nobody_here": ("nobody can be asked here: --yes logs it without asking", "此处无法询问；加 --yes 则不经询问直接登记"),
        "give_action": (
            "--yes asks for nothing: give --action, --action-zh or both",
            "--yes 不作询问：请给出 --action、--action-zh 或两者",
        ),
        "nothing_runs": ("nothing runs: start it with ./gendan up", "系统未运行，请先执行 ./gendan up"),
        "no_answer": ("no answer from {base}: {error}", "{base} 无响应：{error}"),
        "colon": (": ", "："),
        "nothing_logged": ("Nothing was logged.", "未登记任何内容。"),
        "interrupted": ("Stopped; what was logged before stays logged.", "已中断；此前登记的内容仍然有效。"),
        "logging": ("Logging ...", "正在登记……"),
        "logged": ("Logged; orders delayed: {orders}.", "已登记：{orders} 个订单延误。"),
        "still_logging": ("The rest is logged in the background: {link}", "其余订单正在后台登记：{link}"),
        "outcome": ("Who was told:", "通知结果："),
        "told": ("{customer}: told, {to}.", "{customer}：已通知 {to}。"),
        "pending": ("{customer}: waits to be sent to {to}.", "{customer}：待发送给 {to}。"),
        "held": ("{customer}: need not hear ({why}).", "{customer}：无需通知（{why}）。"),
        "awaits": ("Other owners release their own: {owners}.", "其他负责人自行放行：{owners}。"),
        "unreachable": ("{customer}: not reached ({why}).", "{customer}：未能通知（{why}）。"),
        "to_come": ("What is late? Still to come:", "何者延误？尚待完成的节点："),
        "ask_milestone": ("Milestone, a number or a code [{default}]: ", "节点序号或代码（默认 {default}）："),
        "no_milestone": ("{given} is none of these.", "{given} 不在上列节点中。"),
        "ask_cause": ("Cause, a code [{default}]: ", "原因代码（默认 {default}）："),
        "no_cause": ("{code} is not one of these codes.", "{code} 不在上列代码中。"),
        "unknown_cause": ("--cause is not one of these codes:", "--cause 须为下列代码之一："),
        "key": ("key customer", "重点客户"),
        "normal": ("normal customer", "普通客户"),
        "small": ("small customer", "小客户"),
        "ask_action_en": ("What is being done, in English, fit for the customer: ", "正在采取的措施（英文，供客户阅读）："),
        "ask_action_zh": ("The same in Chinese (may stay empty): ", "同上（中文，可留空）："),
        "no_action": ("Customers read it: say it in one of the languages.", "客户会读到此项：请至少用一种语言填写。"),
        "happened": ("it has happened", "已发生"),
        "not_later": ("it is expected then or later anyway", "预计日期本不早于此"),
        "order_over": ("it is cancelled", "已取消"),
        "moved_away": ("its goods travel otherwise", "货物已改走其他出运批次"),
        "date_already_told": ("he knows the date", "日期已告知"),
        "below_materiality": ("too small a change", "变动过小"),
        "day_over": ("that day is over", "该日期已过"),
        "already_achieved": ("it has happened", "已发生"),
        "order_cancelled": ("it is cancelled", "已取消"),
        "rule_off": ("the rule is off", "规则已停用"),
        "no_contact": ("no contact", "无联系人"),
        "no_address": ("no address", "无邮箱地址"),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language. What has none, a code of the suite's own, is said as it is."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        english, chinese = WORDS.get(key, (key, key))
        text = chinese if self.language == "zh-CN" else english
        return text.format(**values) if values else text


def of_locale() -> Language:
    """Chinese where the terminal's locale is, English otherwise."""
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh-CN" if name.lower().startswith("zh") else "en"
