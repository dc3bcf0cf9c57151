"""One delay's whole way under one correlation id: the answer, the event, the mails in both languages, the row of the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from rich.markup import escape
from rich.panel import Panel

from deploy.local.client import Client
from deploy.local.delaying.words import of_locale
from deploy.local.demo.chinese import words
from deploy.local.demo.figures import Figures
from deploy.local.demo.replay import Logged
from deploy.local.demo.show import out, tell
from deploy.local.demo.world import MANAGER
from deploy.local.home import Home
from deploy.local.mailbox import Mail
from deploy.local.suite import Suite
from shared.contracts.envelope import STREAM
from shared.contracts.orders import DelayLogged

CORRELATION = "X-Correlation-ID"
MOST_EVENTS = 5_000
WIDTH = 120


@dataclass(frozen=True, slots=True)
class Story:
    logged: Logged
    correlation: str
    event: dict[str, Any]
    outcome: dict[str, Any]
    report: dict[str, Any]


def typical(logged: Sequence[Logged]) -> Logged:
    """The delay that took as long as half of them."""
    return sorted(logged, key=lambda one: one.mail_ms)[len(logged) // 2]


async def follow(suite: Suite, client: Client, logged: Logged) -> Story:
    """Look for the delay at every station."""
    outcome = (await client.get(f"/api/notifications/delays/{logged.delay}/outcome")).expect(200)
    report = (await client.get(f"/api/reporting/delays/{logged.delay}")).expect(200)
    return Story(logged, logged.answer.headers[CORRELATION], await _event(suite, logged.delay), outcome, report)


def check(story: Story, figures: Figures) -> None:
    """The same correlation id at every station, and a mail in each language."""
    said = [story.event["correlationid"], story.report["correlation_id"]]
    said += [message["correlation_id"] for message in story.outcome["told"]]
    said += [mail.header(CORRELATION) for mail in story.logged.mails]
    other = [one for one in said if one != story.correlation]
    figures.check("story", "stations of a delay with another correlation id", other, [], "{count} stations, one id", count=len(said))
    languages = sorted(_language(mail) for mail in story.logged.mails)
    figures.check("story_languages", "languages of its mails", languages, ["en", "zh-CN"], "a contact for each")


def show(story: Story) -> None:
    """Print what matters at each station, and how to look at it again in full."""
    answer, event = story.logged.answer, story.event
    delay = event["data"]["delay"]
    mails: list[tuple[str, dict[str, object], str]] = [
        ("{number} mail ({language}) to {to}", {"language": _language(mail), "to": mail.to}, f"{mail.subject}\n\n{mail.text}")
        for mail in story.logged.mails
    ]
    panels = [
        (
            "{number} {method} {path} answers",
            {"method": answer.method, "path": answer.path},
            _fields(answer.json, "delay", "status", "milestone", "new_date", "orders", "told"),
        ),
        (
            "{number} event {type}, sequence {sequence} of its shipment",
            {"type": event["type"], "sequence": event["sequence"]},
            _fields(
                event | delay | {"action": delay["action"][of_locale()]},
                "id",
                "time",
                "actor",
                "correlationid",
                "causes",
                "action",
                "next_news_on",
            ),
        ),
        *mails,
        ("{number} row of the report", {}, _fields(story.report, "status", "days", "causes", "orders", "logged_by", "correlation_id")),
    ]
    way = "\n[bold]One delay's whole way[/bold], the main fields of each station; {name} {value}"
    tell(way, name=CORRELATION, value=story.correlation)
    for number, (title, named, text) in enumerate(panels, start=1):
        heading = escape(words(title, number=number, **named))
        out.print(Panel(escape(text.strip()), title=heading, title_align="left", width=min(out.width, WIDTH)))


def show_commands(story: Story, suite: Suite) -> None:
    """How to look again."""
    tell("\n[bold]Look again[/bold], with the suite up on the demo's data:")
    for line in _commands(story, suite):
        out.print(f"  {line}", soft_wrap=True, markup=False)


def _commands(story: Story, suite: Suite) -> list[str]:
    paths = (
        f"/api/orders/delays/{story.logged.delay}",
        f"/api/notifications/delays/{story.logged.delay}/outcome",
        f"/api/reporting/delays/{story.logged.delay}",
        "/api/reporting/reports/on-time?source=import",
    )
    data = f"--data {_relative(suite.home)}"
    curls = [f"curl -H \"Authorization: Bearer $TOKEN\" '{suite.gateway}{path}'" for path in paths]
    up = words("./gendan up {data}    # and in another terminal:", data=data)
    return [up, f"TOKEN=$(./gendan token --as {MANAGER} --role manager {data})", *curls, f"./gendan mail {data}"]


def _relative(home: Home) -> str:
    return str(home.folder.relative_to(home.root) if home.folder.is_relative_to(home.root) else home.folder)


async def _event(suite: Suite, delay: str) -> dict[str, Any]:
    """The event as it stands on the stream."""
    subject = f"gendan.*.*.{DelayLogged.TYPE.split('.', 1)[1]}"
    async with suite.broker() as broker:
        jetstream = broker.jetstream()
        sequence = 1
        for _ in range(MOST_EVENTS):
            message = await jetstream.get_msg(STREAM, seq=sequence, subject=subject, next=True)
            found: dict[str, Any] = orjson.loads(message.data or b"{}")
            if found["data"]["delay"]["delay_id"] == delay:
                return found
            sequence = (message.seq or sequence) + 1
    raise LookupError(f"the stream does not hold delay {delay}")


def _language(mail: Mail) -> str:
    return mail.header("Content-Language") or "unknown"


def _fields(value: dict[str, Any], *names: str) -> str:
    """A line for each of the named fields."""
    return "\n".join(f"{name:15} {_words(value[name])}" for name in names)


def _words(value: Any) -> str:
    """A value as it is read, without brackets; of an order and of a cause the fields that say what it is."""
    match value:
        case {"number": number, "before": before, "after": after}:
            return f"{number}: {before} -> {after}"
        case {"code": code, "party": party}:
            return f"{code} ({party})"
        case dict():
            return "  ".join(f"{name}: {_words(one)}" for name, one in value.items())
        case list():
            return ", ".join(map(_words, value)) or "none"
        case _:
            return str(value)
