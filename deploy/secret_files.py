"""Secrets of the one-shot commands: a file in /run/secrets, else the environment."""

import os

from shared.config import SECRETS


def secret(name: str) -> str:
    """The secret of that name, as the services' settings would find it; exits with a message when it is nowhere."""
    file = SECRETS / name.lower()
    if file.is_file():
        return file.read_text().strip()
    value = os.environ.get(name)
    if not value:
        raise SystemExit(f"{name} is not set and {file} does not exist")
    return value
