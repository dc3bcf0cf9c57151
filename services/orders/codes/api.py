"""The codes of the trade over HTTP: what may stand in a delay's causes and an order's terms."""

from typing import Annotated

from pydantic import Field

from services.orders.fields import Answer
from shared.contracts.advice import TOPICS, AdviceTopic
from shared.contracts.codes import CAUSES, INCOTERMS, MODES, PARTIES, CauseCode, CauseMeaning, Incoterm, Mode, Party
from shared.contracts.inspections import INSPECTIONS, InspectionType
from shared.contracts.papers import DOCUMENTS, DocumentCode, DocumentMeaning
from shared.contracts.text import LocalText
from shared.web.auth import ANYONE
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("codes")


class Codes(Answer):
    """`causes` with their meaning, the party that answers unless another is named, and the sentence a customer may read."""

    causes: dict[CauseCode, CauseMeaning]
    parties: tuple[Party, ...]
    modes: tuple[Mode, ...]
    incoterms: tuple[Incoterm, ...]
    documents: dict[DocumentCode, DocumentMeaning]
    inspections: Annotated[dict[InspectionType, LocalText], Field(description="what is inspected")]
    advice: Annotated[dict[AdviceTopic, LocalText], Field(description="what an advice may be about")]


@routes.get("/api/orders/codes", roles=ANYONE)
async def list_codes(call: Call) -> Codes:
    """List the codes. Delay causes, parties, transport modes, Incoterms, documents, types of inspections, topics of advice."""
    return Codes(
        causes=dict(CAUSES),
        parties=PARTIES,
        modes=MODES,
        incoterms=INCOTERMS,
        documents=dict(DOCUMENTS),
        inspections=dict(INSPECTIONS),
        advice=dict(TOPICS),
    )
