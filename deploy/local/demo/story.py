"""One delay's whole way under one correlation id: the answer, the event, the mails in both languages, the row of the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from rich.markup import escape
from rich.panel import Panel

from deploy.local.client import Answer, Client
from deploy.local.demo.figures import Figures
from deploy.local.demo.show import out
from deploy.local.mailbox import Mail
from deploy.local.suite import Suite
from shared.contracts.envelope import STREAM
from shared.contracts.orders import DelayLogged

CORRELATION = "X-Correlation-ID"
MOST_EVENTS = 5_000


@dataclass(frozen=True, slots=True)
class Story:
    delay: str
    correlation: str
    request: str
    answer: Answer
    event: dict[str, Any]
    mails: Sequence[Mail]
    report: dict[str, Any]


async def follow(suite: Suite, client: Client, delay: str, answer: Answer, mails: Sequence[Mail]) -> Story:
    """Look for the delay at every station."""
    report = (await client.get(f"/api/reporting/delays/{delay}", wait=5)).expect(200)
    correlation = answer.headers[CORRELATION]
    return Story(delay, correlation, f"{answer.method} {answer.path}", answer, await _event(suite, delay), mails, report)


def check(story: Story, figures: Figures) -> None:
    """The same correlation id at every station, and a mail in each language."""
    said = {"event": story.event["correlationid"], "report": story.report["correlation_id"]}
    figures.check(
        "story", "one correlation id: event, report", said, dict.fromkeys(said, story.correlation), "the answer's X-Correlation-ID"
    )
    languages = sorted({_language(mail) for mail in story.mails})
    figures.check("story_languages", "languages of its mails", languages, ["en", "zh-CN"], "a contact for each")


def show(story: Story, gateway: str) -> None:
    """Print it, and how to look at each station again."""
    panels = [
        (f"1 HTTP answer to {story.request}", _pretty(story.answer.json)),
        ("2 event on the stream", _pretty(story.event)),
        *((f"{n} mail ({_language(mail)}) to {mail.to}", f"{mail.subject}\n\n{mail.text}") for n, mail in enumerate(story.mails, start=3)),
        (f"{3 + len(story.mails)} row of the report", _pretty(story.report)),
    ]
    out.print(f"\n[bold]One delay's whole way[/bold], correlation id {story.correlation}")
    for title, text in panels:
        out.print(Panel(escape(text.strip()), title=escape(title), title_align="left"))
    out.print("Look again, with the suite up (./gendan up) on the same data folder:")
    for line in _curls(story, gateway):
        out.print(f"  {line}", soft_wrap=True, markup=False)


def _curls(story: Story, gateway: str) -> list[str]:
    paths = (
        f"/api/orders/delays/{story.delay}",
        f"/api/notifications/delays/{story.delay}/outcome",
        f"/api/reporting/delays/{story.delay}",
        "/api/reporting/reports/on-time?source=import",
    )
    token = "TOKEN=$(./gendan token --as chen.wei --role manager)"
    return [token, *(f"curl -H \"Authorization: Bearer $TOKEN\" '{gateway}{path}'" for path in paths), "./gendan mail"]


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
    return mail.header("Content-Language") or ("zh-CN" if any("一" <= letter <= "鿿" for letter in mail.subject) else "en")


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
