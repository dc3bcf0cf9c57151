"""What is to be done as things stand, kind by kind, and how a task ended that is to be done no more.

A kind is added here: where it stands, in the order of COLUMNS, with $1 as today and $2 as now, whose day is today; how a task `t` of it
ended, null where what it was about is gone; its link. Its words are in `shared.contracts.tasks`; what changes it notes the root by the
trigger `look_for_tasks`. The conditions have names where the work list shows the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.orders.advice.queries import WAITING
from services.orders.cutoffs.store import DONE, LATE, OVERTAKEN, SAILED
from services.orders.documents.store import LACKING
from services.orders.exceptions.queries import DONE_ACTION, OF_SEVERAL_OWNERS, OPEN_ACTION, RESTING
from services.orders.inspections.domain import DEPARTMENT
from services.orders.inspections.queries import OPEN
from services.orders.materials.queries import NO_ETA, WORK
from services.orders.orders.queries import AT_RISK_LINE
from services.orders.requests.queries import WAITING as ASKED
from services.orders.risks.queries import PERSON
from shared.contracts.tasks import TaskKind

SOON = 7
"""Days before the day of a document on which it comes to mind."""
COLUMNS = """
kind, root, key, subject, order_id, "order", customer, shipment, about, department, logins, roles, barred, followers, due, deed, urgent
"""
"""Of each statement below, and of the table of what was told."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Where tasks of a kind stand, an expression of how `t` ended, and where it is seen to. A link may name the order and the subject."""

    stands: str
    ended: str
    link: str


# What is somebody's, also after the delivery: one that was passed is not any more, but for the delivery point, where lines are delivered.
# In two parts, since those to come have an index: they are few beside those of the past.
AHEAD = """(
    SELECT w.* FROM milestone w JOIN customer_order c ON c.id = w.order_id WHERE w.followed AND NOT w.passed AND c.status <> 'cancelled'
    UNION ALL SELECT w.* FROM milestone w JOIN customer_order c ON c.id = w.order_id
    WHERE w.passed AND w.actual IS NULL AND w.code = c.delivery_point AND c.status = 'open')"""
# A day that passes without it makes a milestone expected later, and due no later.
DUE = "coalesce(m.due, m.estimated)"
WATCHED_CUTOFF = f"c.met_at IS NULL AND c.told = c.revision AND NOT ({DONE}) AND NOT {SAILED}"
AT_RISK = f"(EXISTS (SELECT FROM milestone m WHERE {LATE}) OR {OVERTAKEN})"
"""Whether goods are late for the cut-off `c` of a shipment `s`, or the vessel leaves before it."""
LACKING_DOCUMENT = f"{LACKING} AND o.status <> 'cancelled'"
FAILING_CLAUSE = "c.status = 'open' AND c.state IN ('at_risk', 'breached')"
# A question about what has happened, or about goods that travel otherwise, is over.
_ASKED_OF = "array_position(array_prepend(c.shipment, c.parts), m.shipment) IS NOT NULL"
_ASKED_AHEAD = f"""
o.status <> 'cancelled' AND EXISTS (
    SELECT FROM milestone m WHERE m.order_id = c.order_id AND {_ASKED_OF} AND m.code = c.milestone AND NOT m.passed)
"""
OPEN_CHASE = f"c.status = 'open' AND {_ASKED_AHEAD}"
# He who was asked says that it has happened: whoever follows the order records it, or closes the question.
ANSWERED_CHASE = f"c.status = 'answered' AND c.done_on IS NOT NULL AND {_ASKED_AHEAD}"

