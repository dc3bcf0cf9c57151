"""The first container of `docker compose up`: makes the secrets, each container's own, and gives volumes to those who write them.

`python -m deploy.docker.prepare` may be repeated: what was made stays. `show NAME` prints a secret, for example admin_password.
A file in deploy/docker/secrets (an SMTP password, an admin's) goes before what is made here.
"""

import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from shared.contracts.topology import SERVICES
from shared.web.signing import new_key

KEPT, GIVEN, CONSUMERS, DATA = Path("/secrets"), Path("/given"), Path("/for"), Path("/data")
USER = 10001
"""Whom everything but PostgreSQL runs as."""
ROLES = ("migrator", "runtime")
BROKER_USERS = ("operator", *SERVICES)


def made() -> dict[str, str]:
    """A new value for every secret. Letters and digits, a letter first: they go into URLs and into the broker's configuration."""
    names = ["postgres", *(f"nats_{user}" for user in BROKER_USERS), *(f"{service}_{role}" for service in SERVICES for role in ROLES)]
    values = {f"{name}_password": "p" + secrets.token_hex(16) for name in names}
    return values | {"admin_password": secrets.token_urlsafe(15), "signing_key": new_key().decode().strip()}


def consumers(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The files of each container, as its settings name them; nobody has more than he needs."""

    def url(service: str, role: str) -> str:
        return f"postgresql://{service}_{role}:{values[f'{service}_{role}_password']}@postgres:5432/{service}"

    roles = [f"{service}_{role}_password" for service in SERVICES for role in ROLES]
    admin_url = values.get("admin_url") or f"postgresql://postgres:{values['postgres_password']}@postgres:5432/postgres"
    files = {
        "postgres": {"postgres_password": values["postgres_password"]},
        "nats": {f"nats_{user}_password": values[f"nats_{user}_password"] for user in BROKER_USERS},
        "databases": {"gendan_admin_url": admin_url, **{f"gendan_{name}": values[name] for name in roles}},
        "streams": {"gendan_nats_operator_password": values["nats_operator_password"]},
    }
    for service in SERVICES:
        files[service] = {"gendan_database_url": url(service, "runtime"), "gendan_nats_password": values[f"nats_{service}_password"]}
        files[f"{service}-migrate"] = {"gendan_migrator_url": url(service, "migrator")}
    files["reporting-migrate"] |= files["reporting"]  # for its command `rebuild`
    files["customers"]["gendan_signing_key"] = values["signing_key"]
    files["admin"] = {name: files["customers"][name] for name in ("gendan_database_url", "gendan_signing_key")}
    files["admin"]["gendan_admin_password"] = values["admin_password"]
    if "smtp_password" in values:
        files["notifications"]["gendan_smtp_password"] = values["smtp_password"]
    return files


def prepare(kept: Path = KEPT, given: Path = GIVEN, into: Path = CONSUMERS, data: Path = DATA, user: int = USER) -> None:
    """Makes what is missing, and writes each container's files anew."""
    values = made() | _read(kept) | _read(given)
    kept.chmod(0o700)
    for name, value in values.items():
        _write(kept / name, value, 0o400)
    for consumer, files in consumers(values).items():
        folder = into / consumer
        for gone in set(_read(folder)) - set(files):
            (folder / gone).unlink()
        for name, value in files.items():
            # PostgreSQL's image has a user of its own number.
            _write(folder / name, value, 0o444 if consumer == "postgres" else 0o400, user)
    for folder in data.iterdir():
        if folder.stat().st_uid != user:
            folder.chmod(0o700)
            os.chown(folder, user, user)


def _read(folder: Path) -> dict[str, str]:
    files = (file for file in folder.iterdir() if file.is_file() and "." not in file.name and file.name != "README")
    return {file.name: text for file in files if (text := file.read_text().strip())}


def _write(path: Path, value: str, mode: int, user: int | None = None) -> None:
    """Written beside it and moved, so that nobody reads half of it."""
    staging = path.with_name(path.name + ".new")
    staging.unlink(missing_ok=True)
    handle = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(handle, "w") as file:
        file.write(value)
    if user is not None:
        os.chown(staging, user, user)
    staging.replace(path)


def main(arguments: list[str]) -> int:
    match arguments:
        case []:
            prepare()
        case ["show", name] if (KEPT / name).is_file():
            print((KEPT / name).read_text())
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
