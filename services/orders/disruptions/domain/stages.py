"""The stages of a disruption: opened once, confirmed or withdrawn, logged, released. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from services.orders.disruptions import words
from services.orders.disruptions.model import Disruption
from shared.contracts.text import Both
from shared.problems import Conflict, FieldError, require_none


class DisruptionKnown(Conflict):
    """Somebody has opened it already: whoever opens it again is shown the first."""

    slug = "disruption-open"
    title = Both("It is known already", "此事已有人登记")


class DisruptionOver(Conflict):
    """It is past the stage in which this can be done."""

    slug = "disruption-over"
    title = Both("The disruption is past that", "该突发事件已过此阶段")


class DisruptionRunning(Conflict):
    """Its delays are not all logged yet."""

    slug = "disruption-running"
    title = Both("The disruption is not logged yet", "该突发事件尚未登记完毕")


def confirm(disruption: Disruption, by: str, correlation_id: str, today: date) -> Disruption | None:
    """Set it to work; None where it is already. DisruptionOver where it was withdrawn, Invalid where one of its days has passed."""
    if disruption.status == "withdrawn":
        raise DisruptionOver(words.WITHDRAWN, status=disruption.status)
    if disruption.status != "open":
        return None
    disruption.require_ahead(today)
    return replace(disruption, status="running", confirmed_by=by, correlation_id=correlation_id)


def withdraw(disruption: Disruption) -> Disruption:
    """Take it back while nothing is delayed."""
    if disruption.status == "withdrawn":
        raise DisruptionOver(words.WITHDRAWN, status=disruption.status)
    if disruption.status != "open":
        raise DisruptionOver(words.retract(disruption.status), status=disruption.status)
    return replace(disruption, status="withdrawn")


def require_logged(disruption: Disruption) -> None:
    """Notices are released once every delay is logged: a customer hears of all his orders in one mail."""
    if disruption.status in ("open", "running"):
        raise DisruptionRunning(words.not_logged(disruption.status), status=disruption.status)
    if disruption.status == "withdrawn":
        raise DisruptionOver(words.WITHDRAWN, status=disruption.status)


def require_delayed(named: Sequence[str], delayed: Collection[str]) -> None:
    """Invalid for a customer of whom no order is delayed by it, as far as is seen: nothing would be released to him."""
    require_none([FieldError(f"customers.{at}", words.not_delayed(code)) for at, code in enumerate(named) if code not in delayed])