_ORDER = "o.id, o.number, o.customer_id"
_NONE = "'{}'::text[]"
# His who follows the customer, and nobody's by name.
_FOLLOWERS = f"{_NONE}, {_NONE}, NULL::text[], true"
_MILESTONE = f"""
SELECT 'milestone', m.order_id, concat(m.shipment, '/', m.code), m.order_id, {_ORDER}, m.shipment, m.code, m.department,
    array_remove(ARRAY[m.person], NULL), {_NONE}, NULL, true, {DUE}, 'reach', o.urgent
FROM {AHEAD} AS m JOIN customer_order o ON o.id = m.order_id WHERE {DUE} <= $1::date
"""
_MILESTONE_ENDED = f"""
(SELECT CASE WHEN o.status = 'cancelled' THEN 'withdrawn' WHEN EXISTS (
    SELECT FROM {AHEAD} AS a WHERE a.order_id = m.order_id AND a.shipment IS NOT DISTINCT FROM m.shipment AND a.code = m.code)
    THEN 'moved' ELSE 'done' END
FROM milestone m JOIN customer_order o ON o.id = m.order_id
WHERE m.order_id = t.subject AND m.shipment IS NOT DISTINCT FROM t.shipment AND m.code = t.about)
"""
_ORDER_AT_RISK = f"""
SELECT 'order_at_risk', o.id, '', o.id, {_ORDER}, NULL, NULL, NULL, {_FOLLOWERS}, min(l.promised), 'recover', o.urgent
FROM order_line l JOIN customer_order o ON o.id = l.order_id WHERE {AT_RISK_LINE} AND o.status = 'open' GROUP BY o.id
"""
_ORDER_ENDED = """
(SELECT CASE o.status WHEN 'open' THEN 'moved' WHEN 'completed' THEN 'done' ELSE 'withdrawn' END
FROM customer_order o WHERE o.id = t.subject)
"""
_MILESTONE_AT_RISK = f"""
SELECT 'milestone_at_risk', r.order_id, concat(r.shipment, '/', r.milestone), r.order_id, {_ORDER}, r.shipment, r.milestone, r.department,
    array_remove(ARRAY[{PERSON}], NULL), {_NONE}, NULL, true, r.raised_on, 'hurry', o.urgent
FROM milestone_risk r JOIN customer_order o ON o.id = r.order_id
"""
# Of a delay that holds orders of several customers, each customer's are a task of their own.
_DELAYED = "d.order_id, CASE WHEN d.order_id IS NOT NULL THEN min(o.number) END"
_DELAY = """
FROM delay d JOIN delay_order held ON held.delay_id = d.id AND held.open JOIN customer_order o ON o.id = held.order_id
WHERE d.status = 'open'
"""
_DELAY_NEWS = f"""
SELECT 'delay_news', d.id, o.customer_id::text, d.id, {_DELAYED}, o.customer_id, d.shipment, d.milestone, NULL, {_FOLLOWERS},
    d.next_news_on, 'tell_customer', bool_or(o.urgent)
{_DELAY} AND d.next_news_on <= $1::date GROUP BY d.id, o.customer_id
"""
_DELAY_ANSWER = f"""
SELECT 'delay_answer', d.id, o.customer_id::text, d.id, {_DELAYED}, o.customer_id, d.shipment, d.milestone, NULL, {_FOLLOWERS},
    d.ask_by, 'get_answer', bool_or(o.urgent)
{_DELAY} AND d.ask IS NOT NULL GROUP BY d.id, o.customer_id
"""
_DELAY_ENDED = """
(SELECT CASE WHEN d.status = 'retracted' THEN 'withdrawn' WHEN d.status = 'open' AND NOT EXISTS (
    SELECT FROM delay_order h JOIN customer_order o ON o.id = h.order_id WHERE h.delay_id = d.id AND h.open AND o.customer_id = t.customer)
    THEN 'gone' ELSE 'done' END
FROM delay d WHERE d.id = t.subject)
"""
_APPROVAL_ASKED = f"""
SELECT 'approval_asked', r.id, '', r.id, o.id, o.number, r.customer_id, NULL, r.kind, NULL, ARRAY[r.requester], {_NONE}, NULL, false,
    r.due_at::date, 'await_decision', coalesce(o.urgent, false)
FROM approval_request r LEFT JOIN customer_order o ON o.id = r.subject WHERE r.status = 'pending'
"""
_APPROVAL = """
SELECT 'approval', r.id, '', r.id, o.id, o.number, r.customer_id, NULL, r.kind, NULL, r.deciders, r.roles, ARRAY[r.requester], false,
    r.due_at::date, 'decide', coalesce(o.urgent, false)
FROM approval_request r LEFT JOIN customer_order o ON o.id = r.subject WHERE r.status = 'pending'
"""
_APPROVAL_ENDED = """
(SELECT CASE WHEN r.status IN ('granted', 'refused') THEN 'done' ELSE 'withdrawn' END FROM approval_request r WHERE r.id = t.subject)
"""
_CUTOFF = f"""
SELECT 'cutoff', s.id, concat(c.kind, '/', o.customer_id), s.id, NULL, NULL, o.customer_id, s.number, c.kind, NULL, {_FOLLOWERS},
    (c.at AT TIME ZONE c.zone)::date, CASE WHEN c.at <= $2::timestamptz THEN 'rebook'
        WHEN {OVERTAKEN} THEN 'restate_cutoff' ELSE 'catch_cutoff' END, bool_or(o.urgent)
FROM shipment_cutoff c JOIN shipment s ON s.id = c.shipment_id
JOIN order_line l ON l.shipment = s.number AND l.cancelled IS NULL JOIN customer_order o ON o.id = l.order_id
WHERE {WATCHED_CUTOFF} AND (c.at <= $2::timestamptz OR {AT_RISK})
GROUP BY s.id, c.kind, c.at, c.zone, o.customer_id
"""
_CUTOFF_ENDED = f"""
(SELECT CASE WHEN c.met_at IS NOT NULL OR {DONE} THEN 'done' WHEN {SAILED} THEN 'gone' ELSE 'moved' END
FROM shipment_cutoff c JOIN shipment s ON s.id = c.shipment_id
WHERE c.shipment_id = t.subject AND c.kind = t.about AND EXISTS (
    SELECT FROM order_line l JOIN customer_order o ON o.id = l.order_id
    WHERE l.shipment = s.number AND l.cancelled IS NULL AND o.customer_id = t.customer))
"""
_ACTION = f"""
SELECT 'action', e.id, a.id::text, e.id, {_ORDER}, e.shipment, a.kind, NULL, ARRAY[a.owner], {_NONE}, NULL, false, a.due_on,
    'act', coalesce(o.urgent, false)
FROM exception_action a JOIN order_exception e ON e.id = a.exception_id LEFT JOIN customer_order o ON o.id = e.order_id WHERE {OPEN_ACTION}
"""
_ACTION_ENDED = """
(SELECT CASE WHEN a.status IN ('done', 'verified') THEN 'done' ELSE 'withdrawn' END FROM exception_action a WHERE a.id = t.key::uuid)
"""
# Of an exception that touches several customers, each customer's orders are a task of their own.
_CONCERNED = """
FROM order_exception e JOIN exception_order t ON t.exception_id = e.id JOIN customer_order o ON o.id = t.order_id
"""
_CONCERNS = "e.order_id, CASE WHEN e.order_id IS NOT NULL THEN min(o.number) END"
# One of several owners is the managers', once.
_EXCEPTION = f"""
SELECT 'exception', e.id, coalesce(c.customer::text, ''), e.id, {_CONCERNS}, c.customer, e.shipment, e.kind, NULL, {_NONE},
    CASE WHEN c.customer IS NULL THEN ARRAY['manager'] ELSE {_NONE} END, NULL, c.customer IS NOT NULL, e.detected_on, 'settle_exception',
    bool_or(o.urgent)
{_CONCERNED} CROSS JOIN LATERAL (SELECT CASE WHEN NOT {OF_SEVERAL_OWNERS} THEN o.customer_id END) AS c (customer)
WHERE {RESTING} GROUP BY e.id, c.customer
"""
_EXCEPTION_ENDED = f"(SELECT CASE WHEN {RESTING} THEN 'moved' ELSE 'done' END FROM order_exception e WHERE e.id = t.subject)"
# A manager's, too, where it is the own work of who follows the customer.
_VERIFICATION = f"""
SELECT 'verification', e.id, concat(a.id, '/', o.customer_id), e.id, {_CONCERNS}, o.customer_id, e.shipment, a.kind, NULL, {_NONE},
    CASE WHEN bool_or(k.owner IN (a.owner, a.done_by)) THEN ARRAY['manager'] ELSE {_NONE} END,
    CASE WHEN a.owner = a.done_by THEN ARRAY[a.owner] ELSE ARRAY[a.owner, a.done_by] END, true, a.due_on, 'verify', bool_or(o.urgent)
{_CONCERNED} JOIN known_customer k ON k.id = o.customer_id JOIN exception_action a ON a.exception_id = e.id
WHERE {DONE_ACTION} GROUP BY e.id, a.id, o.customer_id
"""
_VERIFICATION_ENDED = """
(SELECT CASE a.status WHEN 'waived' THEN 'withdrawn' ELSE 'done' END FROM exception_action a WHERE a.id = split_part(t.key, '/', 1)::uuid)
"""
_DOCUMENT = f"""
SELECT 'document', o.id, d.id::text, d.id, {_ORDER}, d.shipment, d.code, d.department, {_FOLLOWERS}, d.due,
    CASE d.state WHEN 'missing' THEN 'get_document' ELSE 'correct_document' END, o.urgent
FROM document d JOIN customer_order o ON o.id = d.order_id WHERE {LACKING_DOCUMENT} AND d.due <= $1::date + {SOON}
"""
_DOCUMENT_ENDED = f"""
(SELECT CASE WHEN o.status = 'cancelled' OR d.state = 'waived' THEN 'withdrawn' WHEN {LACKING} THEN 'moved'
    ELSE 'done' END
FROM document d JOIN customer_order o ON o.id = d.order_id WHERE d.id = t.subject)
"""
_CREDIT = f"""
SELECT 'credit', c.id, '', c.id, NULL, NULL, c.customer_id, NULL, c.number, NULL, {_FOLLOWERS}, min(r.amend_by),
    'amend_credit', false
FROM credit c JOIN credit_risk r ON r.credit_id = c.id WHERE c.status = 'open' GROUP BY c.id
"""
_CREDIT_ENDED = "(SELECT CASE c.status WHEN 'open' THEN 'moved' ELSE 'done' END FROM credit c WHERE c.id = t.subject)"
_CLAUSE = f"""
SELECT 'clause', o.id, c.id::text, c.id, {_ORDER}, NULL, c.reference, NULL, {_FOLLOWERS}, c.keep_by,
    CASE c.state WHEN 'at_risk' THEN 'keep_clause' ELSE 'settle_clause' END, o.urgent
FROM clause c JOIN customer_order o ON o.id = c.order_id WHERE {FAILING_CLAUSE}
"""
_CLAUSE_ENDED = """
(SELECT CASE WHEN c.status = 'closed' OR c.state = 'kept' THEN 'done' ELSE 'moved' END FROM clause c WHERE c.id = t.subject)
"""
_CHASE = f"""
SELECT 'chase', o.id, c.id::text, c.id, {_ORDER}, c.shipment, c.milestone, c.department,
    array_remove(ARRAY[c.asked, c.escalated_to], NULL), {_NONE}, NULL, false, c.answer_by, 'answer', o.urgent
FROM chase c JOIN customer_order o ON o.id = c.order_id WHERE {OPEN_CHASE}
"""
_CHASE_UNANSWERED = f"""
SELECT 'chase_unanswered', o.id, c.id::text, c.id, {_ORDER}, c.shipment, c.milestone, NULL, ARRAY[c.asked_by], {_NONE}, NULL, true,
    c.answer_by, 'remind', o.urgent
FROM chase c JOIN customer_order o ON o.id = c.order_id WHERE {OPEN_CHASE}
"""
_CHASE_ENDED = f"""
(SELECT CASE WHEN c.status = 'withdrawn' OR o.status = 'cancelled' THEN 'withdrawn' WHEN c.status <> 'open' THEN 'done'
    ELSE (SELECT 'done' FROM milestone m WHERE m.order_id = c.order_id AND {_ASKED_OF} AND m.code = c.milestone LIMIT 1) END
FROM chase c JOIN customer_order o ON o.id = c.order_id WHERE c.id = t.subject)
"""
_CHASE_ANSWERED = f"""
SELECT 'chase_answered', o.id, c.id::text, c.id, {_ORDER}, c.shipment, c.milestone, NULL, ARRAY[c.asked_by], {_NONE}, NULL, true,
    c.done_on, 'record_answer', o.urgent
FROM chase c JOIN customer_order o ON o.id = c.order_id WHERE {ANSWERED_CHASE}
"""
_CHASE_ANSWERED_ENDED = f"""
CASE WHEN EXISTS (SELECT FROM chase c WHERE c.id = t.subject AND c.status = 'answered' AND c.done_on IS NULL) THEN 'withdrawn'
    ELSE {_CHASE_ENDED} END
"""
# It waits for the customer since it was given.
_ADVICE = f"""
SELECT 'advice', o.id, a.id::text, a.id, {_ORDER}, NULL, a.topic, NULL, {_FOLLOWERS}, a.given_on, 'get_answer', o.urgent
FROM advice a JOIN customer_order o ON o.id = a.order_id WHERE {WAITING}
"""
_ADVICE_ENDED = """
(SELECT CASE WHEN a.withdrawn IS NOT NULL OR o.status = 'cancelled' THEN 'withdrawn' ELSE 'done' END
FROM advice a JOIN customer_order o ON o.id = a.order_id WHERE a.id = t.subject)
"""
# It waits for us since the customer asked.
_DAY_REQUEST = f"""
SELECT 'day_request', o.id, r.id::text, o.id, {_ORDER}, NULL, NULL, NULL, {_FOLLOWERS}, r.asked_on, 'answer_request', o.urgent
FROM promise_request r JOIN customer_order o ON o.id = r.order_id WHERE EXISTS (
    SELECT FROM promise_request_line q JOIN order_line l USING (order_id, line) WHERE q.request = r.id AND {ASKED})
"""
_DAY_REQUEST_ENDED = """
(SELECT CASE WHEN o.status = 'cancelled' OR EXISTS (
    SELECT FROM promise_request_line q WHERE q.request = t.key::uuid HAVING bool_and(q.answer IS NOT DISTINCT FROM 'overtaken'))
    THEN 'withdrawn' ELSE 'done' END
FROM customer_order o WHERE o.id = t.subject)
"""
_INSPECTION = f"""
SELECT 'inspection', o.id, i.id::text, i.id, {_ORDER}, NULL, i.type, '{DEPARTMENT}', array_remove(ARRAY[i.inspector], NULL), {_NONE}, NULL,
    true, i.day, CASE i.state WHEN 'planned' THEN 'inspect' ELSE 'settle_failure' END, o.urgent
FROM inspection i JOIN customer_order o ON o.id = i.order_id
WHERE {OPEN} AND (i.state = 'failed' OR i.day <= $1::date + {SOON}) AND o.status <> 'cancelled'
"""
_INSPECTION_ENDED = """
(SELECT CASE WHEN i.state = 'withdrawn' OR o.status = 'cancelled' THEN 'withdrawn' WHEN i.state = 'planned' THEN 'moved' ELSE 'done' END
FROM inspection i JOIN customer_order o ON o.id = i.order_id WHERE i.id = t.subject)
"""
_MATERIAL = f"""
SELECT 'material', o.id, m.id::text, m.id, {_ORDER}, NULL, m.material,
    (SELECT min(w.department) FROM milestone w WHERE w.order_id = m.order_id AND w.code = m.milestone), {_FOLLOWERS}, m.need_by,
    CASE WHEN m.state = 'short' THEN 'replace_material' WHEN {NO_ETA} THEN 'get_eta' ELSE 'hurry_material' END, o.urgent
FROM material_line m JOIN customer_order o ON o.id = m.order_id WHERE {WORK}
"""
_MATERIAL_ENDED = """
(SELECT CASE WHEN m.state = 'withdrawn' OR o.status = 'cancelled' THEN 'withdrawn'
    WHEN m.state IN ('received', 'short') OR o.status = 'completed' THEN 'done' ELSE 'moved' END
FROM material_line m JOIN customer_order o ON o.id = m.order_id WHERE m.id = t.subject)
"""
_ORDER_LINK, _PLAN_LINK, _CHASE_LINK = "/api/orders/{order}", "/api/orders/{order}/plan", "/api/orders/chases/{subject}"
_DELAY_LINK, _APPROVAL_LINK = "/api/orders/delays/{subject}", "/api/orders/approvals/{subject}"
_EXCEPTION_LINK = "/api/orders/exceptions/{subject}"

