"""What somebody took back by hand, and reports do not say again before something is reported anew. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from services.orders.planning.model import Key, Plan


def unsaid(plan: Plan, back: Mapping[Key, datetime | None]) -> Plan:
    """The plan in which somebody took back then what reports say of these milestones, or in which they say it anew (None): as far as they
    have not happened.
    """
    said = (replace(one, unsaid_at=back[one.key]) if one.key in back and one.actual is None else one for one in plan.nodes)
    return replace(plan, nodes=tuple(said))
