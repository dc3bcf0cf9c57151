"""What reporting is made of."""

from collections.abc import Sequence
from pathlib import Path

from services.reporting.archive.handlers import HANDLERS as ARCHIVE
from services.reporting.archive.store import forget
from services.reporting.projections.api import ROUTES as DELAYS
from services.reporting.projections.handlers import HANDLERS as PROJECTIONS
from services.reporting.projections.rebuild import rebuild
from services.reporting.reports.api import ROUTES as REPORTS
from shared import directory
from shared.config import MigratorSettings, load
from shared.service import Running, Service

MIGRATIONS = Path(__file__).parent / "migrations"


async def run_rebuild(running: Running, arguments: Sequence[str]) -> None:
    """Recreate every projection from the archive; the service may run meanwhile."""
    await rebuild(load(MigratorSettings).migrator_url, MIGRATIONS)


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
