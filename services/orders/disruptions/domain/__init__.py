"""The rules of disruptions: which milestone is late, who comes first in the list, which delays it makes of the orders. Pure; the one door
to them.
"""

from services.orders.disruptions.domain.closing import Worked
from services.orders.disruptions.domain.delaying import Outcome, join, late_by, log
from services.orders.disruptions.domain.listing import (
    MOST_COUNTING,
    MOST_ORDERS,
    ORDERS_OF_DELAY,
    apart,
    arrange,
    first_ahead,
    first_closed,
    first_moved,
    follow,
    gone,
    left_out,
    milestones,
)
from services.orders.disruptions.domain.stages import (
    DisruptionKnown,
    DisruptionOver,
    DisruptionRunning,
    confirm,
    require_delayed,
    require_logged,
    withdraw,
)

__all__ = [
    "MOST_COUNTING", "MOST_ORDERS", "ORDERS_OF_DELAY", "DisruptionKnown", "DisruptionOver", "DisruptionRunning", "Outcome", "Worked",
    "apart", "arrange", "confirm", "first_ahead", "first_closed", "first_moved", "follow", "gone", "join", "late_by", "left_out", "log",
    "milestones", "require_delayed", "require_logged", "withdraw",
]  # fmt: skip
