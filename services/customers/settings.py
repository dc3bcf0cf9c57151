"""Settings of customers: the built-in sign-in."""

from functools import lru_cache

from pydantic import Field, SecretStr, field_validator

from shared.config import Settings
from shared.web.signing import Signer

OURS = "urn:gendan:"
"""How our own issuers begin; those of an identity provider are web addresses."""


class CustomersSettings(Settings):
    signing_key: SecretStr | None = Field(default=None, description="Ed25519, PEM; with an issuer of ours the built-in sign-in is on")
    token_hours: float = Field(default=8, gt=0, le=24, description="how long a token of the built-in sign-in is valid")
    admin_password: SecretStr | None = Field(default=None, description="for the command `admin` only")

    @field_validator("signing_key")
    @classmethod
    def _a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            Signer.from_pem(value.get_secret_value().encode())
        return value

    @property
    def signer(self) -> Signer | None:
        """Signs the tokens of the built-in sign-in; None when it is off: no key, or an identity provider issues the tokens."""
        if self.signing_key is None or not self.issuer.startswith(OURS):
            return None
        return _signer(self.signing_key.get_secret_value())


@lru_cache(maxsize=4)
def _signer(pem: str) -> Signer:
    return Signer.from_pem(pem.encode())
