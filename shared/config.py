"""Settings of a service: from `GENDAN_*` in the environment, or files of the same names, in small letters, in /run/secrets."""

import os
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

SECRETS = Path("/run/secrets")

Environment = Literal["local", "test", "production"]
LogLevel = Literal["debug", "info", "warning", "error"]


class _FromEnvironment(BaseModel):
    # Errors never show the value: it may be a password in a URL.
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    log_level: LogLevel = "info"


class MigratorSettings(_FromEnvironment):
    """What `migrate` needs: the role that owns the database, and nothing else."""

    migrator_url: SecretStr


class Settings(_FromEnvironment):
    """What a running service needs. A service with more settings (`Service.settings`) derives from this class."""

    environment: Environment = "production"
    database_url: SecretStr
    nats_url: str = Field(default="nats://127.0.0.1:4222", description="one server or several, separated by commas")
    nats_user: str | None = None
    nats_password: SecretStr | None = None
    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=8080, ge=0, le=65535, description="0 takes a free port; it is logged")
    jwks_url: str = Field(description="where the issuer publishes its keys")
    issuer: str = Field(description="the `iss` of accepted tokens")
    public_url: str = Field(
        default="http://127.0.0.1:8080", description="how people reach the gateway; links in answers and mails start with it"
    )
    clock_file: Path | None = Field(default=None, description="offset of the business clock; refused in production")

    pool_size: int = Field(default=12, ge=4, le=100, description="database connections of one process; three are kept from requests")
    max_in_flight: int = Field(default=64, ge=1, le=10_000, description="requests worked on at a time; more are answered 503")
    drain_wait: float = Field(default=0, ge=0, le=60, description="seconds between unready and closed, for the load balancer to notice")
    drain_deadline: float = Field(default=18, gt=0, le=60, description="seconds that requests and batches in flight may take to finish")

    @model_validator(mode="after")
    def _no_moved_clock_in_production(self) -> "Settings":
        if self.clock_file is not None and self.environment == "production":
            raise ValueError("GENDAN_CLOCK_FILE is for local and test environments only")
        return self


SomeSettings = TypeVar("SomeSettings", bound=_FromEnvironment)


def load(kind: type[SomeSettings]) -> SomeSettings:
    """The settings, or pydantic's ValidationError naming those that are missing or wrong."""
    said = {name: _said(f"gendan_{name}") for name in kind.model_fields}
    return kind.model_validate({name: value for name, value in said.items() if value is not None})


def _said(name: str) -> str | None:
    """The environment goes before the file."""
    file = SECRETS / name
    return os.environ.get(name.upper(), file.read_text().strip() if file.is_file() else None)
