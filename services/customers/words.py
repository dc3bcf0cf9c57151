"""What is said of colleagues who are not there, in both languages."""

from shared.contracts.text import Both


def no_colleague(login: str) -> Both:
    return Both(f"{login} is not in the staff directory", f"员工名录中没有 {login}")
