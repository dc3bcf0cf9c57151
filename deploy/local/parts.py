"""The parts of the embedded run, each with its command, its settings and its probe."""

import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import aiohttp

from deploy.local import nats, postgres, tokens
from deploy.local.home import Home, State
from deploy.local.process import BYTECODE, Part, StartFailed, accepts
from deploy.nats.users import variable
from shared.contracts.topology import SERVICES

GATEWAY = Path(__file__).parents[1] / "gateway"
MAIL_FROM = "Order follow-up <follow-up@gendan.example>"


@dataclass(frozen=True)
class Options:
    """How a run differs from the ordinary one. Not durable: an operating system crash may cost the data; for tests and the demo."""

    environment: Literal["local", "test"] = "local"
    durable: bool = True
    fresh: bool = False
    quiet: bool = False
    given: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Settings by service, without their prefix, that replace the run's own: for tests that stand between a service and its servers."""


def postgres_address(state: State) -> postgres.Address:
    return postgres.Address(state.ports["postgres"], state.superuser)


def nats_address(state: State) -> nats.Address:
    return nats.Address(state.ports["nats"], state.ports["nats_monitor"])


def gateway_url(state: State) -> str:
    return f"http://127.0.0.1:{state.ports['gateway']}"


def broker(home: Home, state: State) -> Part:
    return nats.part(home.nats, nats_address(state), {variable(user): word for user, word in state.nats.items()})


def database_server(home: Home, state: State, options: Options) -> Part:
    return postgres.part(home.postgres, postgres_address(state), durable=options.durable)


def mail(home: Home, state: State) -> Part:
    port = state.ports["smtp"]

    async def ready() -> bool:
        return await accepts(port)

    command = [sys.executable, "-P", "-m", "deploy.local.mailsink", str(home.mail), str(port)]
    return Part(name="mail", command=command, environment=_python(home), ready=ready, stop_deadline=5)


def service_settings(name: str, home: Home, state: State, options: Options) -> dict[str, str]:
    """The environment of a service, as it would be given against external servers."""
    url = postgres_address(state).url
    settings = {
        "ENVIRONMENT": options.environment,
        "LOG_LEVEL": os.environ.get("GENDAN_LOG_LEVEL", "info"),
        "DATABASE_URL": url(name, f"{name}_runtime", state.runtimes[name]),
        "NATS_URL": nats_address(state).url,
        "NATS_USER": name,
        "NATS_PASSWORD": state.nats[name],
        "LISTEN_HOST": "127.0.0.1",
        "LISTEN_PORT": str(state.ports[name]),
        "JWKS_URL": f"{gateway_url(state)}/.well-known/jwks.json",
        "ISSUER": tokens.ISSUER,
        "PUBLIC_URL": gateway_url(state),
        "CLOCK_FILE": str(home.clock),
    }
    if name == "customers" and home.key.exists():
        # People with a password sign in to the same issuer that `gendan token` signs for.
        settings |= {"SIGNING_KEY": home.key.read_text()}
    if name == "notifications":
        settings |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(state.ports["smtp"]), "SMTP_TLS": "none", "MAIL_FROM": MAIL_FROM}
    settings |= options.given.get(name, {})
    return {**_python(home), **{f"GENDAN_{key}": value for key, value in settings.items()}}


def service_command(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", f"services.{name}", *arguments]


def migrator_settings(name: str, home: Home, state: State, options: Options) -> dict[str, str]:
    """As `service_settings`, for the commands that work as the role which owns the database."""
    url = postgres_address(state).url(name, f"{name}_migrator", state.migrators[name])
    return {**service_settings(name, home, state, options), "GENDAN_MIGRATOR_URL": url}


def service(name: str, home: Home, state: State, options: Options) -> Part:
    return Part(
        name=name,
        command=service_command(name),
        environment=service_settings(name, home, state, options),
        ready=_answers(f"http://127.0.0.1:{state.ports[name]}/readyz"),
        start_deadline=60,
        stop_deadline=25,
    )


def gateway(home: Home, state: State) -> Part:
    beside = Path(sys.executable).parent / "caddy"
    found = str(beside) if beside.exists() else shutil.which("caddy")
    if found is None:
        raise StartFailed("caddy is not installed")
    upstreams = {f"GENDAN_{name.upper()}_UPSTREAM": f"127.0.0.1 {state.ports[name]}" for name in SERVICES}
    return Part(
        name="gateway",
        command=[found, "run", "--config", str(GATEWAY / "Caddyfile"), "--adapter", "caddyfile"],
        environment={
            **_inherited(),
            **upstreams,
            "GENDAN_GATEWAY_ADDRESS": f"http://:{state.ports['gateway']}",
            "GENDAN_GATEWAY_BIND": "127.0.0.1",
            "GENDAN_GATEWAY_SITE": str(GATEWAY / "site"),
            "GENDAN_GATEWAY_PUBLIC": str(home.public),
            "HOME": str(home.folder),
            "XDG_DATA_HOME": str(home.folder / "gateway"),
            "XDG_CONFIG_HOME": str(home.folder / "gateway"),
        },
        ready=_answers(f"{gateway_url(state)}/.well-known/jwks.json"),
        stop_deadline=10,
    )


def _answers(url: str) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session, session.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    return ready


def _inherited() -> dict[str, str]:
    """The little a part takes from the terminal it was started in; settings of another run are not among it."""
    names = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONDEVMODE")
    return {"LANG": "C.UTF-8", "TZ": "UTC", **{name: os.environ[name] for name in names if name in os.environ}}


def _python(home: Home) -> dict[str, str]:
    # Compiled once: a process that compiles what it imports keeps 7 MB more.
    return {**_inherited(), "PYTHONPATH": str(home.root), "PYTHONUNBUFFERED": "1", "PYTHONPYCACHEPREFIX": str(BYTECODE)}
