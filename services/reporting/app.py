"""What reporting is made of."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from services.reporting.archive.handlers import HANDLERS as ARCHIVE
from services.reporting.archive.store import forget
from services.reporting.projections.api import ROUTES as DELAYS
from services.reporting.projections.handlers import HANDLERS as PROJECTIONS
from services.reporting.projections.rebuild import rebuild
from services.reporting.reports.api import ROUTES as REPORTS
from shared import directory, process
from shared.config import MigratorSettings, load
from shared.messaging.alone import alone
from shared.republish import connected
from shared.service import Running, Service

MIGRATIONS = Path(__file__).parent / "migrations"


async def run_rebuild(running: Running, arguments: Sequence[str]) -> None:
    """Make every projection anew from the archive; the service may run meanwhile."""
    parser = argparse.ArgumentParser(prog="python -m services.reporting rebuild", description=run_rebuild.__doc__)
    parser.add_argument(
        "--from-stream", action="store_true", help="first take into the archive what it lacks of the stream; reporting must not run"
    )
    if parser.parse_args(arguments).from_stream:
        await _collect(running)
    await rebuild(load(MigratorSettings).migrator_url, MIGRATIONS)


async def _collect(running: Running) -> None:
    # Loaded by this command only: the serving process need not hold it.
    from services.reporting.archive.collecting import Collecting

    service = running.service
    collecting = Collecting(service.name, running.database, running.clock, service.handlers, service.on_parked)
    process.settled()
    async with alone(running.leases), connected(service.name, running.settings) as bus:
        await collecting.run(bus)


SERVICE = Service(
    name="reporting",
    migrations=MIGRATIONS,
    routes=(REPORTS, DELAYS),
    # The archive comes first: its table is what a rebuild locks.
    handlers=(*ARCHIVE, *directory.HANDLERS, *PROJECTIONS),
    on_parked="hold",
    commands={"rebuild": run_rebuild},
    forgets=(directory.forget, forget),
)
