"""PostgreSQL: the pool with its transactions, and migrations."""

from shared.database.pool import Database, Tx

__all__ = ["Database", "Tx"]
