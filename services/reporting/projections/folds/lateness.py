"""orders' events into what lateness came from."""

from services.reporting.projections.domain import Changes, Fact, Folds
from shared.contracts.lateness import LatenessAttributed

FOLDS = Folds()


@FOLDS.on(LatenessAttributed)
def lateness(changes: Changes, fact: Fact) -> None:
    of: LatenessAttributed = fact.data
    legs = [leg.model_dump(mode="json") for leg in of.legs]
    changes.lateness.put((of.order_id,), {"number": of.number, "customer_id": of.customer_id, "legs": legs})
