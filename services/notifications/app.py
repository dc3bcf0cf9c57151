"""The notifications service: who is told what, in which words, and whether it reached him."""

from pathlib import Path

from services.notifications.arrivals import handlers as arrivals
from services.notifications.chases import handlers as chases
from services.notifications.contacts import handlers as contacts
from services.notifications.dates import api as told_dates
from services.notifications.dates import handlers as dates
from services.notifications.legs import handlers as legs
from services.notifications.log import api as log
from services.notifications.messages import handlers as messages
from services.notifications.previews import api as previews
from services.notifications.recovery import store as recovery
from services.notifications.rules import api as rules
from services.notifications.sending.task import send_mails
from services.notifications.settings import NotificationSettings
from services.notifications.shipments import handlers as shipments
from shared import directory
from shared.service import Service

SERVICE = Service(
    name="notifications",
    migrations=Path(__file__).with_name("migrations"),
    routes=(log.routes, told_dates.routes, rules.routes, previews.routes),
    handlers=(
        *directory.HANDLERS,
        *contacts.HANDLERS,
        *dates.HANDLERS,
        *legs.HANDLERS,
        *shipments.HANDLERS,
        *messages.HANDLERS,
        *chases.HANDLERS,
        *arrivals.HANDLERS,
    ),
    tasks=(send_mails,),
    settings=NotificationSettings,
    # A dead letter about one date must not keep the customer from hearing of the next.
    on_parked="proceed",
    forgets=(directory.forget, recovery.forget),
    recovers=(recovery.recover,),
)
