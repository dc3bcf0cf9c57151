"""The figures about papers, terms and material: letters of credit, documents, customs, contract clauses, what suppliers deliver."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from services.orders.clauses import domain
from services.orders.clauses.model import Clause
from services.reporting.reports.clauses import PENALTY
from services.reporting.reports.domain import Scope
from shared.contracts import clauses as cl
from shared.contracts import credits as cr
from shared.contracts import customs as cu
from shared.contracts import materials as m
from shared.contracts import orders as o
from shared.contracts import papers as pa
from shared.contracts.approvals import Money
from shared.contracts.cancellations import LinesCancelled, OrderCancelled
from shared.contracts.money import MINOR_DIGITS
from shared.ids import new_id
from tests.reporting.conftest import Reporting
from tests.reporting.histories import consume, line, node, reestimated
from tests.reporting.papers import clause_facts, credit_facts, credit_risk, customs_facts, document_facts, material_facts, usd
from tests.reporting.test_following import Following, Order, by_group
from tests.reporting.test_reports import APRIL, MARCH, TODAY, one, report


def moved(t: Following, order: Order, milestone: str, after: date) -> None:
    node = o.MovedNode(
        shipment=None, milestone=milestone, visible=True, planned=APRIL, before=APRIL, after=after, revision=1, driven_by=None, slack_days=0
    )  # fmt: skip
    t.tell(order[0], reestimated(order[0], order[1], order[2], because="promise_changed", nodes=[node]))


async def test_credits_at_risk(reporting: Reporting) -> None:
    t = Following()
    mine, other, closed = new_id(), new_id(), new_id()
    for credit_id, order, number in ((mine, t.mine, "LC1"), (other, t.other, "LC2"), (closed, t.other, "LC3")):
        t.tell(credit_id, cr.CreditOpened(credit=credit_facts(credit_id, order, number=number)))
        late = credit_risk("latest_shipment", order, APRIL, would_be=APRIL + timedelta(days=4))
        expiry = credit_risk("expiry", order, TODAY, amend_by=TODAY + timedelta(days=1))
        about = {"credit_id": credit_id, "number": number, "customer_id": order[2]}
        t.tell(credit_id, cr.CreditAtRisk(**about, risks=(late, expiry, credit_risk("amount", None))))
    t.tell(mine, cr.CreditRecovered(credit_id=mine, number="LC1", customer_id=t.mine[2], risks=(expiry.model_copy(update={"order": "A"}),)))
    t.tell(closed, cr.CreditClosed(credit_id=closed, number="LC3", customer_id=t.other[2], outcome="paid"))
    await consume(reporting.database, t.told)
    rows = await report(reporting.database, "credits-at-risk")
    assert [(row["credit"], row["kind"], row["days_to_amend"]) for row in rows] == [
        ("LC1", "latest_shipment", -5), ("LC2", "latest_shipment", -5), ("LC2", "expiry", 1), ("LC1", "amount", None),
        ("LC2", "amount", None),
    ]  # fmt: skip
    names = ("meaning", "customer", "owner", "amount", "currency", "order", "deadline", "days_late", "amend_by")
    assert [rows[0][name] for name in names] == ["latest shipment", "C1", "li", "5000.00", "USD", "A", "2026-04-10", 4, "2026-04-10"]
    assert [row["order"] for row in await report(reporting.database, "credits-at-risk", kind="amount", owner="li")] == [None]
    assert {row["credit"] for row in await report(reporting.database, "credits-at-risk", Scope(["wang"], TODAY))} == {"LC2"}


async def test_documents_that_are_lacking(reporting: Reporting) -> None:
    t = Following()

    def document(order: Order, due: date | tuple[str, int], state: pa.DocumentState, **more: Any) -> None:
        document_id = new_id()
        t.tell(document_id, pa.DocumentRequired(document=document_facts(document_id, order, due, "missing", **more)))
        t.tell(document_id, pa.DocumentIssued(document=document_facts(document_id, order, due, state, **more)))

    document(t.mine, MARCH, "issued")
    document(t.mine, MARCH, "missing")
    document(t.mine, ("DELIVERED", 3), "discrepant", code="ORIGIN")
    document(t.other, ("DEPART", -10), "missing", department="qc")
    document(t.other, ("DEPART", 30), "missing", department="qc")
    # Its shipment is none of the order's any more: it hangs on all its legs.
    document(t.other, ("DELIVERED", 1), "missing", shipment="S9")
    moved(t, t.mine, "DELIVERED", TODAY + timedelta(days=2))
    # A line that was cancelled takes its leg with it.
    far = [line("2", TODAY, shipment="S2")]
    t.tell(
        t.mine[0],
        o.LinesAdded(order_id=t.mine[0], source="api", lines=tuple(far), plan=(node("DELIVERED", TODAY + timedelta(days=60), "S2"),)),
    )
    about: dict[str, Any] = {"order_id": t.mine[0], "number": "A", "customer_id": t.mine[2], "asked_by": "customer", "reason": "less"}
    t.tell(t.mine[0], LinesCancelled(lines=("2",), ended=("S2",), **about))
    await consume(reporting.database, t.told)
    names = ("lacking", "discrepant", "overdue", "due_soon", "orders_overdue", "next_due", "oldest_days")
    assert by_group(await report(reporting.database, "lacking-documents"), *names) == {
        "docs": (3, 1, 2, 1, 2, "2026-03-10", 36),
        "qc": (2, 0, 1, 0, 1, "2026-03-31", 15),
    }
    rows = await report(reporting.database, "lacking-documents", Scope(None, TODAY, "zh-CN"), group="code", customer="C1")
    assert by_group(rows, "label", "lacking") == {"INVOICE": ("商业发票", 1), "ORIGIN": ("原产地证书", 1)}
    assert by_group(await report(reporting.database, "lacking-documents", group="owner", code="INVOICE"), "lacking") == {
        "li": (1,),
        "wang": (3,),
    }


async def test_customs_holds(reporting: Reporting) -> None:
    t = Following()
    held, released, free = new_id(), new_id(), new_id()
    t.tell(free, cu.CustomsDeclared(entry=customs_facts(free, [t.mine], "declared")))
    t.tell(held, cu.CustomsHeld(entry=customs_facts(held, [t.mine, t.other], "held", held_on=APRIL)))
    entry = customs_facts(released, [t.mine], "released", held_on=MARCH, released_on=MARCH + timedelta(days=3))
    t.tell(released, cu.CustomsReleased(entry=entry))
    await consume(reporting.database, t.told)
    rows = await report(reporting.database, "customs-holds")
    names = ("entry", "held", "days_held", "orders", "customers", "owners")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (f"E{held}", True, 5, ["A", "B"], ["C1", "C2"], ["li", "wang"]),
        (f"E{released}", False, 3, ["A"], ["C1"], ["li"]),
    ]
    (seen,) = await report(reporting.database, "customs-holds", Scope(["wang"], TODAY))
    assert (seen["orders"], seen["customers"]) == (["B"], ["C2"])
    assert [row["days_held"] for row in await report(reporting.database, "customs-holds", held=False, to=APRIL)] == [3]


WEEKLY = cl.Penalty(percent=Decimal("0.5"), per="week", cap_percent=Decimal(1))


async def test_clauses_and_what_they_cost(reporting: Reporting) -> None:
    t = Following()

    def clause(order: Order, due: date | tuple[str, int], *told: str, **more: Any) -> None:
        facts = clause_facts(new_id(), order, due, **more)
        t.tell(facts.clause_id, cl.ClauseAgreed(clause=facts))
        if "breached" in told:
            t.tell(facts.clause_id, cl.ClauseBreached(clause=facts, due=APRIL, happened=None, penalty=None))
        if "recovered" in told:
            t.tell(facts.clause_id, cl.ClauseRecovered(clause=facts, due=MARCH, happened=MARCH))
        if "closed" in told:
            t.tell(facts.clause_id, cl.ClauseClosed(clause_id=facts.clause_id, order_id=order[0], outcome="settled"))

    worth: dict[str, Any] = {"penalty": WEEKLY, "value": usd("1000.00")}
    happened = o.MilestoneAchieved(order_id=t.mine[0], shipment=None, milestone="DEPART", actual=MARCH, lines=())
    t.tell(t.mine[0], happened)
    moved(t, t.other, "DELIVERED", TODAY + timedelta(days=9))
    clause(t.mine, MARCH, "breached", "recovered", milestone="DEPART", **worth)
    # Late by five days so far, which is a week that has begun.
    clause(t.mine, APRIL - timedelta(days=3), "breached", grace_days=3, **worth)
    # In eight days of lateness there are two weeks, as many as the cap takes; the fixed amount is of another currency.
    clause(t.other, TODAY + timedelta(days=1), **worth)
    clause(t.other, TODAY, penalty=cl.Penalty(fixed=Money(amount=Decimal("900.00"), currency="EUR")))
    clause(t.other, ("DELIVERED", 1))
    clause(t.other, APRIL, "closed")
    await consume(reporting.database, t.told)
    rows = await report(reporting.database, "clauses", group="customer")
    names = ("clauses", "kept", "pending", "at_risk", "breached", "ended", "closed", "penalty_so_far", "penalty_expected")
    assert {(row["group"], row["currency"]): tuple(row[name] for name in names) for row in rows} == {
        ("C1", "USD"): (2, 1, 0, 0, 1, 0, 0, "5.00", "5.00"),
        ("C2", "EUR"): (1, 0, 0, 1, 0, 0, 0, "0.00", "900.00"),
        ("C2", "USD"): (1, 0, 0, 1, 0, 0, 0, "0.00", "10.00"),
        ("C2", None): (2, 0, 1, 0, 0, 1, 1, None, None),
    }
    about: dict[str, Any] = {"order_id": t.other[0], "number": "B", "customer_id": t.other[2], "asked_by": "us", "reason": "no material"}
    t.tell(t.other[0], OrderCancelled(lines=("1",), **about))
    await consume(reporting.database, t.told[-1:])
    assert await report(reporting.database, "clauses", group="customer") == rows, "its plan is read as it was"
    months = [(row["group"], row["currency"], row["clauses"]) for row in await report(reporting.database, "clauses", to=MARCH)]
    assert months == [("2026-03", "USD", 1)]
    total = await one(reporting.database, "clauses", Scope(["li"], TODAY), group="total", milestone="DELIVERED")
    assert (total["breached"], total["next_keep_by"]) == (1, None)
    assert [row["ended"] for row in await report(reporting.database, "clauses", closed=True)] == [1]


amounts = st.decimals(0, 10**7, places=2)
percents = st.decimals(Decimal("0.0001"), 100, places=4)
penalties = st.one_of(
    st.builds(lambda amount: cl.Penalty(fixed=Money(amount=amount, currency="USD")), st.decimals(Decimal("0.01"), 10**6, places=2)),
    st.builds(
        lambda percent, per, cap: cl.Penalty(percent=percent, per=per, cap_percent=cap),
        percents, st.sampled_from(["day", "week"]), st.none() | percents,
    ),
)  # fmt: skip


async def test_a_penalty_is_what_orders_says_it_is(reporting: Reporting) -> None:
    """The same arithmetic stands in orders, for one clause, and in the report's statement, for many at once."""
    cases: list[tuple[cl.Penalty, Money, int]] = []

    @given(penalties, st.builds(Money, amount=amounts, currency=st.sampled_from(["USD", "JPY", "KWD"])), st.integers(0, 400))
    def collect(penalty: cl.Penalty, value: Money, days: int) -> None:
        cases.append((penalty, value, days))

    collect()
    rows = [
        (days, p.percent, p.per, p.cap_percent, (p.fixed or value).amount, MINOR_DIGITS.get((p.fixed or value).currency))
        for p, value, days in cases
    ]
    async with reporting.database.connection() as tx:
        found = await tx.fetch(_PENALTIES, *map(list, zip(*rows, strict=True)))
    for row, (penalty, value, days) in zip(found, cases, strict=True):
        expected = domain.penalty(cast(Clause, SimpleNamespace(penalty=penalty, value=value)), days)
        assert expected is not None
        assert row["penalty"] == expected.amount, (penalty, value, days)


