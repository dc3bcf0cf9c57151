"""Settings of notifications: the mail server, and how patiently it is used."""

from email.utils import parseaddr
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from services.notifications.contacts.domain import deliverable
from shared.config import Settings


class NotificationSettings(Settings):
    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_timeout: float = Field(default=30, gt=0, le=300, description="seconds for the answer to one command")
    mail_from: str = Field(description="the address mails come from; replies go to the customer's owner")

    send_connections: int = Field(default=8, ge=1, le=100, description="connections kept to the mail server")
    send_lease: int = Field(default=180, ge=10, le=3600, description="seconds after which another process takes over a mail being sent")
    send_tries: int = Field(default=8, ge=1, le=50, description="answers of the mail server after which a mail has failed")
    send_days: int = Field(default=2, ge=1, le=14, description="days after which a mail has failed when no mail server can be reached")

    @field_validator("smtp_username")
    @classmethod
    def _none_when_empty(cls, value: str | None) -> str | None:
        """A compose file hands on a setting that is not set as an empty one."""
        return value or None

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, value: str) -> str:
        if deliverable(parseaddr(value)[1]) is None:
            raise ValueError("one e-mail address, with or without a name, as in Orders <orders@example.com>")
        return value

    @property
    def sender(self) -> tuple[str, str]:
        """Name and address that mails come from; the name of the customer's owner goes before this one."""
        return parseaddr(self.mail_from)
