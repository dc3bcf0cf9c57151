"""A promise that waited for approval, carried out."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from services.orders.planning import store as planning
from services.orders.promises import store
from services.orders.promises.domain import WaitingPromise, change, version_of
from services.orders.requests import store as requests
from shared.approvals.desk import Kind, Opened
from shared.approvals.domain import Request, SubjectChanged
from shared.contracts.approvals import Days
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.problems import Invalid


async def open_order(tx: Tx, request: Request, now: datetime) -> Opened:
    """Lock the order, whoever's customer's it is: who may decide is the request's to say."""
    plan = await planning.lock_order(tx, request.subject.number, None, now.date())
    waiting = WaitingPromise.model_validate(request.command)
    answered = (await requests.read(tx, [waiting.replies_to])).get(waiting.replies_to) if waiting.replies_to else None

    def prepare() -> Callable[[Stamp], Awaitable[None]]:
        try:
            settled = change(plan, waiting, now.date(), answered, request.id)
        except Invalid as error:
            raise SubjectChanged(error.detail, errors=error.errors) from error
        return lambda stamp: store.save(tx, stamp, settled, waiting, delay_id=waiting.delay, approval_id=request.id)

    return Opened(version_of(plan, waiting.lines), prepare)


PROMISE_LATER = Kind(store.LATER, Days, open_order)
