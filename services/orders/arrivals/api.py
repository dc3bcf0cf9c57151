"""Notices of arrival over HTTP: how long before goods arrive customers are told."""

from collections.abc import Sequence

from services.orders.arrivals import store
from services.orders.arrivals.model import ArrivalNotice
from services.orders.fields import Answer
from shared.problems import NotFound, Stale
from shared.web.auth import ANYONE, MANAGERS
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("arrivals")


class NoticeShown(Answer):
    mode: str
    days: int
    version: int


class NoticesShown(Answer):
    items: Sequence[NoticeShown]


@routes.get("/api/orders/arrival-notices", roles=ANYONE)
async def list_arrival_notices(call: Call) -> NoticesShown:
    """List how many days before goods arrive customers are told, by mode of transport. A shipment may have agreed on others."""
    return NoticesShown(items=[_shown(mode, *found) for mode, found in (await store.notices(call.tx)).items()])


@routes.put("/api/orders/arrival-notices/{mode}", roles=MANAGERS, if_match=True, problems=(NotFound, Stale))
async def change_arrival_notice(call: Call, mode: str, body: ArrivalNotice) -> NoticeShown:
    """Change how many days before goods arrive customers are told. What is to arrive is looked at again at once."""
    call.require_version(await store.lock_notice(call.tx, mode))
    return _shown(mode, body.days, await store.save_notice(call.tx, mode, body.days, call.now))


def _shown(mode: str, days: int, version: int) -> NoticeShown:
    return NoticeShown(mode=mode, days=days, version=version)
