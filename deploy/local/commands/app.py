"""How the commands are called. Each loads what it needs and no more."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter, validators

from deploy.local.delaying.wanted import Wanted

Bench = Literal["all", "delay", "relay", "latency", "consume", "rebuild", "disruption", "memory", "import"]
Service = Literal["customers", "orders", "notifications", "reporting"]
Role = Literal["merchandiser", "clerk", "planner", "buyer", "qc", "docs", "logistics", "warehouse", "finance", "manager", "admin"]
Data = Annotated[Path | None, Parameter(name="--data", help="Data folder; otherwise GENDAN_HOME, otherwise .gendan in the project.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
Publisher = Annotated[Service, Parameter(help="Whose events; without any, those of all.")]
Quiet = Annotated[bool, Parameter(name=("--quiet", "-q"), negative="", help="Say only where it runs.")]

app = App(
    name="gendan",
    help="Order follow-up (跟单): customers, orders, notifications and reporting, with their servers, on this machine.",
    version_flags=(),
    help_epilogue=(
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 it runs already, or nothing runs, 130 stopped by Ctrl-C, 141 nobody reads on."
    ),
)
user = App(name="user", help="People in the staff directory.")
mail = App(name="mail", help="What the local mail server received. Without a command: the list.")
app.command(user)
app.command(mail)


@app.command
def up(*, data: Data = None, quiet: Quiet = False) -> int:
    """Run the whole suite in the foreground and keep its data; Ctrl-C stops it.

    Starts PostgreSQL, NATS, a local mail server, the four services and the gateway, and starts again what dies.
    Logs are in the data folder.
    """
    from deploy.local.commands import run
    from deploy.local.home import chosen
    from deploy.local.parts import Options

    return run.up(chosen(data), Options(quiet=quiet))


@app.command(help_flags=())
def demo(*arguments: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> int:
    """Run the main job on ten years of real deliveries and check every figure it prints."""
    return int(import_module("deploy.local.demo").main(list(arguments)))


@app.command(help_flags=())
def test(*arguments: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> int:
    """Run all tests against real servers that are started and stopped for it. Arguments go to pytest, paths count from the project.

    `faults` breaks the suite on purpose: a quick set, or with --all the whole and all else that takes long; --seed repeats one.
    """
    from deploy.local.commands import checks
    from deploy.local.home import chosen

    if arguments[:1] == ("faults",):
        return checks.faults(chosen(), arguments[1:])
    if list(arguments) in (["--help"], ["-h"]):
        print(
            "Usage: gendan test [PYTEST ARGUMENTS]\n\nRuns all tests against real servers. For example: gendan test tests/orders -k delay"
        )
        print(
            "       gendan test faults [--all] [--seed N] [PYTEST ARGUMENTS]\n\nBreaks the suite on purpose and prints what came of it.\n"
        )
        print("pytest's own options: gendan test --help --verbose")
        return 0
    return checks.test(chosen(), arguments)


@app.command
def bench(
    name: Bench,
    *,
    json: Annotated[Path | None, Parameter(help="Write the figures there as JSON, too.")] = None,
    rounds: Annotated[int, Parameter(help="How often both sides are measured in turns.", validator=validators.Number(gte=1, lte=100))] = 5,
    write: Annotated[bool, Parameter(negative="", help="Keep the tables in docs/performance.md.")] = False,
    quick: Annotated[bool, Parameter(negative="", help="A fiftieth of the work, to see that all runs; the figures say little.")] = False,
    busy: Annotated[bool, Parameter(negative="", help="Measure also when others use the machine.")] = False,
) -> int:
    """Measure what the suite does in a second, side by side with others that do the same work.

    It needs the machine for itself and refuses when others use more than half a core.
    """
    from deploy.local.home import chosen

    running = import_module("benchmarks.running")
    names = tuple(running.BENCHES) if name == "all" else (name,)
    return int(running.main(chosen(), running.Wanted(names, rounds, json, write, quick, busy)))


@app.command
def lint() -> int:
    """Check style (ruff), types (mypy) and who imports whom (import-linter)."""
    from deploy.local.commands import checks
    from deploy.local.home import chosen

    return checks.lint(chosen())


@app.command
def docs(
    *, allow_breaks: Annotated[bool, Parameter(name="--break", negative="", help="Also where an event's version breaks.")] = False
) -> int:
    """Write the generated documents anew: docs/events.md, JSON Schemas and AsyncAPI from the events, OpenAPI from the services."""
    from deploy.local.docs import rewrite

    broken = rewrite(allow_breaks=allow_breaks)
    for sentence in broken:
        print(sentence, file=sys.stderr)
    return 1 if broken and not allow_breaks else 0


@app.command
def token(
    *,
    login: Annotated[str, Parameter(name="--as", help="Login, as in the staff directory.")],
    role: Annotated[Sequence[Role], Parameter(name="--role", negative="", help="May be repeated: roles add up.")] = (),
    scope: Annotated[Sequence[str], Parameter(name="--scope", negative="", help="For a machine instead of roles; may be repeated.")] = (),
    hours: Annotated[float, Parameter(help="How long it is valid.", validator=validators.Number(gt=0, lte=24 * 365))] = 12,
    data: Data = None,
) -> int:
    """Print an access token of the local issuer, for `Authorization: Bearer ...`."""
    from deploy.local.commands import people
    from deploy.local.home import chosen

    return people.token(chosen(data), login, role, scope, hours)


@user.command
def add(
    login: Annotated[str, Parameter(help="Login: the `sub` of his tokens.")],
    *,
    name: str,
    email: str,
    department: Annotated[str, Parameter(help="As the milestone templates name it, for example sales.")],
    role: Annotated[Sequence[Role], Parameter(name="--role", negative="", help="May be repeated: roles add up.")] = (),
    team: str | None = None,
    manager: Annotated[str | None, Parameter(help="Login of the one he reports to.")] = None,
    language: Literal["en", "zh-CN"] = "en",
    time_zone: str = "Asia/Shanghai",
    phone: str | None = None,
    password: Annotated[bool, Parameter(negative="", help="Ask for his password, or read it from standard input.")] = False,
    data: Data = None,
) -> int:
    """Enter somebody in the staff directory of the running suite, or change what it says of him."""
    from deploy.local.commands import people
    from deploy.local.home import chosen

    person: dict[str, object] = {
        "name": name, "email": email, "department": department, "team": team, "manager": manager, "language": language,
        "time_zone": time_zone, "phone": phone, "roles": list(role),
    }  # fmt: skip
    given = {key: value for key, value in person.items() if value is not None}
    return people.add_user(chosen(data), login, given, people.ask_password(login) if password else None)


@app.command
def delay(wanted: Wanted, *, data: Data = None) -> int:
    """Walk through one delay: what it touches, what it would do, every text; then log it and see who was told.

    Nothing is written before the yes.
    """
    from deploy.local.commands.delay import delay as command
    from deploy.local.home import chosen

    return command(chosen(data), wanted)


@mail.default
def mail_list(
    *,
    to: Annotated[str | None, Parameter(help="Only to addresses with this in them.")] = None,
    limit: Annotated[int, Parameter(help="The last so many; 0 for all.", validator=validators.Number(gte=0))] = 50,
    json: Json = False,
    data: Data = None,
) -> int:
    """List the mails received."""
    from deploy.local.commands import mail as command
    from deploy.local.home import chosen

    return command.show_list(chosen(data), to, limit, json)


mail.command(mail_list, name="list")


@mail.command
def show(
    number: int, *, json: Json = False, raw: Annotated[bool, Parameter(negative="", help="As it was sent.")] = False, data: Data = None
) -> int:
    """Show one mail."""
    from deploy.local.commands import mail as command
    from deploy.local.home import chosen

    return command.show_one(chosen(data), number, json, raw)


@app.command
def status(*, json: Json = False, data: Data = None) -> int:
    """Show the health of each part."""
    from deploy.local.commands import run
    from deploy.local.home import chosen

    return run.status(chosen(data), json)


@app.command
def migrate(*, data: Data = None) -> int:
    """Bring the databases up to date, also while the suite is stopped. `up` does it by itself."""
    from deploy.local.commands import run
    from deploy.local.home import chosen

    return run.migrate(chosen(data))


@app.command
def rebuild(
    *,
    from_stream: Annotated[
        bool, Parameter(negative="", help="First take into the archive what it lacks of the stream; reporting stands still meanwhile.")
    ] = False,
    data: Data = None,
) -> int:
    """Make the reports' tables anew from the archived events, while the suite runs."""
    from deploy.local.commands import run
    from deploy.local.home import chosen

    return run.rebuild(chosen(data), from_stream=from_stream)


