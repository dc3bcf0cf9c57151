"""The sender as a task of the service."""

from services.notifications.channels.smtp import Smtp
from services.notifications.messages.domain import MAILS
from services.notifications.sending.sender import Sender
from services.notifications.settings import NotificationSettings
from services.notifications.templates.render import prepare
from shared.service import Running


async def send_mails(running: Running) -> None:
    """Send by SMTP what the handlers decided, woken when they have committed it."""
    settings = running.settings
    if not isinstance(settings, NotificationSettings):
        raise TypeError("the service runs with settings of its own")
    prepare()
    sender = Sender(running.database, running.clock, settings, lambda: Smtp(settings))
    woken = (MAILS, sender.wake)
    running.database.after_commit.append(woken)
    try:
        await sender.run(running.stopping)
    finally:
        running.database.after_commit.remove(woken)
