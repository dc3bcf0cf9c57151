"""Words of the trade in both languages: milestones, ports, units, ordinals."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.contracts.codes import Mode
from shared.contracts.text import Language, LocalText
from shared.rendering.words import one_line

Words = Mapping[Language, str]


def _words(en: str, zh: str) -> Words:
    return MappingProxyType({"en": en, "zh-CN": zh})


_MILESTONES: Mapping[str, Words] = MappingProxyType(
    {
        "ORD_CONF": _words("order confirmation", "订单确认"),
        "PP_SENT": _words("dispatch of the pre-production sample", "产前样寄出"),
        "PP_OK": _words("approval of the pre-production sample", "产前样确认"),
        "MAT_PO": _words("material order", "物料下单"),
        "MAT_IN": _words("arrival of materials", "物料到厂"),
        "PRD_START": _words("start of production", "开始生产"),
        "PRD_END": _words("end of production", "生产完成"),
        "QC_FINAL": _words("final inspection", "最终验货"),
        "PACKED": _words("completion of packing", "包装完成"),
        "HANDED_OVER": _words("handover to the carrier", "交付承运人"),
        "CY_CUT": _words("arrival at the terminal", "进港"),
        "ON_BOARD": _words("loading on board", "装船"),
        "DEPART": _words("departure", "发运"),
        "BL_ISS": _words("issue of the bill of lading", "提单签发"),
        "TRD_ISS": _words("issue of the transport document", "运输单据签发"),
        "DOC_SENT": _words("dispatch of the documents", "单证寄出"),
        "ARRIVE": _words("arrival", "到达"),
        "DELIVERED": _words("delivery", "交货"),
        "AFTER_VISIT": _words("after-sales visit", "售后回访"),
    }
)
CHAIN = tuple(_MILESTONES)
"""Milestones in the order in which they happen; dates in a letter stand in it."""


def after(code: str) -> tuple[str, ...]:
    """The milestones that come after one; none where it is a template's own."""
    return CHAIN[CHAIN.index(code) + 1 :] if code in CHAIN else ()


_SAILING: Mapping[str, str] = MappingProxyType({"DEPART": "离港", "ARRIVE": "到港"})
_FLIGHT: Mapping[str, str] = MappingProxyType({"DEPART": "起飞", "ARRIVE": "到达机场"})
_CHINESE_BY_MODE: Mapping[Mode | None, Mapping[str, str]] = MappingProxyType({"sea": _SAILING, "barge": _SAILING, "air": _FLIGHT})
"""What Chinese says otherwise of a vessel or a flight than of goods that leave and arrive; English has one word for all."""

