"""The main job: the SCMS file as known on 1 January 2013, then every day after it as it really went, checked figure by figure."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from deploy.local.client import Unexpected
from deploy.local.demo import disruption, export, intake, making, report, story, vessel, world
from deploy.local.demo.checks import check_file, check_import, until_settled
from deploy.local.demo.chinese import words
from deploy.local.demo.figures import Figures, Latency
from deploy.local.demo.knowledge import BEGIN, FILE, Knowledge, morning
from deploy.local.demo.replay import Replay
from deploy.local.demo.show import out, progress, say, tell
from deploy.local.demo.world import World
from deploy.local.home import AlreadyRunning, Foreign, Home, chosen
from deploy.local.parts import Options
from deploy.local.process import StartFailed
from deploy.local.run import running, until_stopped
from deploy.local.suite import Suite

FOLDER = "demo"
"""Below the data folder: the demo starts clean each time and leaves what `up` keeps alone."""


def main(arguments: Sequence[str]) -> int:
    """`./gendan demo`: 0 when every figure is right, 1 when not, 2 for wrong usage, 3 when it runs already, 130 when stopped."""
    parser = argparse.ArgumentParser(prog="gendan demo", description="Run the main job on ten years of real deliveries.")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--keep", action="store_true", help="leave the suite running afterwards, until Ctrl-C")
    parser.add_argument("--data", type=Path, help="data folder; what is in it is removed first")
    given = parser.parse_args(arguments)
    home = Home(given.data.absolute()) if given.data else Home(chosen().folder / FOLDER)
    try:
        return until_stopped(_work(home, given.json, given.keep))
    except AlreadyRunning:
        print(f"something runs on {home.folder} already", file=sys.stderr)
        return 3
    except Foreign as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except StartFailed as failure:
        print(f"could not start: {failure}\nlogs: {home.logs}", file=sys.stderr)
        return 1


async def _work(home: Home, json: bool, keep: bool) -> int:
    async with running(home, Options(fresh=True), lambda part: say(f"starting {part}")) as suite:
        try:
            code = await run(suite, json)
        except (Unexpected, TimeoutError, LookupError) as failure:
            say(f"the demo broke off: {failure}\nlogs: {home.logs}")
            return 1
        if keep:
            say(f"The suite runs on at {suite.gateway}; Ctrl-C stops it.")
            await asyncio.Event().wait()
    return code


async def run(suite: Suite, json: bool = False) -> int:
    """Do the job on a clean suite. 0 only if every figure stated was checked against what the services answered, and is right."""
    demo = _Demo(suite)
    await demo.settle()
    await demo.take_in()
    await demo.live()
    await demo.judge()
    return demo.tell(json)


@dataclass
class _Demo:
    suite: Suite
    figures: Figures = field(default_factory=Figures)
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.knowledge = Knowledge.read()
        self.world = World(self.suite)
        self.replay = Replay(self.world, self.knowledge)

    async def settle(self) -> None:
        """The clock, the people and the customers."""
        self.suite.clock.set(morning(BEGIN))
        say(f"The clock of all services stands at {BEGIN}.")
        with self._timed("customers"), progress("customers and their contacts", len(self.world.customers)) as advance:
            await world.settle(self.world, advance)

    async def take_in(self) -> None:
        """The file as it was known."""
        await intake.store_mapping(self.world.manager)
        await intake.until_customers_are_known(self.world, self.knowledge)
        lines = len(self.knowledge.rows)
        with self._timed("import"):
            with progress("order lines imported", lines) as advance:
                done = await intake.import_file(self.world.manager, self.knowledge.as_known(), FILE.name, advance=advance)
            await intake.until_reported(self.world.manager, lines)
        await check_import(self.world, self.knowledge, done, self.figures)

    async def live(self) -> None:
        """Every day after."""
        with self._timed("replay"), progress("delays logged and deliveries recorded", self.replay.steps) as advance:
            await self.replay.run(advance)

    async def judge(self) -> None:
        """The figures of the file, then the made case, which does not count in them."""
        last = self.knowledge.days[-1].day
        with self._timed("reports"):
            await until_settled(self.world.manager)
            await check_file(self.world, self.knowledge, self.replay, self.figures)
        self.suite.clock.set(morning(last + timedelta(days=1)))
        self.case = await vessel.sail(self.world, last + timedelta(days=1))
        vessel.check(self.case, await self.suite.mailbox.wait_until_quiet(), self.figures)
        self.disruption = await disruption.sail(self.world, last + timedelta(days=1))
        disruption.check(self.disruption, self.figures)
        self.export = await export.follow(self.world, last + timedelta(days=1))
        export.check(self.export, self.figures)
        self.making = await making.follow(self.world, self.export.ended + timedelta(days=1))
        making.check(self.making, self.figures)
        self.story = await story.follow(self.suite, self.world.manager, story.typical(self.replay.logged))
        story.check(self.story, self.figures)

    def tell(self, json: bool) -> int:
        mail = Latency([one.mail_ms for one in self.replay.logged])
        shown = Latency([one.report_ms for one in self.replay.logged])
        if json:
            print(report.as_json(self.figures, mail, shown, self.seconds))
        else:
            report.show(self.figures, mail, shown, self.replay.steps / self.seconds["replay"])
            report.show_causes(self.replay.attributed)
            vessel.show(self.case)
            export.show(self.export)
            disruption.show(self.disruption)
            making.show(self.making)
            story.show(self.story)
            story.show_commands(self.story, self.suite)
            wrong = len(self.figures.wrong)
            total = len(self.figures.checked)
            right = "[bold green]All {total} figures are right[/bold green]; it took {seconds}."
            verdict = "[bold red]{wrong} of {total} figures are wrong[/bold red]; it took {seconds}." if wrong else right
            seconds = ", ".join(f"{words(what)} {value:.0f} s" for what, value in self.seconds.items())
            out.print()
            tell(verdict, wrong=wrong, total=total, seconds=seconds)
        return 1 if self.figures.wrong else 0

    @contextmanager
    def _timed(self, what: str) -> Iterator[Any]:
        began = time.monotonic()
        yield
        self.seconds[what] = round(time.monotonic() - began, 1)
