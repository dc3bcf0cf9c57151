"""Writing the batches of an import: whole orders, through the same door as orders that are typed in."""

from collections.abc import Sequence

from services.orders.intake.domain import FIELDS, Batch, Intake, faults_of, group, named
from services.orders.intake.store import known_customers
from services.orders.intake.words import REFUSED_WITH
from services.orders.orders import store as orders
from services.orders.orders.domain.happened import ahead
from services.orders.words import no_customer
from shared.database.pool import Tx
from shared.imports.job import Job, Kind
from shared.imports.rows import Outcome, Refused
from shared.imports.task import importing
from shared.problems import FieldError


async def write(tx: Tx, job: Job, batch: Batch) -> Outcome:
    """Create the batch's orders, or give those that exist the lines they lack. Its suppliers and shipments are made with them."""
    owners = None if job.owners is None else list(job.owners)
    customers = await known_customers(tx, {intake.order.customer for intake in batch.intakes}, owners)
    known: list[Intake] = []
    refused: list[Refused] = []
    for intake in batch.intakes:
        errors = ahead(intake.order, job.stamp.time.date())
        if intake.order.customer not in customers:
            errors.append(FieldError("customer", no_customer(intake.order.customer)))
        refused += _refused(intake, errors, batch)
        known += [intake] if not errors else []
    suppliers, shipments = named(batch, known)
    written = await orders.create_many(
        tx, job.stamp, [intake.order for intake in known], owners=owners, source="import", shipments=shipments, suppliers=suppliers
    )
    imported = unchanged = 0
    for intake, outcome in zip(known, written, strict=True):
        faults = _faults(intake, outcome, batch)
        refused += faults
        added = len(intake.rows) if outcome.result == "created" else len(outcome.added)
        imported += added
        unchanged += len(intake.rows) - added - len(faults)
    return Outcome(imported, unchanged, refused)


def _faults(intake: Intake, outcome: orders.Outcome, batch: Batch) -> Sequence[Refused]:
    return _refused(intake, outcome.errors, batch) if outcome.result == "refused" else _named(intake, outcome.errors, batch)


def _refused(intake: Intake, errors: Sequence[FieldError], batch: Batch) -> list[Refused]:
    """All rows of an order that these errors refuse: each with what is wrong in it, or that another row is."""
    faults = _named(intake, errors, batch)
    named_rows = {refused.line for refused in faults}
    others = [FieldError(f"lines.{index}.order", REFUSED_WITH) for index, row in enumerate(intake.rows) if row not in named_rows]
    return [*faults, *_named(intake, others, batch)] if errors else []


def _named(intake: Intake, errors: Sequence[FieldError], batch: Batch) -> list[Refused]:
    return faults_of(intake, [(error.field, error.reason) for error in errors], batch.columns)


ORDERS: Kind[Batch] = Kind("orders", FIELDS, group, write)

TASK = importing(ORDERS)
"""Works imports of orders off; one process at a time."""