_PORTS: Mapping[str, Words] = MappingProxyType(
    {
        "AEJEA": _words("Jebel Ali", "杰贝阿里"),
        "AUMEL": _words("Melbourne", "墨尔本"),
        "AUSYD": _words("Sydney", "悉尼"),
        "BEANR": _words("Antwerp", "安特卫普"),
        "BRSSZ": _words("Santos", "桑托斯"),
        "CAVAN": _words("Vancouver", "温哥华"),
        "CNCAN": _words("Guangzhou", "广州"),
        "CNDLC": _words("Dalian", "大连"),
        "CNNGB": _words("Ningbo", "宁波"),
        "CNNSA": _words("Nansha", "南沙"),
        "CNPVG": _words("Shanghai Pudong", "上海浦东"),
        "CNSHA": _words("Shanghai", "上海"),
        "CNSZX": _words("Shenzhen", "深圳"),
        "CNTAO": _words("Qingdao", "青岛"),
        "CNTXG": _words("Tianjin Xingang", "天津新港"),
        "CNXMN": _words("Xiamen", "厦门"),
        "CNYTN": _words("Yantian", "盐田"),
        "DEBRV": _words("Bremerhaven", "不来梅港"),
        "DEFRA": _words("Frankfurt", "法兰克福"),
        "DEHAM": _words("Hamburg", "汉堡"),
        "ESBCN": _words("Barcelona", "巴塞罗那"),
        "ESVLC": _words("Valencia", "瓦伦西亚"),
        "FRLEH": _words("Le Havre", "勒阿弗尔"),
        "GBFXT": _words("Felixstowe", "费利克斯托"),
        "GBSOU": _words("Southampton", "南安普敦"),
        "GRPIR": _words("Piraeus", "比雷埃夫斯"),
        "HKHKG": _words("Hong Kong", "香港"),
        "INNSA": _words("Nhava Sheva", "那瓦舍瓦"),
        "ITGOA": _words("Genoa", "热那亚"),
        "JPTYO": _words("Tokyo", "东京"),
        "JPYOK": _words("Yokohama", "横滨"),
        "KRPUS": _words("Busan", "釜山"),
        "MXZLO": _words("Manzanillo", "曼萨尼约"),
        "MYPKG": _words("Port Klang", "巴生港"),
        "NLRTM": _words("Rotterdam", "鹿特丹"),
        "SGSIN": _words("Singapore", "新加坡"),
        "THLCH": _words("Laem Chabang", "林查班"),
        "TRIST": _words("Istanbul", "伊斯坦布尔"),
        "TWKHH": _words("Kaohsiung", "高雄"),
        "USLAX": _words("Los Angeles", "洛杉矶"),
        "USLGB": _words("Long Beach", "长滩"),
        "USNYC": _words("New York", "纽约"),
        "USOAK": _words("Oakland", "奥克兰"),
        "USSAV": _words("Savannah", "萨凡纳"),
        "USSEA": _words("Seattle", "西雅图"),
        "ZADUR": _words("Durban", "德班"),
    }
)

_UNITS: Mapping[str, Words] = MappingProxyType(
    {
        "C62": _words("pcs", "件"),
        "EA": _words("pcs", "件"),
        "H87": _words("pcs", "件"),
        "PC": _words("pcs", "件"),
        "PCE": _words("pcs", "件"),
        "PCS": _words("pcs", "件"),
        "SET": _words("sets", "套"),
        "PR": _words("pairs", "双"),
        "PK": _words("packs", "包"),
        "PACK": _words("packs", "包"),
        "CT": _words("cartons", "箱"),
        "CTN": _words("cartons", "箱"),
        "RO": _words("rolls", "卷"),
        "KGM": _words("kg", "千克"),
        "KG": _words("kg", "千克"),
        "TNE": _words("t", "吨"),
        "MTR": _words("m", "米"),
        "M": _words("m", "米"),
        "MTK": _words("m²", "平方米"),
        "LTR": _words("l", "升"),
    }
)

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def milestone(code: str, mode: Mode | None, language: Language, name: LocalText | None = None) -> str:
    """What a date is the date of, in lower case; a milestone of a company's own template by the `name` it has there, else by its code."""
    if language == "zh-CN" and (words := _CHINESE_BY_MODE.get(mode, {}).get(code)):
        return words
    if code in _MILESTONES:
        return _MILESTONES[code][language]
    if name is not None:
        return one_line(name.in_language(language))
    return f"milestone {code}" if language == "en" else f"节点 {code}"


def delivery(language: Language) -> str:
    """What each order's terms call the delivery: loading on board for one, arrival for another."""
    return _MILESTONES["DELIVERED"][language]


def port(code: str, language: Language) -> str:
    """The name of a port or airport; its UN/LOCODE where we have no name for it."""
    return _PORTS[code][language] if code in _PORTS else code


def unit(code: str, language: Language) -> str:
    words = _UNITS.get(code.upper())
    return words[language] if words else code


def ordinal(number: int, language: Language) -> str:
    """`second`, `21st`; `二` stands as a figure in Chinese."""
    if language == "zh-CN":
        return str(number)
    if number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
