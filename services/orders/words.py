"""What is said of parties that are not there, in both languages."""

from shared.contracts.text import Both


def no_customer(code: str) -> Both:
    return Both(f"no customer {code} is known here", f"没有客户 {code}")


def no_supplier(code: str) -> Both:
    return Both(f"there is no supplier {code}", f"没有供应商 {code}")


def not_staff(login: str) -> Both:
    return Both(f"{login} is not active staff", f"{login} 不是在职员工")
