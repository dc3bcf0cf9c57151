"""Events of tasks: what somebody has to see to, of every kind that the suite's one work list joins, and the words for them.

Aggregate: the task, from its opening to its closing; what is to be done again later is another task. Internal.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.customers import Role
from shared.contracts.event import Contract, Event
from shared.contracts.text import LocalText

TaskSubject = Literal[
    "order", "delay", "approval", "shipment", "exception", "document", "credit", "clause", "chase", "advice", "inspection", "material"
]
TaskKind = Literal[
    "milestone", "order_at_risk", "milestone_at_risk", "delay_news", "delay_answer", "approval_asked", "approval", "cutoff", "action",
    "document", "credit", "clause", "chase", "chase_unanswered", "advice", "day_request", "inspection", "material", "exception",
    "verification", "chase_answered",
]  # fmt: skip
TaskDeed = Literal[
    "reach", "recover", "hurry", "tell_customer", "get_answer", "await_decision", "decide", "catch_cutoff", "rebook", "act",
    "get_document", "correct_document", "amend_credit", "keep_clause", "settle_clause", "answer", "remind", "answer_request",
    "inspect", "settle_failure", "replace_material", "get_eta", "hurry_material", "settle_exception", "verify", "record_answer",
    "restate_cutoff",
]  # fmt: skip
TaskEnd = Literal["done", "withdrawn", "moved", "gone"]


class TaskMeaning(Contract):
    """What a kind of task is called, and what it is about."""

    name: LocalText
    subject: TaskSubject


def _kind(subject: TaskSubject, name: str, name_zh: str) -> TaskMeaning:
    return TaskMeaning(name=LocalText(en=name, zh_cn=name_zh), subject=subject)


TASKS: Mapping[TaskKind, TaskMeaning] = MappingProxyType(
    {
        "milestone": _kind("order", "milestone due", "到期节点"),
        "order_at_risk": _kind("order", "order expected after its promise", "预计逾期订单"),
        "milestone_at_risk": _kind("order", "milestone in danger", "有风险的节点"),
        "delay_news": _kind("delay", "news of a delay due", "待通报延误进展"),
        "delay_answer": _kind("delay", "customer's answer awaited", "待客户答复"),
        "approval_asked": _kind("approval", "own request waits", "我提交的审批"),
        "approval": _kind("approval", "request to decide", "待我审批"),
        "cutoff": _kind("shipment", "cut-off at risk, missed or overtaken", "截止时间告急、错过或晚于船期"),
        "action": _kind("exception", "action on an exception", "异常处理措施"),
        "exception": _kind("exception", "exception to settle", "待处理的异常"),
        "verification": _kind("exception", "action to verify", "待验证的措施"),
        "document": _kind("document", "document lacking", "缺失或有不符点的单证"),
        "credit": _kind("credit", "letter of credit at risk", "有风险的信用证"),
        "clause": _kind("clause", "contract clause not kept", "合同条款告急或违反"),
        "chase": _kind("chase", "question to answer", "待我回复的询问"),
        "chase_unanswered": _kind("chase", "question unanswered", "尚未答复的询问"),
        "chase_answered": _kind("chase", "answer to record", "待登记的答复"),
        "advice": _kind("advice", "advice unanswered", "客户尚未回应的建议"),
        "day_request": _kind("order", "another day asked for", "客户要求改期"),
        "inspection": _kind("inspection", "inspection to make, or failed", "待验货或验货不合格"),
        "material": _kind("material", "material late, short or without a day", "物料晚到、短缺或到货日期未定"),
    }
)


def _deed(english: str, chinese: str) -> LocalText:
    return LocalText(en=english, zh_cn=chinese)


DEEDS: Mapping[TaskDeed, LocalText] = MappingProxyType(
    {
        "reach": _deed("record that it has happened, or log the delay", "登记完成，或登记延误"),
        "recover": _deed("win the days back, or agree on another promise", "追回进度，或与客户另议交期"),
        "hurry": _deed("see to it before it is late", "趁尚未延误，抓紧处理"),
        "tell_customer": _deed("give the customer the news he was promised", "按约定向客户通报进展"),
        "get_answer": _deed("get the customer's answer", "取得客户答复"),
        "await_decision": _deed("wait for the decision, or withdraw", "等待审批，或撤回申请"),
        "decide": _deed("approve or refuse", "批准或驳回"),
        "catch_cutoff": _deed("have the goods ready before the cut-off", "在截止时间前备妥货物"),
        "restate_cutoff": _deed("have the carrier state it anew: the vessel leaves before it", "船期早于截止时间，请承运人更正"),
        "rebook": _deed("the cut-off was missed: book another sailing", "已错过截止时间，改配其他航次"),
        "act": _deed("do it, and say what came of it", "落实措施并填报结果"),
        "settle_exception": _deed("say what is to be done, or close it", "确定处理措施，或关闭异常"),
        "verify": _deed("see whether it helped, and say so", "核实措施是否有效并登记"),
        "get_document": _deed("get the document", "取得单证"),
        "correct_document": _deed("have the document corrected", "更正单证"),
        "amend_credit": _deed("have the letter of credit amended", "请客户改证"),
        "keep_clause": _deed("see that the clause is kept", "确保履行合同条款"),
        "settle_clause": _deed("settle what the breach costs", "结清违约金"),
        "answer": _deed("answer", "回复"),
        "remind": _deed("remind, or ask somebody else", "催办，或改问他人"),
        "record_answer": _deed("record the day that was answered, or close the question", "登记所答复的完成日期，或关闭询问"),
        "answer_request": _deed("promise the customer a day, or tell him that the promise stands", "答复客户新交期，或说明维持原交期"),
        "inspect": _deed("inspect, and say what was found", "验货并填报结果"),
        "settle_failure": _deed("have it made good and inspected again, or let it go on", "返工后复验，或让步放行"),
        "replace_material": _deed("find other material", "落实替代物料"),
        "get_eta": _deed("have the supplier say when it comes", "向供应商确认到货日期"),
        "hurry_material": _deed("have it come earlier, or log the delay", "催供应商提前到货，或登记延误"),
    }
)
"""What is to be done next."""


class TaskFacts(Contract):
    """What is to be done, about what, whose it is and by when.

    It is everybody's in `logins`, or with a role of `roles`, but not his who is `barred` or `also_barred`. Among those who see the
    customer it is also the department's, and where `followers` says so his who follows the customer: owners and deputies, also of who is
    named, are joined when it is read. Requests for approval that he asked are nobody's but his.
    """

    task_id: UUID
    kind: TaskKind
    deed: TaskDeed
    subject: TaskSubject
    subject_id: UUID
    about: str | None = Field(description="what of the subject, by its code or number: a milestone, a document, a cut-off, a clause")
    order_id: UUID | None = Field(description="null also where it is about several orders")
    order: str | None
    shipment: str | None
    customer_id: UUID | None
    department: str | None
    logins: tuple[str, ...]
    roles: tuple[Role, ...]
    barred: str | None
    also_barred: str | None = None
    followers: bool
    due: date | None
    urgent: bool = Field(description="of a small order that must leave at once")
    link: str


class TaskOpened(Event, type="orders.task.opened.v1"):
    """Something is to be done. Told again when it is another day, deed or person's than before: the last one counts."""

    task: TaskFacts


class TaskClosed(Event, type="orders.task.closed.v1"):
    """It is to be done no more: done or past, withdrawn, not due by dates that moved, or gone with what it was about."""

    task: TaskFacts = Field(description="as it was told last")
    how: TaskEnd
