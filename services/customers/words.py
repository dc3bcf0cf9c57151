"""What is said of colleagues who are not there, in both languages."""

from shared.contracts.text import Both


def not_staff(login: str) -> Both:
    return Both(f"{login} is not active staff", f"{login} 不是在职员工")


def no_colleague(login: str) -> Both:
    return Both(f"{login} is not in the staff directory", f"员工名录中没有 {login}")
