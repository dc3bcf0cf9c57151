"""The last word: the figures as a table, or as one JSON object."""

import os
from collections.abc import Sequence
from typing import Any

import orjson

from deploy.local.demo.chinese import words
from deploy.local.demo.figures import FIELDS, Figure, Figures, Latency
from deploy.local.demo.replay import Logged
from deploy.local.demo.show import out, table, tell

MAIN = ("lines", "orders", "shipments", "customers", "suppliers", "delays_logged", "customers_told", "contacts_told", "notices_sent")
ON_TIME = ("lines_on_time", "on_time_percent")


def as_json(figures: Figures, mail: Latency, report: Latency, seconds: dict[str, float]) -> str:
    answer: dict[str, Any] = {name: figures.value(name) for name in FIELDS}
    answer |= {"on_time_percent": figures.value("on_time_percent"), "delay_to_mail_ms": mail.told(), "delay_to_report_ms": report.told()}
    answer |= {"checks": len(figures.checked), "wrong": [figure.name for figure in figures.wrong], "seconds": seconds}
    return orjson.dumps(answer).decode()


def show(figures: Figures, mail: Latency, report: Latency, busy: float) -> None:
    """What a manager asks first. `busy`: commands a second while the latencies were measured."""
    main = table("Ten years of deliveries, the last three replayed day by day", "", "services say", "must be", "because")
    by_name = {figure.name: figure for figure in figures.checked}
    for name in MAIN:
        main.add_row(*_cells(by_name[name]))
    main.add_section()
    for name in ON_TIME:
        main.add_row(*_cells(by_name[name]))
    out.print(main)
    waits = table("How long a merchandiser and his customer wait after a delay is logged", "", "median", "p99", "")
    for until, measured in (("until the last mail is in the mailbox", mail), ("until the reports show it", report)):
        delays = words("{count} delays", count=len(measured.samples))
        waits.add_row(words(until), *(f"{value:,.0f} ms" for value in measured.told().values()), delays)
    out.print(waits)
    pace = f"{busy:.0f}"
    tell("Measured from the moment of sending, one delay after another, while the replay sent {busy} commands a second in all,", busy=pace)
    load = f"{os.getloadavg()[1]:.1f}"
    tell("on {processors} processors with {load} processes at work on average.", processors=os.cpu_count(), load=load)
    tell("\n[bold]Also checked[/bold]")
    for figure in figures.checked:
        if figure.name not in (*MAIN, *ON_TIME):
            out.print(f"  {_line(figure)}", soft_wrap=True)


def show_causes(attributed: Sequence[Logged]) -> None:
    """Which causes are the demo's own."""
    tell(
        "\n[bold]Causes[/bold]: the file has none. A few delays were given [bold]causes of the demo[/bold] later, the others stay unknown:"
    )
    for one in attributed:
        out.print(f"  {one.cause:10} {one.late.shipment:10} {one.late.country:15} {one.late.promised} -> {one.late.delivered}")


def _cells(figure: Figure) -> tuple[str, str, str, str]:
    value = _text(figure.value)
    return figure.title, value if figure.right else f"[bold red]{value}[/bold red]", _text(figure.expected), figure.why


def _line(figure: Figure) -> str:
    said = f"{figure.title}: {_text(figure.value)}"
    if figure.right:
        return words("[green]right[/green]  {said} [dim]({why})[/dim]", said=said, why=figure.why)
    wrong = "[bold red]WRONG[/bold red]  {said}, must be {expected} [dim]({why})[/dim]"
    return words(wrong, said=said, expected=_text(figure.expected), why=figure.why)


def _text(value: Any) -> str:
    match value:
        case bool() | str():
            return str(value)
        case int():
            return f"{value:,}"
        case dict():
            return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
        case list() | tuple():
            return ", ".join(_text(one) for one in value) or words("none")
        case _:
            return str(value)
