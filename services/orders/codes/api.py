"""The codes of the trade over HTTP: what may stand in a delay's causes and an order's terms, and where ports are."""

from typing import Annotated

from pydantic import Field

from services.orders.codes.ports import starting
from services.orders.fields import Answer, Short
from shared.contracts.advice import TOPICS, AdviceTopic
from shared.contracts.codes import CAUSES, INCOTERMS, MODES, PARTIES, CauseCode, CauseMeaning, Incoterm, Mode, Party
from shared.contracts.inspections import INSPECTIONS, InspectionType
from shared.contracts.papers import DOCUMENTS, DocumentCode, DocumentMeaning
from shared.contracts.tasks import DEEDS, TASKS, TaskDeed, TaskKind, TaskMeaning
from shared.contracts.text import LocalText
from shared.web.auth import ANYONE
from shared.web.call import Call
from shared.web.paging import Page, PageQuery, decode_cursor, page
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


class PortsQuery(PageQuery):
    q: Annotated[Short | None, Field(description="how the code or the name begins")] = None


class PortShown(Answer):
    code: Annotated[str, Field(description="UN/LOCODE")]
    name: Annotated[str, Field(description="in English")]


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


@routes.get("/api/orders/codes/ports", roles=ANYONE)
async def list_ports(call: Call, query: PortsQuery) -> Page[PortShown]:
    """List sea ports by code. A port that is not here may be named as well: the list is not of today."""
    (behind,) = decode_cursor(query.cursor, str) if query.cursor else ("",)
    found = [PortShown(code=code, name=name) for code, name in starting(query.q) if code > behind]
    return page(found[: query.limit + 1], query.limit, lambda one: (one.code,))
