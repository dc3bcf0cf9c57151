"""orders' events into chases: asked, how far silence was told up, and when the first answer came."""

from services.reporting.projections.domain import Changes, Fact, Folds
from shared.contracts.chases import ChaseAnswered, ChaseEnded, ChaseEscalated, ChaseFacts, ChaseSent

FOLDS = Folds()


@FOLDS.on(ChaseSent)
def asked(changes: Changes, fact: Fact) -> None:
    """A reminder changes nothing: the day by which an answer was asked stays."""
    of: ChaseFacts = fact.data.chase
    if fact.data.reminder == 0:
        changes.chase.put(
            (of.chase_id,),
            {
                "customer_id": of.customer_id,
                "milestone": of.milestone,
                "asked": of.asked,
                "department": of.department,
                "answer_by": of.answer_by,
                "asked_at": fact.time,
                "answered_at": None,
                "level": 0,
                "status": "open",
            },
        )


@FOLDS.on(ChaseEscalated)
def escalated(changes: Changes, fact: Fact) -> None:
    changes.chase.change((fact.data.chase.chase_id,), {"level": fact.data.level})


@FOLDS.on(ChaseAnswered)
def answered(changes: Changes, fact: Fact) -> None:
    if fact.data.answer == 1:
        changes.chase.change((fact.data.chase.chase_id,), {"answered_at": fact.time, "status": "answered"})


@FOLDS.on(ChaseEnded)
def ended(changes: Changes, fact: Fact) -> None:
    changes.chase.change((fact.data.chase.chase_id,), {"status": fact.data.how})
