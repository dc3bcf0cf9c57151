"""Codes of the trade: delay causes with their responsible party, transport modes, Incoterms 2020, milestones' reasons.

Sources: X12 651/891/1651 and the SMDG delay list for the causes, UNECE Rec 19 and DCSA for the modes, ICC Incoterms 2020.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from shared.contracts.event import Contract
from shared.contracts.text import LocalText

Party = Literal[
    "customer", "supplier", "purchasing", "production", "qc", "warehouse", "sales", "docs", "customs",
    "forwarder", "carrier", "force_majeure", "unknown",
]  # fmt: skip
Mode = Literal["sea", "rail", "road", "air", "courier", "barge", "multimodal"]
Incoterm = Literal["EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"]
TradeType = Literal["domestic", "export", "bonded"]
PromiseReason = Literal["delay", "customer_request", "correction", "split", "other"]
CauseCode = Literal[
    "CUS-APPR", "CUS-CHG", "CUS-PAY", "CUS-INST", "SUP-LATE", "SUP-QUAL", "MAT-SHORT", "PRD-CAP", "PRD-BRK", "PRD-LAB",
    "PRD-RWK", "QC-WAIT", "QC-FAIL", "LAB-WAIT", "STK-SHORT", "INT-DATA", "INT-PLAN", "DOC-MISS", "CST-HOLD", "CST-INSP",
    "LOG-SPACE", "LOG-ROLL", "LOG-CUT", "LOG-PORT", "LOG-VSL", "LOG-CARR", "DMG", "LOST", "FM-WEA", "FM-STR", "FM-HOL",
    "FM-GOV", "UNKNOWN",
]  # fmt: skip

UNKNOWN: CauseCode = "UNKNOWN"
"""Under investigation: the only cause a delay may have without a responsible party."""

PARTIES: tuple[Party, ...] = get_args(Party)
MODES: tuple[Mode, ...] = get_args(Mode)
INCOTERMS: tuple[Incoterm, ...] = get_args(Incoterm)
BUYERS_CARRIER: tuple[Incoterm, ...] = ("EXW", "FCA", "FAS", "FOB")
"""Under these the buyer names the carrier: how soon that loads what was handed over to it is his."""


class CauseMeaning(Contract):
    """What a cause code means to us, and what a customer may read that a delay is due to.

    The phrase names no party of ours, and is true of what is still awaited as of what has happened.
    """

    meaning: LocalText
    party: Party
    controllable: bool
    phrase: LocalText
    published: tuple[str, ...] = ()


def _cause(party: Party, controllable: bool, meaning: str, meaning_zh: str, phrase: str, phrase_zh: str, *published: str) -> CauseMeaning:
    return CauseMeaning(
        meaning=LocalText(en=meaning, zh_cn=meaning_zh),
        party=party,
        controllable=controllable,
        phrase=LocalText(en=phrase, zh_cn=phrase_zh),
        published=published,
    )


CAUSES: Mapping[CauseCode, CauseMeaning] = MappingProxyType(
    {
        "CUS-APPR": _cause("customer", False, "customer approval late", "客户确认延迟",
                           "the approval coming later than planned", "确认回复晚于原定时间", "X12 891 04"),
        "CUS-CHG": _cause("customer", False, "customer changed the order", "客户变更订单",
                          "the requested change to the order", "订单按要求变更", "X12 891 04"),
        "CUS-PAY": _cause("customer", False, "deposit or L/C late", "定金或信用证延迟",
                          "the agreed payment step being completed later than planned", "约定的付款环节晚于原定时间完成", "X12 651 C02", "X12 1651 B4"),
        "CUS-INST": _cause("customer", False, "shipping instructions late", "客户装运指示延迟",
                           "the shipping instructions reaching us later than planned", "装运指示晚于原定时间收到", "X12 651 C06"),
        "SUP-LATE": _cause("supplier", True, "supplier late", "供应商延迟",
                           "a component arriving later than planned", "部分物料到货晚于原定时间", "X12 891 08"),
        "SUP-QUAL": _cause("supplier", True, "material rejected", "来料不合格",
                           "the replacement of a component that did not pass our check", "部分物料未通过我方检验，需要更换", "X12 891 08"),
        "MAT-SHORT": _cause("purchasing", True, "material short", "物料短缺",
                            "a component being in short supply", "部分物料供应紧张", "X12 891 08"),
        "PRD-CAP": _cause("production", True, "capacity short", "产能不足",
                          "production taking longer than planned", "生产用时超出原定计划", "X12 651 P01"),
        "PRD-BRK": _cause("production", True, "machine breakdown", "设备故障",
                          "the repair of a machine", "生产设备需要维修", "X12 651 P03"),
        "PRD-LAB": _cause("production", True, "labour short", "人手不足",
                          "production taking longer than planned", "生产用时超出原定计划", "X12 651 P03"),
        "PRD-RWK": _cause("production", True, "rework", "返工",
                          "the rework of some goods to bring them to the agreed quality", "部分货物需要返工，以确保达到约定品质", "X12 651 P03"),
        "QC-WAIT": _cause("qc", True, "waiting for inspection", "等待验货",
                          "an inspection taking place later than planned", "验货晚于原定时间进行", "X12 651 P02"),
        "QC-FAIL": _cause("qc", True, "inspection failed", "验货不合格",
                          "improvements that our inspection asked for", "我方验货要求对货物进行改进", "X12 651 P02"),
        "LAB-WAIT": _cause("qc", False, "waiting for laboratory test", "等待检测结果",
                           "waiting for the result of a laboratory test", "等待检测结果", "X12 651 P05"),
        "STK-SHORT": _cause("warehouse", True, "stock short", "库存不足",
                            "part of the quantity having to be made again", "部分数量需要重新备货", "X12 891 08"),
        "INT-DATA": _cause("sales", True, "data error of ours", "我方数据错误",
                           "a correction of the order data", "订单资料需要更正", "SMDG DIN"),
        "INT-PLAN": _cause("sales", True, "lead time promised too short", "承诺交期过短",
                           "the goods taking longer to prepare than planned", "备货用时超出原定计划", "X12 891 01"),
        "DOC-MISS": _cause("docs", True, "documents missing", "单证缺失",
                           "the completion of a shipping document", "出运单证需要补齐", "X12 1651 BC", "X12 1651 AR"),
        "CST-HOLD": _cause("customs", False, "customs hold", "海关扣留",
                           "customs clearance taking longer than usual", "清关用时较平常更长", "X12 1651 AS", "X12 1651 CA"),
        "CST-INSP": _cause("customs", False, "customs inspection", "海关查验",
                           "a customs inspection of the goods", "货物被海关抽中查验", "SMDG CIN"),
        "LOG-SPACE": _cause("forwarder", False, "no space", "舱位不足",
                            "a lack of space on the planned departure", "原定班次舱位已满", "X12 891 16"),
        "LOG-ROLL": _cause("carrier", False, "rolled by the carrier", "被甩柜",
                           "the carrier moving the cargo to a later departure", "承运人将货物改配至下一班次", "X12 1651 AJ"),
        "LOG-CUT": _cause("forwarder", True, "missed cut-off", "错过截关",
                          "the cargo not making the planned departure", "货物无法搭乘原定班次", "X12 1651 AW"),
        "LOG-PORT": _cause("carrier", False, "port congestion", "港口拥堵",
                           "congestion at the port", "港口拥堵", "SMDG CGS", "SMDG PBC", "SMDG YRD"),
        "LOG-VSL": _cause("carrier", False, "vessel delayed", "船期延误",
                          "a change to the vessel's schedule", "船期调整", "SMDG ENG", "SMDG DEV"),
        "LOG-CARR": _cause("carrier", False, "carrier late", "承运人延误",
                           "the carrier running late", "运输环节有所延误", "X12 891 02"),
        "DMG": _cause("carrier", False, "damaged in transit", "运输途中损坏",
                      "the replacement of goods that were damaged in transit", "部分货物在运输途中受损，需要补发", "UNECE Rec 24 18"),
        "LOST": _cause("carrier", False, "lost in transit", "运输途中遗失",
                       "the replacement of goods that were lost in transit", "部分货物在运输途中遗失，需要补发", "UNECE Rec 24 36"),
        "FM-WEA": _cause("force_majeure", False, "weather", "天气",
                         "bad weather", "恶劣天气影响进度", "X12 1651 AO", "SMDG WEA"),
        "FM-STR": _cause("force_majeure", False, "strike", "罢工",
                         "a strike", "罢工影响进度", "SMDG STR"),
        "FM-HOL": _cause("force_majeure", False, "public holiday", "法定假日",
                         "a public holiday", "适逢法定假日", "SMDG HOL"),
        "FM-GOV": _cause("force_majeure", False, "authority or epidemic", "政府或疫情管制",
                         "a measure of the authorities", "当地管制措施影响进度", "SMDG QUA", "SMDG PAU"),
        "UNKNOWN": _cause("unknown", False, "under investigation", "原因调查中",
                          "reasons that we are still looking into", "具体原因正在核实"),
    }
)  # fmt: skip
