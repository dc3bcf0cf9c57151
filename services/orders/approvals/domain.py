"""What orders tells of its requests for approval. Pure."""

from shared.approvals.domain import Change
from shared.contracts.approvals import (
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRefused,
    ApprovalRequested,
    ApprovalWithdrawn,
    Verdict,
)
from shared.contracts.event import Event


def told(change: Change) -> Event:
    """The event for a request as a deed left it; an approval that leads to the next level requests it."""
    request, facts = change.request, change.request.facts()
    verdict = Verdict(by=change.actor, on_behalf_of=change.on_behalf_of, reason=change.reason)
    match change.deed:
        case "approved" if request.status == "granted":
            return ApprovalGranted(approval=facts, verdict=verdict)
        case "asked" | "approved":
            return ApprovalRequested(approval=facts, turn=request.turn())
        case "escalated":
            return ApprovalEscalated(approval=facts, turn=request.turn())
        case "refused":
            return ApprovalRefused(approval=facts, verdict=verdict)
        case "withdrawn":
            return ApprovalWithdrawn(approval=facts, reason=change.reason)
        case "expired":
            return ApprovalExpired(approval=facts)
