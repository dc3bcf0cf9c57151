"""Plan templates in the database: few, read as a whole."""

from services.orders.templates.domain import Template
from shared.database.pool import Tx


async def all_templates(tx: Tx) -> dict[str, Template]:
    """Every template by its code."""
    rows = await tx.fetch("SELECT code, document FROM template ORDER BY code")
    return {row["code"]: Template.model_validate(row["document"]) for row in rows}