_PENALTIES = f"""
SELECT cost.penalty
FROM unnest($1::integer[], $2::numeric[], $3::text[], $4::numeric[], $5::numeric[], $6::integer[]) WITH ORDINALITY
    AS terms (days, percent, per, cap_percent, value, digits, n)
CROSS JOIN LATERAL ({PENALTY.format(days="days")}) AS cost
ORDER BY n
"""


async def test_what_suppliers_deliver(reporting: Reporting) -> None:
    t = Following()
    supplier_id = new_id()
    t.tell(supplier_id, o.SupplierCreated(supplier_id=supplier_id, code="V1", name="Vendor"))

    def material(order: Order, state: m.MaterialState, need_by: date, *received_on: date, **more: Any) -> m.MaterialFacts:
        facts = material_facts(new_id(), order, need_by, state, **{"ordered_on": MARCH, **more})
        t.tell(facts.material_id, m.MaterialRequired(material=facts))
        for on in received_on:
            t.tell(facts.material_id, m.MaterialReceived(material=facts, quantity=Decimal(50), on=on))
        if state != "planned":
            t.tell(facts.material_id, m.MaterialChanged(material=facts))
        return facts

    material(t.mine, "received", APRIL, MARCH, APRIL)
    # A part of it came in time; all of it two days late.
    material(t.mine, "received", APRIL, MARCH, APRIL + timedelta(days=2))
    # It was not two days late: the receipt that said so was wrong, and the rest had come in time.
    amended = material(t.mine, "received", APRIL, MARCH, APRIL + timedelta(days=2))
    said = {"receipt": 2, "before": Decimal(50), "before_on": APRIL, "quantity": Decimal(50), "on": APRIL, "last_on": APRIL}
    t.tell(amended.material_id, m.MaterialReceiptCorrected(material=amended, reason="of another order", **said))
    material(t.mine, "short", APRIL, MARCH)
    material(t.other, "ordered", APRIL, MARCH, eta=TODAY + timedelta(days=1))
    material(t.other, "ordered", TODAY, eta=TODAY + timedelta(days=1), material="ZIPPER")
    material(t.other, "planned", TODAY + timedelta(days=9), supplier=None, ordered_on=None)
    material(t.other, "withdrawn", MARCH)
    await consume(reporting.database, t.told)
    names = ("label", "lines", "ordered", "received", "numerator", "denominator", "rate", "days_late_p50", "days_late_max", "short", "open")
    assert by_group(await report(reporting.database, "suppliers"), *names, "expected_late", "eta_missing") == {
        "V1": ("Vendor", 6, 6, 3, 2, 5, "0.400000", 2, 5, 1, 2, 2, 0),
        None: (None, 1, 0, 0, 0, 0, None, None, None, 0, 1, 0, 1),
    }
    assert by_group(await report(reporting.database, "suppliers", group="material", supplier="V1", to=APRIL), "lines") == {"FABRIC": (5,)}
    assert by_group(await report(reporting.database, "suppliers", Scope(["li"], TODAY), group="customer"), "received") == {"C1": (3,)}
