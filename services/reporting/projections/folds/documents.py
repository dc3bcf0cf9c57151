"""orders' events into the documents that orders need, and into customs entries; each event holds all of one."""

from services.reporting.projections.domain import Changes, Fact, Folds
from shared.contracts.customs import CustomsChanged, CustomsDeclared, CustomsFacts, CustomsHeld, CustomsInspected, CustomsReleased
from shared.contracts.papers import (
    DocumentAccepted,
    DocumentChanged,
    DocumentDiscrepant,
    DocumentFacts,
    DocumentIssued,
    DocumentRequired,
    DocumentSent,
    DocumentWaived,
)

FOLDS = Folds()


@FOLDS.on(DocumentRequired, DocumentChanged, DocumentIssued, DocumentSent, DocumentAccepted, DocumentDiscrepant, DocumentWaived)
def document(changes: Changes, fact: Fact) -> None:
    of: DocumentFacts = fact.data.document
    changes.document.put(
        (of.document_id,),
        {
            "order_id": of.order_id,
            "customer_id": of.customer_id,
            "leg": of.shipment or "",
            "code": of.code,
            "department": of.department,
            "due_on": of.due_on,
            "after_milestone": of.due_after.milestone if of.due_after else None,
            "after_days": of.due_after.days if of.due_after else None,
            "state": of.state,
        },
    )


@FOLDS.on(CustomsDeclared, CustomsChanged, CustomsInspected, CustomsHeld, CustomsReleased)
def customs_entry(changes: Changes, fact: Fact) -> None:
    of: CustomsFacts = fact.data.entry
    changes.customs_entry.put(
        (of.entry_id,),
        {
            "number": of.number,
            "regime_code": of.regime_code,
            "shipment": of.shipment,
            "orders": [{"number": order.number, "customer_id": str(order.customer_id)} for order in of.orders],
            "state": of.state,
            "declared_on": of.declared_on,
            "inspected_on": of.inspected_on,
            "held_on": of.held_on,
            "released_on": of.released_on,
        },
    )
