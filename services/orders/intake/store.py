"""SQL of the intake: which customers the sender of a file may name."""

from collections.abc import Iterable

from shared.database.pool import Tx


async def known_customers(tx: Tx, codes: Iterable[str], owners: list[str] | None) -> set[str]:
    """Those of `codes` that are customers within the sight of `owners` (None sees all)."""
    rows = await tx.fetch(
        "SELECT code FROM known_customer WHERE code = ANY($1::text[]) AND ($2::text[] IS NULL OR owner = ANY($2))", list(codes), owners
    )
    return {row["code"] for row in rows}
