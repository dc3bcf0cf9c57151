"""Writing the batches of an import: whole orders, through the same door as orders that are typed in."""

from collections.abc import Sequence

from services.orders.intake.domain import FIELDS, Batch, Intake, faults_of, group, named
from services.orders.intake.store import known_customers
from services.orders.intake.words import REFUSED_WITH
from services.orders.orders import store as orders
from services.orders.words import no_customer
from shared.database.pool import Tx
from shared.imports.job import Job, Kind
from shared.imports.rows import Outcome, Refused
from shared.imports.task import importing


async def write(tx: Tx, job: Job, batch: Batch) -> Outcome:
    """Create the batch's orders, or give those that exist the lines they lack. Its suppliers and shipments are made with them."""
    owners = None if job.owners is None else list(job.owners)
    customers = await known_customers(tx, {intake.order.customer for intake in batch.intakes}, owners)
    known = [intake for intake in batch.intakes if intake.order.customer in customers]
    refused = [
        fault
        for intake in batch.intakes
        if intake.order.customer not in customers
        for fault in faults_of(intake, [("customer", no_customer(intake.order.customer))], batch.columns)
    ]
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
    if not outcome.errors:
        return ()
    errors = [(error.field, error.reason) for error in outcome.errors]
    faults = faults_of(intake, errors, batch.columns)
    if outcome.result != "refused":
        return faults
    named_rows = {refused.line for refused in faults}
    others = [(f"lines.{index}.order", REFUSED_WITH) for index, row in enumerate(intake.rows) if row not in named_rows]
    return [*faults, *faults_of(intake, others, batch.columns)]


ORDERS: Kind[Batch] = Kind("orders", FIELDS, group, write)

TASK = importing(ORDERS)
"""Works imports of orders off; one process at a time."""
