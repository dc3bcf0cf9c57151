"""The rules of production. Pure; the one door to them."""

from services.orders.production.domain.following import Followed, follow, happened, regrouped, retry
from services.orders.production.domain.lots import lacking, made_before, most
from services.orders.production.domain.pace import Finish, behind, finish, finishes, needed_rate, proved, rate, silent
from services.orders.production.domain.reports import ReportCorrected, Standing, correct, report

__all__ = [
    "Finish", "Followed", "ReportCorrected", "Standing", "behind", "correct", "finish", "finishes",
    "follow", "happened", "lacking", "made_before", "most", "needed_rate", "proved", "rate", "regrouped", "report",
    "retry", "silent",
]  # fmt: skip
