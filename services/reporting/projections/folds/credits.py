"""orders' events into letters of credit, with the terms that are not kept."""

from services.reporting.projections.domain import Changes, Fact, Folds
from shared.contracts.credits import CreditAmended, CreditAtRisk, CreditClosed, CreditFacts, CreditOpened, CreditRecovered

FOLDS = Folds()


@FOLDS.on(CreditOpened, CreditAmended)
def credit(changes: Changes, fact: Fact) -> None:
    of: CreditFacts = fact.data.credit
    changes.credit.put(
        (of.credit_id,),
        {
            "number": of.number,
            "customer_id": of.customer_id,
            "amount": of.amount.amount,
            "currency": of.amount.currency,
            "expires_on": of.expires_on,
            "closed": False,
        },
    )


@FOLDS.on(CreditAtRisk, CreditRecovered)
def risks(changes: Changes, fact: Fact) -> None:
    of: CreditAtRisk | CreditRecovered = fact.data
    for risk in of.risks:
        changes.credit_risk.put(
            (of.credit_id, risk.kind, risk.order or "", risk.shipment or ""),
            {
                "deadline": risk.deadline,
                "would_be": risk.would_be,
                "amend_by": risk.amend_by,
                "told_at": fact.time,
                "recovered": isinstance(of, CreditRecovered),
            },
        )


@FOLDS.on(CreditClosed)
def closed(changes: Changes, fact: Fact) -> None:
    changes.credit.change((fact.data.credit_id,), {"closed": True})
