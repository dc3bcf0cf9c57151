"""Every report there is, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from services.reporting.reports.answer_times import ANSWER_TIMES
from services.reporting.reports.clauses import CLAUSES
from services.reporting.reports.counts import COUNTS
from services.reporting.reports.credits_at_risk import CREDITS_AT_RISK
from services.reporting.reports.delay_causes import DELAY_CAUSES
from services.reporting.reports.domain import Report
from services.reporting.reports.lateness import LATENESS
from services.reporting.reports.notices import NOTICE_LEAD_TIME, NOTICES
from services.reporting.reports.on_time import LATE_LOADING, ON_TIME
from services.reporting.reports.open_delays import OPEN_DELAYS
from services.reporting.reports.open_exceptions import OPEN_EXCEPTIONS
from services.reporting.reports.orders import ORDERS
from services.reporting.reports.papers import CUSTOMS_HOLDS, LACKING_DOCUMENTS
from services.reporting.reports.silent_delays import SILENT_DELAYS
from services.reporting.reports.suppliers import SUPPLIERS
from services.reporting.reports.warnings import EARLY_WARNINGS, OPEN_WARNINGS

_ALL = (
    ON_TIME, LATE_LOADING, OPEN_DELAYS, OPEN_EXCEPTIONS, DELAY_CAUSES, LATENESS, NOTICE_LEAD_TIME, NOTICES, SILENT_DELAYS, OPEN_WARNINGS,
    EARLY_WARNINGS, ANSWER_TIMES, CREDITS_AT_RISK, LACKING_DOCUMENTS, CUSTOMS_HOLDS, CLAUSES, SUPPLIERS, COUNTS, ORDERS,
)  # fmt: skip

REPORTS: Mapping[str, Report] = MappingProxyType({report.name: report for report in _ALL})
