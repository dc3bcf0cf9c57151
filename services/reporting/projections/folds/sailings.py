"""orders' events into the yard cut-offs of a shipment's sailings, each as it was said, and when it was rolled to another one."""

from services.reporting.projections.domain import Changes, Fact, Folds
from shared.contracts.shipments import ShipmentCutoffsChanged, ShipmentRolled

FOLDS = Folds()


@FOLDS.on(ShipmentCutoffsChanged)
def cutoffs(changes: Changes, fact: Fact) -> None:
    """One that somebody says is met can be missed no more."""
    yard = next((one for one in fact.data.cutoffs if one.kind == "container_yard" and one.met_at is None), None)
    said = {"yard_cutoff": yard.at, "zone": yard.zone} if yard is not None else {"yard_cutoff": None, "zone": None}
    changes.sailing.put((fact.data.number, fact.sequence), {**said, "rolled_at": None})


@FOLDS.on(ShipmentRolled)
def rolled(changes: Changes, fact: Fact) -> None:
    changes.sailing.put((fact.data.number, fact.sequence), {"yard_cutoff": None, "zone": None, "rolled_at": fact.time})