KINDS: Mapping[TaskKind, Kind] = MappingProxyType(
    {
        "milestone": Kind(_MILESTONE, _MILESTONE_ENDED, _ORDER_LINK),
        "order_at_risk": Kind(_ORDER_AT_RISK, _ORDER_ENDED, _ORDER_LINK),
        "milestone_at_risk": Kind(_MILESTONE_AT_RISK, _MILESTONE_ENDED, _PLAN_LINK),
        "delay_news": Kind(_DELAY_NEWS, _DELAY_ENDED, _DELAY_LINK),
        "delay_answer": Kind(_DELAY_ANSWER, _DELAY_ENDED, _DELAY_LINK),
        "approval_asked": Kind(_APPROVAL_ASKED, _APPROVAL_ENDED, _APPROVAL_LINK),
        "approval": Kind(_APPROVAL, _APPROVAL_ENDED, _APPROVAL_LINK),
        "cutoff": Kind(_CUTOFF, _CUTOFF_ENDED, "/api/orders/shipments/{shipment}/cutoffs"),
        "action": Kind(_ACTION, _ACTION_ENDED, _EXCEPTION_LINK),
        "exception": Kind(_EXCEPTION, _EXCEPTION_ENDED, _EXCEPTION_LINK),
        "verification": Kind(_VERIFICATION, _VERIFICATION_ENDED, _EXCEPTION_LINK),
        "document": Kind(_DOCUMENT, _DOCUMENT_ENDED, "/api/orders/documents/{subject}"),
        "credit": Kind(_CREDIT, _CREDIT_ENDED, "/api/orders/credits/{subject}"),
        "clause": Kind(_CLAUSE, _CLAUSE_ENDED, "/api/orders/clauses/{subject}"),
        "chase": Kind(_CHASE, _CHASE_ENDED, _CHASE_LINK),
        "chase_unanswered": Kind(_CHASE_UNANSWERED, _CHASE_ENDED, _CHASE_LINK),
        "chase_answered": Kind(_CHASE_ANSWERED, _CHASE_ANSWERED_ENDED, _CHASE_LINK),
        "advice": Kind(_ADVICE, _ADVICE_ENDED, "/api/orders/advice/{subject}"),
        "day_request": Kind(_DAY_REQUEST, _DAY_REQUEST_ENDED, "/api/orders/{order}/requests"),
        "inspection": Kind(_INSPECTION, _INSPECTION_ENDED, "/api/orders/inspections/{subject}"),
        "material": Kind(_MATERIAL, _MATERIAL_ENDED, "/api/orders/materials/{subject}"),
    }
)
