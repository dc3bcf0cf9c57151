"""customers' events into customers and staff."""

from services.reporting.projections.domain import Changes, Fact, Folds
from shared.contracts.customers import CustomerChanged, CustomerCreated, OwnerTransferred, StaffChanged

FOLDS = Folds()


@FOLDS.on(CustomerCreated, CustomerChanged)
def customer(changes: Changes, fact: Fact) -> None:
    of = fact.data.customer
    changes.customer.put(
        (of.customer_id,),
        {
            "code": of.code,
            "name": of.name,
            "country": of.country,
            "grade": of.grade,
            "prospect_class": of.prospect_class,
            "owner": of.owner,
        },
    )


@FOLDS.on(OwnerTransferred)
def owner(changes: Changes, fact: Fact) -> None:
    changes.customer.change((fact.data.customer_id,), {"owner": fact.data.after})


@FOLDS.on(StaffChanged)
def staff(changes: Changes, fact: Fact) -> None:
    of: StaffChanged = fact.data
    changes.staff.put((of.login,), {"department": of.department, "team": of.team, "manager": of.manager, "active": of.active})
