"""Papers, terms and material as orders tells of them, for reporting's tests."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.contracts import clauses as cl
from shared.contracts import credits as cr
from shared.contracts import customs as cu
from shared.contracts import materials as m
from shared.contracts import papers as p
from shared.contracts.approvals import Money
from shared.contracts.due import DueAfter
from shared.contracts.exceptions import ConcernedOrder

Order = tuple[UUID, str, UUID]
"""id, number, customer"""


def usd(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def credit_facts(credit_id: UUID, order: Order, **more: Any) -> cr.CreditFacts:
    terms = {
        "number": "LC1", "issuing_bank": "Bank", "amount": usd("5000.00"), "tolerance_over": Decimal(0), "tolerance_under": Decimal(0),
        "latest_shipment": None, "expires_on": date(2026, 5, 1), "expiry_place": "Hangzhou", "expiry_country": "CN",
        "presentation_days": 21, "partial_shipments": True, "transhipment": True, **more,
    }  # fmt: skip
    covered = (cr.CoveredOrder(order_id=order[0], number=order[1]),)
    return cr.CreditFacts(credit_id=credit_id, customer_id=order[2], orders=covered, **terms)


def credit_risk(kind: cr.CreditRiskKind, order: Order | None, day: date | None = None, **more: Any) -> cr.CreditRisk:
    about = {"order_id": order and order[0], "order": order and order[1], "shipment": None, "deadline": day, "would_be": day, **more}
    return cr.CreditRisk(kind=kind, revision=1, amend_by=about.pop("amend_by", day), **about)


def document_facts(document_id: UUID, order: Order, due: date | tuple[str, int], state: p.DocumentState, **more: Any) -> p.DocumentFacts:
    """`due` on a day, or so many days after a milestone."""
    on, after = (due, None) if isinstance(due, date) else (None, DueAfter(milestone=due[0], days=due[1]))
    about = {"shipment": None, "code": "INVOICE", "department": "docs", "due": date(2026, 3, 1), **more}
    return p.DocumentFacts(
        document_id=document_id, order_id=order[0], order=order[1], customer_id=order[2], due_on=on, due_after=after, state=state, **about
    )


def customs_facts(entry_id: UUID, orders: Iterable[Order], state: cu.CustomsState, **more: Any) -> cu.CustomsFacts:
    about = {
        "number": f"E{entry_id}", "regime_code": "0110", "order_id": None, "shipment": "S1", "documents": (),
        "declared_on": date(2026, 3, 1), "inspected_on": None, "held_on": None, "released_on": None, "note": None, "exception_id": None,
        **more,
    }  # fmt: skip
    concerned = tuple(ConcernedOrder(order_id=id, number=number, customer_id=customer) for id, number, customer in orders)
    return cu.CustomsFacts(entry_id=entry_id, orders=concerned, state=state, **about)


def clause_facts(clause_id: UUID, order: Order, due: date | tuple[str, int], **more: Any) -> cl.ClauseFacts:
    on, after = (due, None) if isinstance(due, date) else (None, DueAfter(milestone=due[0], days=due[1]))
    terms = {"reference": "8.2", "text": "late", "line": None, "milestone": "DELIVERED", "grace_days": 0, "penalty": None, "value": None}
    about = {"clause_id": clause_id, "order_id": order[0], "order": order[1], "customer_id": order[2]}
    return cl.ClauseFacts(**about, due_on=on, due_after=after, **{**terms, **more})


def material_facts(material_id: UUID, order: Order, need_by: date, state: m.MaterialState, **more: Any) -> m.MaterialFacts:
    about = {
        "line": None, "milestone": "MAT_IN", "material": "FABRIC", "name": None, "supplier": "V1", "po_number": None, "uom": "MTR",
        "quantity": Decimal(100), "received": Decimal(0), "ordered_on": None, "eta": None, **more,
    }  # fmt: skip
    return m.MaterialFacts(
        material_id=material_id, order_id=order[0], order=order[1], customer_id=order[2], need_by=need_by, state=state, **about
    )