@app.command
def republish(
    *services: Publisher,
    to: Annotated[Service | None, Parameter(help="Tell that service alone, and everything it listens to.")] = None,
    since: Annotated[str | None, Parameter(help="Only what was recorded at that time or later: 2026-11-01T00:00:00Z.")] = None,
    data: Data = None,
) -> int:
    """Publish what the stream lacks of the services' records, while the suite runs; streams that are missing are made first."""
    from deploy.local.commands import stream
    from deploy.local.home import chosen

    return stream.republish(chosen(data), services, to, since)


@app.command
def reconcile(*services: Publisher, data: Data = None) -> int:
    """Say what the stream lacks of the services' records, event by event, and which events a service waits for; 1 when there are any."""
    from deploy.local.commands import stream
    from deploy.local.home import chosen

    return stream.reconcile(chosen(data), services)


@app.command
def backup(folder: Path, /, *, data: Data = None) -> int:
    """Copy every service's database into a new folder, also while the suite runs."""
    from deploy.local.commands import keep
    from deploy.local.home import chosen

    return keep.back_up(chosen(data), folder)


@app.command
def restore(
    folder: Path,
    /,
    *,
    service: Annotated[Sequence[Service], Parameter(name="--service", negative="", help="Only that one; may be repeated.")] = (),
    data: Data = None,
) -> int:
    """Put the databases back as a backup has them, while nothing runs; what the others heard since is forgotten with it."""
    from deploy.local.commands import keep
    from deploy.local.home import chosen

    return keep.put_back(chosen(data), folder, service)


def main(arguments: Sequence[str]) -> int:
    try:
        return int(app(arguments, result_action="return_value", exit_on_error=False) or 0)
    except CycloptsError:  # it has been printed
        return 2
    except PermissionError as error:
        print(f"no access to {error.filename}: was it made by another user? GENDAN_HOME chooses another data folder", file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename is None:
            raise
        print(f"cannot use {error.filename}: {error.strerror}; --data or GENDAN_HOME chooses another data folder", file=sys.stderr)
        return 1
