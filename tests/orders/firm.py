"""A firm with a staff directory, in which later promises wait for approval."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from shared.contracts.customers import Deputy, StaffChanged
from shared.directory.store import save_staff
from tests.orders.calls import MANAGER, Desk

ZHAO = "zhao.lei:merchandiser"
"""Wang Fang's deputy for the first days of March."""
GM = "gu.ming:manager"
ONE = {"when": [{"grade": "key"}, {"over": {"days": 7}}], "decider": {"by": "requesters_manager"}, "hours": 24}
RULE = {"active": True, "exempt": ["admin"], "levels": [ONE]}
LATER = {"to": "2026-06-20", "reason": "other"}
PROMISES = "/api/orders/SO-1/promises"


def member(login: str, manager: str | None = None, *roles: str, department: str = "sales", deputies: Sequence[Deputy] = ()) -> StaffChanged:
    return StaffChanged.model_validate(
        {
            "staff_id": uuid4(),
            "login": login,
            "department": department,
            "team": None,
            "manager": manager,
            "deputies": deputies,
            "language": "zh-CN",
            "time_zone": "Asia/Shanghai",
            "roles": roles,
            "personal": "sealed",
        }
    )


async def employ(desk: Desk, *members: StaffChanged) -> None:
    async with desk.database.transaction() as tx:
        await save_staff(tx, members)


async def hire(desk: Desk) -> None:
    """Three storeys; the manager in the middle has a deputy until 3 March."""
    zhao = Deputy(login="zhao.lei", first=date(2026, 3, 1), last=date(2026, 3, 3))
    await employ(
        desk,
        member("li.wei", "wang.fang", "merchandiser"),
        member("chen.jie", "wang.fang", "merchandiser"),
        member("wang.fang", "gu.ming", "manager", deputies=[zhao]),
        member("gu.ming", None, "manager"),
        member("zhao.lei", "wang.fang", "merchandiser"),
    )


async def ruled(desk: Desk, rule: dict[str, Any] = RULE) -> None:
    """The firm, its rule, and an order of Li Wei's customer."""
    await hire(desk)
    answer = await desk.put(MANAGER, "/api/orders/approval-rules/promise-later", rule, If_Match='"1"')
    assert answer.status == 200, answer.body
    await desk.entered()
