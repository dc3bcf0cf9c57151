"""`deploy/docker/check`: the whole suite in containers, brought up, used, disturbed and taken down again.

One delay's way through the gateway; then every container is restarted under load, and once more killed; then orders runs
twice and one of the two is killed; then all databases are put back from a backup. After each, the ledger: nothing lost, nothing doubled,
everything in order.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.docker import ledger
from deploy.docker.journey import Journey, Load
from deploy.docker.stack import LASTING, Failed, Stack, free_ports, say
from deploy.local.client import Unexpected
from shared.contracts.topology import SERVICES

WORKERS = 3
OURS_MB = 128
"""What an image may hold beside its base: libraries and one service."""
ROOT_WITHIN = {"prepare", "postgres"}
"""Containers that begin as root, with the few capabilities that the compose file names."""
_RIGHTS = "id -u; grep CapEff /proc/self/status; touch /var/tmp/written 2>&1 && echo written || :"
_OWN = "ls services /run/secrets"
_SIZE = "du -sbc /app /opt/venv | tail -n 1"


class Check:
    def __init__(self, stack: Stack, journey: Journey) -> None:
        self._stack, self._journey = stack, journey
        self._delays = self._forgotten = 0

    async def restricted(self) -> None:
        """Nobody is root where he need not be, nothing can be written, and no service has another one's code or secrets."""
        containers = sorted({one["Service"] for one in await self._stack.containers()})
        for name, said in zip(containers, await self._each(containers, _RIGHTS), strict=True):
            # Everybody may write to /var/tmp where the file system can be written.
            user, capabilities, touched = said.splitlines()
            free = (user, int(capabilities.split()[1], 16)) != ("10001", 0)
            if (free and name not in ROOT_WITHIN) or "Read-only file system" not in touched:
                raise Failed(f"{name} is not restricted: {said}")
        for service, said in zip(SERVICES, await self._each(SERVICES, _OWN), strict=True):
            if any(other in said for other in SERVICES if other != service):
                raise Failed(f"{service} has what is another one's: {said}")
        say(f"  {len(containers)} containers read-only, all but {', '.join(sorted(ROOT_WITHIN))} not root and without capabilities")

    async def small(self) -> None:
        """What is ours in each image, and the whole of it."""
        images = {"services": [*SERVICES], "provision": ["prepare"], "mail": ["mail"]}
        for kind, containers in images.items():
            ours = [int(said.split()[0]) / 1e6 for said in await self._each(containers, _SIZE)]
            names = [f"gendan-{name}" for name in (containers if kind == "services" else [kind])]
            whole = [int(size) / 1e6 for size in (await self._stack.docker("image", "inspect", "--format", "{{.Size}}", *names)).split()]
            say(f"  {kind}: at most {max(ours):.0f} MB of ours in an image of {max(whole):.0f} MB")
            if max(ours) > OURS_MB:
                raise Failed(f"more than {OURS_MB} MB of ours in an image")

    async def _each(self, containers: Sequence[str], script: str) -> list[str]:
        return await asyncio.gather(*(self._stack.inside(name, script) for name in containers))

    async def one_delay(self) -> None:
        began = time.perf_counter()
        await self._journey.settle()
        await self._journey.one_delay()
        self._delays += 1
        say(f"  signed in, customer, contact, order, delay, mail and report row over TLS in {time.perf_counter() - began:.1f} s")

    async def disturbed(self, what: str, disturb: Callable[[str], Awaitable[None]]) -> None:
        """Each container in turn, with people at work all the time."""
        async with self._load() as load:
            for service in LASTING:
                began, before = time.perf_counter(), len(load.delays)
                await disturb(service)
                await self._stack.until_healthy(service)
                # One that is healthy is also of use: two more delays are logged before the next one's turn.
                await self._more(load, before + 2)
                say(f"  {what} {service}: healthy and at work after {time.perf_counter() - began:.0f} s")
        await self._ledger(load)

    async def restart(self, service: str) -> None:
        await self._stack.compose("restart", service)

    async def kill(self, service: str) -> None:
        await self._stack.compose("kill", "--signal", "KILL", service)
        await self._stack.compose("start", service)

    async def scaled(self) -> None:
        """Two replicas of orders share the work; one of them is killed, and comes back."""
        # The one-shots run again here as well: they may.
        await self._stack.up("--scale", "orders=2", "--no-recreate")
        await self._stack.until_healthy()
        names = sorted(one["Name"] for one in await self._stack.containers() if one["Service"] == "orders")
        before = [await self._answered(number) for number in (1, 2)]
        async with self._load() as load:
            await self._more(load, 20)
            answered = [await self._answered(number) - known for number, known in zip((1, 2), before, strict=True)]
            if len(names) != 2 or not all(answered):
                raise Failed(f"not every replica answered: {answered}")
            say(f"  two replicas, delays answered by each: {answered[0]}, {answered[1]}")
            await self._stack.docker("kill", names[0])
            await self._more(load, len(load.delays) + 10)
            await self._stack.compose("start", "orders")
        await self._stack.until_healthy()
        await self._ledger(load)

    async def restored(self) -> None:
        """All databases are put back: what was logged after the backup is forgotten everywhere, and what comes then is told once."""
        folder, began = str(self._stack.folder / "backup"), time.perf_counter()
        await self._stack.script("backup", folder, deadline=120)
        say(f"  backed up in {time.perf_counter() - began:.0f} s")
        async with self._load() as load:
            await self._more(load, 20)
        await ledger.settled(self._stack)
        self._forgotten += len(load.delays)
        began = time.perf_counter()
        await self._stack.script("restore", folder, deadline=600)
        await self._stack.until_healthy()
        await asyncio.gather(*(self._stack.compose("run", "--rm", "--no-TTY", "--no-deps", one, "reconcile") for one in SERVICES))
        say(f"  restored, healthy, no event lacking after {time.perf_counter() - began:.0f} s; {len(load.delays)} delays forgotten")
        async with self._load() as load:
            await self._more(load, 20)
        await self._ledger(load)

    async def _answered(self, index: int) -> int:
        text = await self._stack.compose("logs", "--no-log-prefix", "--index", str(index), "orders")
        return sum('"http.request"' in line and "delays" in line and '"status":201' in line for line in text.splitlines())

    @asynccontextmanager
    async def _load(self) -> AsyncIterator[Load]:
        load = Load()
        async with asyncio.TaskGroup() as people:
            for _ in range(WORKERS):
                people.create_task(self._journey.log_delays(load))
            try:
                yield load
            finally:
                load.ended = True

    async def _more(self, load: Load, wanted: int) -> None:
        async with asyncio.timeout(180):
            while len(load.delays) < wanted:  # noqa: ASYNC110  the load counts on its own
                await asyncio.sleep(0.1)

    async def _ledger(self, load: Load) -> None:
        self._delays += len(load.delays)
        await ledger.settled(self._stack)
        counted = await ledger.check(self._stack, self._delays, self._forgotten)
        say(
            f"  {len(load.delays)} delays logged, asked again {load.again} times, longest wait {load.longest:.1f} s; "
            f"in all {counted.events} events and {counted.mails} mails: none lost, none parked, {counted.doubled} mails doubled"
        )


