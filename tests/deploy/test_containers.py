"""The compose file says what the code reads: settings, secrets, services, files."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from deploy.local.home import NATS_USERS
from deploy.nats.users import variable
from services.notifications.settings import NotificationSettings
from shared.config import MigratorSettings, Settings
from shared.contracts.topology import SERVICES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def targets(name: str) -> set[str]:
    return {secret["target"] for secret in COMPOSE["services"][name].get("secrets", []) if isinstance(secret, dict)}


def settings(kind: type[Settings] | type[MigratorSettings], *, required: bool = False) -> set[str]:
    return {f"GENDAN_{name.upper()}" for name, field in kind.model_fields.items() if field.is_required() or not required}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_settings_that_exist_and_all_that_it_needs(service: str) -> None:
    kind = NotificationSettings if service == "notifications" else Settings
    given = set(COMPOSE["services"][service]["environment"]) | {name.upper() for name in targets(service)}
    assert given <= settings(kind)
    assert settings(kind, required=True) <= given
    assert COMPOSE["services"][service]["environment"]["GENDAN_NATS_USER"] == service
    assert COMPOSE["services"][service]["build"]["args"] == {"SERVICE": service}


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_migration_has_the_migrators_role(service: str) -> None:
    assert targets(f"{service}-migrate") == {"gendan_migrator_url"}
    assert "gendan_migrator_url" not in targets(service)
    assert settings(MigratorSettings, required=True) == {"GENDAN_MIGRATOR_URL"}


def test_databases_get_every_password() -> None:
    wanted = {f"gendan_{service}_{role}_password" for service in SERVICES for role in ("migrator", "runtime")}
    assert targets("databases") == wanted | {"gendan_admin_url"}


def test_the_broker_gets_a_password_for_each_user() -> None:
    assert COMPOSE["services"]["nats"]["secrets"] == [f"nats_{user}_password" for user in NATS_USERS]
    configured = set(re.findall(r"\$(GENDAN_\w+)", (ROOT / "deploy/nats/users.conf").read_text()))
    assert configured == {variable(user) for user in NATS_USERS}
    server = set(re.findall(r"\$(GENDAN_\w+)", (ROOT / "deploy/nats/server.conf").read_text()))
    assert server == set(COMPOSE["services"]["nats"]["environment"])


def test_every_file_that_is_mounted_or_built_from_exists() -> None:
    for name, service in COMPOSE["services"].items():
        for volume in service.get("volumes", []):
            source = str(volume).split(":")[0]
            assert not source.startswith("./") or source.startswith("./.gendan") or (ROOT / source).exists(), f"{name}: {source}"
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).exists()


def test_the_example_gives_every_variable_the_compose_file_asks_for() -> None:
    asked = set(re.findall(r"\$\{(GENDAN_\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    given = set(re.findall(r"^(GENDAN_\w+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
    assert asked <= given


def test_the_secrets_are_written_once_and_completely(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets"
    script.write_bytes((ROOT / "deploy/docker/make-secrets").read_bytes())
    script.chmod(0o755)
    subprocess.run([str(script)], check=True, capture_output=True, timeout=30)
    written = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    assert set(written) == set(COMPOSE["secrets"])
    assert all(value["file"] == f"deploy/docker/secrets/{name}" for name, value in COMPOSE["secrets"].items())
    assert re.fullmatch(r"postgresql://orders_runtime:p[0-9a-f]{32}@postgres:5432/orders", written["orders_database_url"])
    subprocess.run([str(script)], check=True, capture_output=True, timeout=30)
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == written


def test_the_development_lock_contains_the_others() -> None:
    """The entry script takes an environment made from dev.lock for one made from local.lock."""

    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9-]+==\S+", (ROOT / "requirements" / name).read_text(), flags=re.MULTILINE))

    assert pins("runtime.lock") <= pins("local.lock") <= pins("dev.lock")
