"""orders' events into the material that orders wait for; each event holds all of a line, a receipt also its day,
and a correction the last day that holds."""

from services.reporting.projections.domain import Changes, Fact, Folds
from shared.contracts.materials import (
    MaterialChanged,
    MaterialEtaChanged,
    MaterialFacts,
    MaterialOrdered,
    MaterialReceiptCorrected,
    MaterialReceived,
    MaterialRequired,
    MaterialShort,
    MaterialWithdrawn,
)

FOLDS = Folds()


@FOLDS.on(MaterialRequired, MaterialChanged, MaterialOrdered, MaterialEtaChanged, MaterialShort, MaterialWithdrawn)
def material(changes: Changes, fact: Fact) -> None:
    of: MaterialFacts = fact.data.material
    changes.material.put(
        (of.material_id,),
        {
            "customer_id": of.customer_id,
            "material": of.material,
            "supplier": of.supplier,
            "need_by": of.need_by,
            "ordered_on": of.ordered_on,
            "eta": of.eta,
            "state": of.state,
        },
    )


@FOLDS.on(MaterialReceived)
def received(changes: Changes, fact: Fact) -> None:
    material(changes, fact)
    changes.material_receipt.put((fact.data.material.material_id, fact.sequence), {"received_on": fact.data.on, "anew": False})


@FOLDS.on(MaterialReceiptCorrected)
def corrected(changes: Changes, fact: Fact) -> None:
    material(changes, fact)
    changes.material_receipt.put((fact.data.material.material_id, fact.sequence), {"received_on": fact.data.last_on, "anew": True})
