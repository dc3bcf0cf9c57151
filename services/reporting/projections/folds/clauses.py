"""orders' events into contract clauses. A penalty is a percentage of the value or, without one, the value itself."""

from services.reporting.projections.domain import Changes, Fact, Folds
from shared.contracts.clauses import ClauseAgreed, ClauseBreached, ClauseChanged, ClauseClosed, ClauseFacts, ClauseRecovered

FOLDS = Folds()


@FOLDS.on(ClauseAgreed, ClauseChanged)
def clause(changes: Changes, fact: Fact) -> None:
    of: ClauseFacts = fact.data.clause
    penalty = of.penalty
    value = penalty and (penalty.fixed or of.value)
    changes.clause.put(
        (of.clause_id,),
        {
            "order_id": of.order_id,
            "customer_id": of.customer_id,
            "line": of.line,
            "milestone": of.milestone,
            "due_on": of.due_on,
            "after_milestone": of.due_after.milestone if of.due_after else None,
            "after_days": of.due_after.days if of.due_after else None,
            "grace_days": of.grace_days,
            "percent": penalty and penalty.percent,
            "per": penalty and penalty.per,
            "cap_percent": penalty and penalty.cap_percent,
            "value": value and value.amount,
            "currency": value and value.currency,
            "breached": False,
            "closed_on": None,
        },
    )


@FOLDS.on(ClauseBreached, ClauseRecovered)
def breached(changes: Changes, fact: Fact) -> None:
    of: ClauseBreached | ClauseRecovered = fact.data
    changes.clause.change((of.clause.clause_id,), {"breached": isinstance(of, ClauseBreached)})


@FOLDS.on(ClauseClosed)
def closed(changes: Changes, fact: Fact) -> None:
    changes.clause.change((fact.data.clause_id,), {"closed_on": fact.time.date()})
