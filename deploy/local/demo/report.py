"""The last word: the figures as a table, or as one JSON object."""

from collections.abc import Sequence
from typing import Any

import orjson
from rich.table import Table

from deploy.local.demo.figures import FIELDS, Figures, Latency
from deploy.local.demo.replay import Logged
from deploy.local.demo.show import out


def as_json(figures: Figures, mail: Latency, report: Latency, seconds: dict[str, float]) -> str:
    answer: dict[str, Any] = {name: figures.value(name) for name in FIELDS}
    answer |= {"on_time_percent": figures.value("on_time_percent"), "delay_to_mail_ms": mail.told(), "delay_to_report_ms": report.told()}
    answer |= {"checks": len(figures.checked), "wrong": [figure.name for figure in figures.wrong], "seconds": seconds}
    return orjson.dumps(answer).decode()


def show(figures: Figures, mail: Latency, report: Latency, attributed: Sequence[Logged], seconds: dict[str, float]) -> None:
    if attributed:
        out.print("\nThe file has no causes. These delays were attributed later, with [bold]causes of the demo[/bold]:")
        for one in attributed:
            out.print(f"  {one.late.shipment} ({one.late.country}): {one.cause}, {one.late.promised} -> {one.late.delivered}")
    table = Table(title="\nThe SCMS file, replayed from 1 January 2013", title_justify="left")
    for column in ("figure", "services say", "must be", "because", ""):
        table.add_column(column, justify="right" if column in ("services say", "must be") else "left")
    for figure in figures.checked:
        mark = "[green]right[/green]" if figure.right else "[bold red]WRONG[/bold red]"
        table.add_row(figure.title, _text(figure.value), _text(figure.expected), figure.why, mark)
    out.print(table)
    latency = Table(title="\nFrom POST sent, in milliseconds", title_justify="left")
    for column in ("until", "median", "p99", "delays"):
        latency.add_column(column, justify="left" if column == "until" else "right")
    for until, measured in (("its last mail was received", mail), ("it was in the reports", report)):
        latency.add_row(until, *(f"{value:.1f}" for value in measured.told().values()), str(len(measured.samples)))
    out.print(latency)
    out.print("Seconds: " + ", ".join(f"{what} {value:.1f}" for what, value in seconds.items()))


def _text(value: Any) -> str:
    match value:
        case bool() | str():
            return str(value)
        case int():
            return f"{value:,}"
        case dict():
            return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
        case list() | tuple():
            return ", ".join(_text(one) for one in value) or "none"
        case _:
            return str(value)
