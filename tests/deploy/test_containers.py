"""The compose file says what the code reads: settings, secrets, services, files."""

import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from pydantic import SecretStr

from deploy.docker.prepare import consumers, made, prepare
from deploy.local.home import NATS_USERS
from deploy.nats.users import variable
from services.customers.settings import CustomersSettings
from services.notifications.settings import NotificationSettings
from shared.config import MigratorSettings, Settings
from shared.contracts.topology import ARCHIVES, SERVICES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


FILES = consumers(made() | {"smtp_password": "word"})


def settings(kind: type[Settings] | type[MigratorSettings], *, required: bool = False) -> set[str]:
    return {f"GENDAN_{name.upper()}" for name, field in kind.model_fields.items() if field.is_required() or not required}


def volumes(name: str) -> dict[str, str]:
    """What is mounted, by where; named volumes and files of this project."""
    return {str(volume).split(":")[1]: str(volume).split(":")[0] for volume in COMPOSE["services"][name].get("volumes", [])}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_settings_that_exist_and_all_that_it_needs(service: str) -> None:
    kinds: dict[str, type[Settings]] = {"notifications": NotificationSettings, "customers": CustomersSettings}
    kind = kinds.get(service, Settings)
    given = set(COMPOSE["services"][service]["environment"]) | {name.upper() for name in FILES[service]}
    assert given <= settings(kind)
    assert settings(kind, required=True) <= given
    assert COMPOSE["services"][service]["environment"]["GENDAN_NATS_USER"] == service
    assert COMPOSE["services"][service]["build"]["args"] == {"SERVICE": service}


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_migration_has_the_migrators_role(service: str) -> None:
    reads = {"gendan_nats_password"} if service in ARCHIVES else set()
    assert set(FILES[f"{service}-migrate"]) - {"gendan_database_url"} == {"gendan_migrator_url", *reads}
    assert "gendan_migrator_url" not in FILES[service]
    assert settings(MigratorSettings, required=True) == {"GENDAN_MIGRATOR_URL"}


def test_each_container_mounts_its_own_secrets_and_no_others() -> None:
    for name in COMPOSE["services"]:
        mounted = {source for source in volumes(name).values() if source.startswith("secrets")}
        if name == "prepare":
            assert mounted == {"secrets", *(f"secrets-{consumer}" for consumer in FILES)}
            assert {volumes(name)[f"/for/{consumer}"] for consumer in FILES} == mounted - {"secrets"}
        else:
            assert mounted == ({f"secrets-{name}"} if name in FILES else set()), name
            assert not mounted or f"secrets-{name}:/run/secrets:ro" in COMPOSE["services"][name]["volumes"]


def test_a_secret_is_shared_only_by_those_who_must_share_it() -> None:
    words = [(name, value) for name, files in FILES.items() for value in set(files.values())]
    shared = {frozenset(name for name, other in words if other == value) for _, value in words} - {frozenset({name}) for name in FILES}
    assert shared <= {
        frozenset({"nats", "streams"}),
        *(frozenset({"nats", service, *([f"{service}-migrate"] if service in ARCHIVES else [])}) for service in SERVICES),
        frozenset({"customers", "admin"}),
        frozenset({"reporting", "reporting-migrate"}),
    }


def test_nothing_runs_with_more_than_it_needs() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        if name not in ("prepare", "postgres"):
            assert "cap_add" not in service, name
            ours = service["image"].startswith("gendan-")
            assert ours or service["user"] == "10001:10001", name


def test_who_begins_as_root_has_few_capabilities_and_ends_before_the_others_start() -> None:
    services = COMPOSE["services"]
    assert services["prepare"]["cap_add"] == ["CHOWN", "DAC_OVERRIDE"]
    assert services["prepare"]["network_mode"] == "none"
    assert services["postgres"]["cap_add"] == ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"]
    first = {name for name, service in services.items() if "depends_on" not in service}
    assert first == {"prepare"}
    conditions = {one["condition"] for service in services.values() for name, one in service.get("depends_on", {}).items() if name in first}
    assert conditions == {"service_completed_successfully"}


def test_the_gateway_waits_for_services_that_have_their_databases() -> None:
    assert COMPOSE["services"]["gateway"]["depends_on"] == {service: {"condition": "service_healthy"} for service in SERVICES}
    asks = re.findall(r"GET (/\w+) HTTP", (ROOT / "deploy/docker/Dockerfile").read_text())
    assert asks == ["/readyz"]
    assert not any("healthcheck" in COMPOSE["services"][service] for service in SERVICES)


def test_every_image_of_ours_is_built_once() -> None:
    built = [service["image"] for service in COMPOSE["services"].values() if "build" in service]
    assert len(set(built)) == len(built)
    assert set(built) == {service["image"] for service in COMPOSE["services"].values() if service["image"].startswith("gendan-")}


def test_a_mail_server_that_wants_no_name_is_given_none() -> None:
    # The compose file hands on GENDAN_SMTP_USERNAME as an empty text then.
    given = NotificationSettings(database_url=SecretStr("x"), jwks_url="x", issuer="x", mail_from="a@example.com", smtp_username="")
    assert given.smtp_username is None


def test_databases_get_every_password() -> None:
    wanted = {f"gendan_{service}_{role}_password" for service in SERVICES for role in ("migrator", "runtime")}
    assert set(FILES["databases"]) == wanted | {"gendan_admin_url"}


def test_the_broker_gets_a_password_for_each_user() -> None:
    assert set(FILES["nats"]) == {f"nats_{user}_password" for user in NATS_USERS}
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


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """As the volumes are on the first start."""
    found = {name: tmp_path / name for name in ("kept", "given", "into", "data")}
    for consumer in FILES:
        (found["into"] / consumer).mkdir(parents=True)
    for folder in (*found.values(), found["data"] / "nats"):
        folder.mkdir(exist_ok=True)
    return found


def written(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_secrets_are_made_once_and_each_container_reads_its_own(folders: dict[str, Path]) -> None:
    prepare(**folders, user=os.getuid())
    first = written(folders["into"])
    assert {name.split("/")[0] for name in first} == set(FILES)
    assert re.fullmatch(r"postgresql://orders_runtime:p[0-9a-f]{32}@postgres:5432/orders", first["orders/gendan_database_url"])
    assert {stat.S_IMODE(file.stat().st_mode) for file in (folders["into"] / "orders").iterdir()} == {0o400}
    assert "notifications/gendan_smtp_password" not in first
    assert CustomersSettings(
        database_url="x", jwks_url="x", issuer="urn:gendan:x", signing_key=first["customers/gendan_signing_key"]
    ).signer
    prepare(**folders, user=os.getuid())
    assert written(folders["into"]) == first


def test_a_secret_that_is_given_goes_first(folders: dict[str, Path]) -> None:
    (folders["given"] / "smtp_password").write_text("word of ours\n")
    (folders["given"] / "README").write_text("no secret")
    prepare(**folders, user=os.getuid())
    assert (folders["into"] / "notifications/gendan_smtp_password").read_text() == "word of ours"
    assert not (folders["kept"] / "README").exists()


def test_the_development_lock_contains_the_others() -> None:
    """The entry script takes an environment made from dev.lock for one made from local.lock."""

    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9-]+==\S+", (ROOT / "requirements" / name).read_text(), flags=re.MULTILINE))

    assert pins("runtime.lock") <= pins("local.lock") <= pins("dev.lock")
