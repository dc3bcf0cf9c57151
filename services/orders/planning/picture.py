"""A plan as a picture: one row a milestone, time from left to right. Plain SVG, drawn for people and for print."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from xml.sax.saxutils import escape

from services.orders.planning.domain.reading import LegRead, NodeRead
from services.orders.planning.model import Plan
from shared.contracts.text import Language

LABELS = 260
DATES = 70
"""Room for the date of a bar: at its end, or before it where a mark follows that close."""
ROW = 24
HEAD = 64
FOOT = 40
CHART = 900
MARGIN = 3
"""Days left free on both sides."""
LONGEST = timedelta(days=120)
"""A bar is not drawn longer: a step that waited for months is not at work all that time."""

X = Callable[[date], float]

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "Plan of order {number}",
        "shipment": "Shipment {number}",
        "no_shipment": "No shipment yet",
        "planned": "planned",
        "estimated": "expected",
        "actual": "happened",
        "critical": "critical path",
        "delay": "delayed to",
        "provisional": "provisional: official holidays not published yet",
        "today": "today",
        "promise": "promise",
    },
    "zh-CN": {
        "title": "订单 {number} 进度计划",
        "shipment": "出运批次 {number}",
        "no_shipment": "尚未安排出运",
        "planned": "计划",
        "estimated": "预计",
        "actual": "实际",
        "critical": "关键路径",
        "delay": "延至",
        "provisional": "暂定：官方放假安排尚未公布",
        "today": "今天",
        "promise": "承诺交期",
    },
}
_STYLE = """
text{font:12px system-ui,"Noto Sans CJK SC","PingFang SC",sans-serif;fill:#222}.t{font-size:16px;font-weight:600}.l{font-weight:600}
.d{fill:#666;font-size:11px}.g{stroke:#ddd}.p{fill:none;stroke:#555;stroke-width:1.5}.e{fill:#7aa6d8}.a{fill:#4b8f5a}.c{fill:#d9694a}
.u{fill:url(#provisional)}.n{stroke:#222;stroke-dasharray:3 3}.o{stroke:#b00;stroke-width:1.5}.h{stroke:#b00;stroke-width:2;fill:none}
"""
_PROVISIONAL = (
    '<defs><pattern id="provisional" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path stroke="#fff" stroke-width="4" d="M0 0V5"/></pattern></defs>'
)
"""Stripes, over the bar of a date that may still move."""
_UNSURE = "≈ "
"""Stands before such a date."""


def picture(plan: Plan, legs: Sequence[LegRead], today: date, language: Language) -> str:
    """The drawing as a document of its own. Hollow marks are planned dates, bars lead to the expected or actual ones, striped to those
    that may still move with an official list of holidays.
    """
    words = _WORDS[language]
    days = [day for leg in legs for read in leg.nodes for day in (read.node.planned, read.node.estimated, leg.promise)] + [today]
    first, last = min(days) - timedelta(days=MARGIN), max(days) + timedelta(days=MARGIN)
    scale = CHART / (last - first).days
    rows = sum(len(leg.nodes) + 1 for leg in legs)
    width, height = LABELS + CHART + DATES, HEAD + rows * ROW + FOOT

    def x(day: date) -> float:
        return round(LABELS + (day - first).days * scale, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" lang="{language}">',
        f"<style>{_STYLE}</style>{_PROVISIONAL}<rect width='100%' height='100%' fill='#fff'/>",
        f'<text class="t" x="12" y="24">{escape(words["title"].format(number=plan.number))}</text>',
        *_months(first, last, x, height - FOOT),
    ]
    top = HEAD
    for leg in legs:
        parts.append(f'<text class="l" x="12" y="{top + 16}">{escape(_leg_name(leg, words))}</text>')
        parts.append(f'<path class="o" d="M{x(leg.promise)} {top}v{(len(leg.nodes) + 1) * ROW}"/>')
        parts.append(f'<text class="d" x="{x(leg.promise) + 3}" y="{top + 14}">{words["promise"]} {leg.promise}</text>')
        for at, read in enumerate(leg.nodes, start=1):
            parts.extend(_row(read, top + at * ROW, x, words, language))
        top += (len(leg.nodes) + 1) * ROW
    parts.append(f'<path class="n" d="M{x(today)} {HEAD - 6}V{height - FOOT}"/>')
    parts.append(f'<text class="d" x="{x(today) + 3}" y="{HEAD - 8}">{words["today"]} {today}</text>')
    parts.extend(_legend(height - FOOT + 22, words))
    return "\n".join([*parts, "</svg>\n"])


def _leg_name(leg: LegRead, words: Mapping[str, str]) -> str:
    return words["shipment"].format(number=leg.shipment) if leg.shipment else words["no_shipment"]


def _months(first: date, last: date, x: X, bottom: int) -> Iterator[str]:
    """A line and a name at the first of each month; of a long plan only at each quarter, or each year."""
    months = (last.year - first.year) * 12 + last.month - first.month
    every = 1 if months <= 18 else 3 if months <= 54 else 12
    for count in range(months + 1):
        year, month = divmod(first.year * 12 + first.month - 1 + count, 12)
        day = date(year, month + 1, 1)
        if month % every == 0 and first <= day <= last:
            yield f'<path class="g" d="M{x(day)} 44V{bottom}"/><text class="d" x="{x(day) + 3}" y="40">{day:%Y-%m}</text>'


def _row(read: NodeRead, top: int, x: X, words: Mapping[str, str], language: Language) -> Iterator[str]:
    node, middle = read.node, top + ROW // 2
    name = read.step.name.in_language(language)
    begin, end, planned = x(max(min(read.began, node.estimated), node.estimated - LONGEST)), x(node.estimated), x(node.planned)
    kind = "a" if node.actual else "c" if read.critical else "e"
    said = f"{name}: {words['planned']} {node.planned}, {words['actual' if node.actual else 'estimated']} {node.estimated}"
    kind, sign = (f"{kind}u", _UNSURE) if read.provisional else (kind, "")
    said += f" ({words['provisional']})" if read.provisional else ""
    yield f"<g><title>{escape(said)}</title>"
    yield f'<text x="24" y="{middle + 4}">{escape(_shortened(name))}</text>'
    yield _bar(kind, begin, middle - 5, max(round(end - begin, 1), 3))
    yield f'<path class="p" d="M{planned - 5} {middle}l5-5 5 5-5 5z"/>'
    if read.held_to is not None:
        yield f'<path class="h" d="M{planned} {middle + 8}H{x(node.estimated)}m-5-4l5 4-5 4"/>'
    at, anchor = (end + 8, "start") if not end < planned < end + DATES else (begin - 8, "end")
    yield f'<text class="d" x="{at}" y="{middle + 4}" text-anchor="{anchor}">{sign}{node.estimated:%m-%d}</text></g>'


def _shortened(name: str) -> str:
    return name if len(name) <= 34 else f"{name[:33]}…"


def _bar(looks: str, x: float, y: int, width: float) -> str:
    """Rectangles upon each other, one for each class of the style."""
    return "".join(f'<rect class="{look}" x="{x}" y="{y}" width="{width}" height="10" rx="2"/>' for look in looks)


def _legend(y: int, words: Mapping[str, str]) -> Iterator[str]:
    marks: tuple[tuple[str, Callable[[int], str]], ...] = (
        ("planned", lambda x: f'<path class="p" d="M{x} {y - 4}l5-5 5 5-5 5z"/>'),
        ("estimated", lambda x: _bar("e", x, y - 9, 12)),
        ("actual", lambda x: _bar("a", x, y - 9, 12)),
        ("critical", lambda x: _bar("c", x, y - 9, 12)),
        ("delay", lambda x: f'<path class="h" d="M{x} {y - 4}h12m-5-4l5 4-5 4"/>'),
        ("provisional", lambda x: _bar("eu", x, y - 9, 12)),
    )
    for at, (name, mark) in enumerate(marks):
        left = 24 + at * 130
        sign = _UNSURE if name == "provisional" else ""
        yield mark(left) + f'<text x="{left + 18}" y="{y}">{sign}{escape(words[name])}</text>'
