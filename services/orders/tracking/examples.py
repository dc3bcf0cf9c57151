"""Tracking events of one carrier as the documentation of the API shows them; what moves nothing is left out."""

from typing import Any

# fmt: off
ESTIMATED_2_2: dict[str, Any] = {
    "eventID": "019e0d52-6a10-7f3b-a4c8-2d917e05b364", "eventCreatedDateTime": "2026-05-08T09:20:00+08:00", "eventType": "TRANSPORT",
    "eventClassifierCode": "EST", "eventDateTime": "2026-05-29T22:00:00+08:00", "transportEventTypeCode": "DEPA",
    "delayReasonCode": "CGS", "changeRemark": "berth congestion at Ningbo",
    "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": "6321884420"}],
    "transportCall": {
        "UNLocationCode": "CNSHA", "modeOfTransport": "VESSEL", "exportVoyageNumber": "032W",
        "vessel": {"vesselIMONumber": "9783497", "vesselName": "COSCO SHIPPING ARIES"},
    },
}
LOADED_3_0: dict[str, Any] = {
    "metadata": {
        "eventID": "019e6ae1-0c74-7b21-93f6-58d0c7a1e942", "eventCreatedDateTime": "2026-05-29T16:05:00+08:00",
        "eventType": "EQUIPMENT",
    },
    "payload": {
        "eventClassifierCode": "ACT", "eventDateTime": "2026-05-29T15:40:00+08:00", "equipmentEventTypeCode": "LOAD",
        "equipmentReference": "CSNU6012349", "emptyIndicatorCode": "LADEN", "isTransshipmentMove": False,
        "transportCall": {
            "modeOfTransport": "VESSEL", "location": {"UNLocationCode": "CNSHA"}, "carrierExportVoyageNumber": "032W",
            "vessel": {"vesselIMONumber": "9783497", "name": "COSCO SHIPPING ARIES"},
        },
        "relatedDocumentReferences": [{"type": "BKG", "value": "6321884420"}],
    },
}
RETRACTED: dict[str, Any] = {
    "metadata": {
        "eventID": "019e6b04-91d8-7c05-8e2f-4b6a3d97f150", "eventCreatedDateTime": "2026-05-29T16:45:00+08:00", "eventType": "EQUIPMENT",
        "retractedEventID": "019e6ae1-0c74-7b21-93f6-58d0c7a1e942",
    },
}
TAKEN: dict[str, Any] = {
    "applied": 1, "kept": 0, "duplicate": 0, "refused": 0,
    "events": [
        {"event": ESTIMATED_2_2["eventID"], "outcome": "applied", "reason": None, "errors": [], "shipments": ["SH-2026-041"],
         "milestones": ["DEPART"], "orders": 1},
    ],
}
# fmt: on
