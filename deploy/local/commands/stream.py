"""republish, reconcile: the services' own commands on the running suite. The lines they log are the answer."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Sequence

from nats.errors import Error as NatsError

from deploy.local import parts
from deploy.local.commands.run import FAILED, WRONG_USAGE, not_running
from deploy.local.home import Home, NotRunning, State
from deploy.local.nats import healthy
from deploy.local.parts import Options
from deploy.local.process import StartFailed
from deploy.nats.provisioning import provision_at
from shared.contracts.topology import LISTENS, SERVICES
from shared.messaging.provision import Refused


def republish(home: Home, services: Collection[str] = (), to: str | None = None, since: str | None = None) -> int:
    """What the stream lacks, or everything `to` one service alone. Stops at the first service that fails."""
    heard = LISTENS[to] if to else SERVICES
    if not heard or not set(services) <= set(heard):
        print(f"{to} listens to {', '.join(heard) or 'nobody'}", file=sys.stderr)
        return WRONG_USAGE
    options = [f"{name}={value}" for name, value in {"--to": to, "--since": since}.items() if value]
    return _asked(home, services or heard, ["republish", *options], lambda codes: next(filter(None, codes), 0))


def reconcile(home: Home, services: Collection[str] = ()) -> int:
    """1 when something is missing, of whichever service."""
    return _asked(home, services or SERVICES, ["reconcile"], max)


def _asked(home: Home, services: Collection[str], command: Sequence[str], ended: Callable[[Iterable[int]], int]) -> int:
    """The same command of each service, publishers before listeners; `ended` makes of their exit codes the one to end with."""
    try:
        options, state = Options(environment=home.run()["environment"]), home.state()
        asyncio.run(_provision(state))
    except NotRunning:
        return not_running()
    except (StartFailed, NatsError, Refused, OSError) as failure:
        print(failure or type(failure).__name__, file=sys.stderr)
        return FAILED
    return ended(
        subprocess.call(parts.service_command(service, *command), env=parts.service_settings(service, home, state, options))
        for service in SERVICES
        if service in services
    )


async def _provision(state: State) -> None:
    """A broker that lost its store has no streams to look into."""
    if not await healthy(parts.nats_address(state)):
        raise StartFailed("NATS does not answer: ./gendan status says more")
    await provision_at(parts.nats_address(state).url, state.nats["operator"])