async def run(keep: bool, quick: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="gendan-check-") as folder:
        stack = Stack(Path(folder), f"gendan-check-{secrets.token_hex(3)}", *free_ports(2))
        began = time.perf_counter()
        try:
            await _steps(stack, quick)
        except BaseException:
            say(await stack.compose("logs", "--tail", "30"))
            raise
        finally:
            if not keep:
                say("taken down")
                await stack.down()
        say(f"all of it in {time.perf_counter() - began:.0f} s")


async def _steps(stack: Stack, quick: bool) -> None:
    say(f"build ({stack.project})")
    await stack.compose("build", deadline=1200)
    began = time.perf_counter()
    await stack.up()
    await stack.until_healthy()
    say(f"up and healthy in {time.perf_counter() - began:.0f} s, by one command, with secrets of its own")
    journey = Journey(stack, await stack.trust())
    try:
        check = Check(stack, journey)
        await check.restricted()
        await check.small()
        say("one delay")
        await check.one_delay()
        if quick:
            return
        say("every container restarted under load")
        await check.disturbed("restarted", check.restart)
        say("every container killed under load")
        await check.disturbed("killed", check.kill)
        say("orders twice")
        await check.scaled()
        say("every database put back from a backup")
        await check.restored()
    finally:
        await journey.close()


def _words(failures: BaseExceptionGroup[BaseException]) -> Iterator[str]:
    for failure in failures.exceptions:
        if isinstance(failure, BaseExceptionGroup):
            yield from _words(failure)
        else:
            yield str(failure) or "it took too long; the last line above says what"


def main() -> int:
    parser = argparse.ArgumentParser(prog="deploy/docker/check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="leave the containers running at the end")
    parser.add_argument("--quick", action="store_true", help="only bring it up and take one delay's way")
    given = parser.parse_args()
    failed = ""
    try:
        asyncio.run(run(given.keep, given.quick))
    except* (Failed, Unexpected, TimeoutError) as failures:
        failed = "; ".join(_words(failures))
    say(f"failed: {failed}" if failed else "passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
