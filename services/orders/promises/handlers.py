"""A promise that waited for approval, carried out."""

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

    async def move(stamp: Stamp, granted: Request) -> None:
        try:
            answered = (await requests.read(tx, [waiting.replies_to])).get(waiting.replies_to) if waiting.replies_to else None
            settled = change(plan, waiting, stamp.time.date(), answered, granted.id)
        except Invalid as error:
            raise SubjectChanged(error.detail, errors=error.errors) from error
        await store.save(tx, stamp, settled, waiting, delay_id=waiting.delay, approval_id=granted.id)

    return Opened(version_of(plan, waiting.lines), move)


PROMISE_LATER = Kind(store.LATER, Days, open_order)
