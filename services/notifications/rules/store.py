"""SQL of rules."""

from typing import Any

from services.notifications.rules.domain import Condition, Rule
from shared.database.pool import Tx

_ALL = "SELECT name, event, audience, condition, template, active, version FROM rule ORDER BY name"
_ONE = "SELECT name, event, audience, condition, template, active, version FROM rule WHERE name = $1 FOR UPDATE"
_CHANGE = "UPDATE rule SET condition = $2, active = $3, version = version + 1 WHERE name = $1"


async def rules(tx: Tx) -> list[Rule]:
    """All rules by name: a short list, kept by migrations."""
    return [_rule(row) for row in await tx.fetch(_ALL)]


async def locked(tx: Tx, name: str) -> Rule | None:
    row = await tx.fetchrow(_ONE, name)
    return _rule(row) if row else None


async def change(tx: Tx, name: str, condition: Condition, active: bool) -> None:
    await tx.execute(_CHANGE, name, condition.model_dump(mode="json"), active)


def _rule(row: Any) -> Rule:
    return Rule(
        name=row["name"],
        event=row["event"],
        audience=row["audience"],
        condition=Condition.model_validate(row["condition"]),
        template=row["template"],
        active=row["active"],
        version=row["version"],
    )
