"""Events of the documents that orders need, and the list of their codes. Aggregate: the document. Internal.

The package `documents` beside this makes the pages that describe all events.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.due import DueAfter
from shared.contracts.event import Contract, Event
from shared.contracts.text import LocalText

DocumentCode = Literal[
    "INVOICE", "PACKING_LIST", "BILL_OF_LADING", "SEA_WAYBILL", "AIR_WAYBILL", "RAIL_NOTE", "ROAD_NOTE", "COMBINED_TRANSPORT",
    "ORIGIN", "ORIGIN_GSP", "ORIGIN_EUR1", "INSPECTION", "QUALITY", "QUANTITY", "WEIGHT_LIST", "ANALYSIS", "CONFORMITY", "TEST_REPORT",
    "PHYTOSANITARY", "INSURANCE", "CONSULAR_INVOICE", "EXPORT_LICENCE", "EXPORT_DECLARATION", "DANGEROUS_GOODS", "BILL_OF_EXCHANGE",
]  # fmt: skip
DocumentState = Literal["missing", "issued", "sent", "accepted", "discrepant", "waived"]
Step = Literal["issued", "sent", "accepted", "discrepant", "waived"]


class DocumentMeaning(Contract):
    """The name of a document, and its code in UN/EDIFACT 1001."""

    name: LocalText
    untdid: str


def _document(untdid: str, name: str, name_zh: str) -> DocumentMeaning:
    return DocumentMeaning(name=LocalText(en=name, zh_cn=name_zh), untdid=untdid)


DOCUMENTS: Mapping[DocumentCode, DocumentMeaning] = MappingProxyType(
    {
        "INVOICE": _document("380", "commercial invoice", "商业发票"),
        "PACKING_LIST": _document("271", "packing list", "装箱单"),
        "BILL_OF_LADING": _document("705", "bill of lading", "提单"),
        "SEA_WAYBILL": _document("710", "sea waybill", "海运单"),
        "AIR_WAYBILL": _document("740", "air waybill", "空运单"),
        "RAIL_NOTE": _document("720", "rail consignment note", "铁路运单"),
        "ROAD_NOTE": _document("730", "road consignment note", "公路运单"),
        "COMBINED_TRANSPORT": _document("764", "combined transport document", "多式联运单据"),
        "ORIGIN": _document("861", "certificate of origin", "原产地证书"),
        "ORIGIN_GSP": _document("865", "certificate of origin form A", "普惠制原产地证书"),
        "ORIGIN_EUR1": _document("954", "EUR.1 certificate", "EUR.1 原产地证书"),
        "INSPECTION": _document("856", "inspection certificate", "检验证书"),
        "QUALITY": _document("3", "certificate of quality", "品质证书"),
        "QUANTITY": _document("19", "certificate of quantity", "数量证书"),
        "WEIGHT_LIST": _document("15", "weight list", "重量单"),
        "ANALYSIS": _document("1", "certificate of analysis", "分析证书"),
        "CONFORMITY": _document("2", "certificate of conformity", "符合性证书"),
        "TEST_REPORT": _document("4", "test report", "检测报告"),
        "PHYTOSANITARY": _document("851", "phytosanitary certificate", "植物检疫证书"),
        "INSURANCE": _document("520", "insurance certificate", "保险凭证"),
        "CONSULAR_INVOICE": _document("870", "consular invoice", "领事发票"),
        "EXPORT_LICENCE": _document("811", "export licence", "出口许可证"),
        "EXPORT_DECLARATION": _document("830", "export declaration", "出口报关单"),
        "DANGEROUS_GOODS": _document("890", "dangerous goods declaration", "危险货物申报单"),
        "BILL_OF_EXCHANGE": _document("490", "bill of exchange", "汇票"),
    }
)


class DocumentFacts(Contract):
    """A document that an order needs, and how far it has come."""

    document_id: UUID
    order_id: UUID
    order: str = Field(description="order number")
    customer_id: UUID
    shipment: str | None = Field(description="null: it is of the whole order, or of the leg without a shipment")
    code: DocumentCode
    department: str = Field(description="whose work it is")
    due_on: date | None
    due_after: DueAfter | None
    due: date = Field(description="the day as it is counted now")
    state: DocumentState
    number: str | None = Field(default=None, description="its own number")
    on: date | None = Field(default=None, description="the day of its last step")
    by: str | None = Field(default=None, description="login of who took it")
    note: str | None = None


class DocumentRequired(Event, type="orders.document.required.v1"):
    """The order needs this document."""

    document: DocumentFacts


class DocumentChanged(Event, type="orders.document.changed.v1"):
    """It is due otherwise, another department's work, or of goods that travel in another shipment now."""

    document: DocumentFacts


class DocumentIssued(Event, type="orders.document.issued.v1"):
    """It is there; again, where it was made anew."""

    document: DocumentFacts


class DocumentSent(Event, type="orders.document.sent.v1"):
    """It is on its way to who asks for it: the customer or the bank."""

    document: DocumentFacts


class DocumentAccepted(Event, type="orders.document.accepted.v1"):
    """Who asked for it takes it as it is."""

    document: DocumentFacts


class DocumentDiscrepant(Event, type="orders.document.discrepant.v1"):
    """Who asked for it does not take it as it is; the note says why."""

    document: DocumentFacts


class DocumentWaived(Event, type="orders.document.waived.v1"):
    """It is not needed any more; the note says why."""

    document: DocumentFacts


class DocumentOverdue(Event, type="orders.document.overdue.v1"):
    """Its day is over and it is not there. Told once for each day it is due on."""

    document: DocumentFacts
