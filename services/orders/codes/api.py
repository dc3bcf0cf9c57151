"""The codes of the trade over HTTP: what may stand in a delay's causes and an order's terms."""

from typing import Annotated

from pydantic import Field

from services.orders.fields import Answer
from shared.contracts.advice import TOPICS, AdviceTopic
from shared.contracts.codes import CAUSES, INCOTERMS, MODES, PARTIES, CauseCode, CauseMeaning, Incoterm, Mode, Party
from shared.contracts.inspections import INSPECTIONS, InspectionType
from shared.contracts.papers import DOCUMENTS, DocumentCode, DocumentMeaning
from shared.contracts.tasks import DEEDS, TASKS, TaskDeed, TaskKind, TaskMeaning
from shared.contracts.text import LocalText
from shared.web.auth import ANYONE
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("codes")


class Codes(Answer):
    """`causes` with their meaning, the party that answers unless another is named, and the sentence a customer may read; `tasks` are the
    kinds of what is to be done, `deeds` what is to be done next.
    """

    causes: dict[CauseCode, CauseMeaning]
    parties: tuple[Party, ...]
    modes: tuple[Mode, ...]
    incoterms: tuple[Incoterm, ...]
    documents: dict[DocumentCode, DocumentMeaning]
    inspections: Annotated[dict[InspectionType, LocalText], Field(description="what is inspected")]
    advice: Annotated[dict[AdviceTopic, LocalText], Field(description="what an advice may be about")]
    tasks: dict[TaskKind, TaskMeaning]
    deeds: dict[TaskDeed, LocalText]


@routes.get("/api/orders/codes", roles=ANYONE)
async def list_codes(call: Call) -> Codes:
    """List the codes. Delay causes, parties, transport modes, Incoterms, documents, inspections, topics of advice, tasks with deeds."""
    return Codes(
        causes=dict(CAUSES),
        parties=PARTIES,
        modes=MODES,
        incoterms=INCOTERMS,
        documents=dict(DOCUMENTS),
        inspections=dict(INSPECTIONS),
        advice=dict(TOPICS),
        tasks=dict(TASKS),
        deeds=dict(DEEDS),
    )
