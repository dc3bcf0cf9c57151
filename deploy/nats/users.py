"""The broker's users and what each may do, written from `shared.messaging.provision` so that the two cannot differ."""

from pathlib import Path

from shared.contracts.topology import SERVICES
from shared.messaging.provision import permissions

FILE = Path(__file__).parent / "users.conf"
HEAD = """\
# Generated: python -m deploy.nats users
# One user per service with only its subjects; `operator` makes streams and consumers and is used by no service.
"""


def variable(user: str) -> str:
    """The environment variable of the server that holds a user's password."""
    return f"GENDAN_NATS_PASSWORD_{user.upper()}"


def configuration() -> str:
    lines = ["authorization {", '  timeout: "5s"', "  users: [", f"    {{ user: operator, password: ${variable('operator')} }}"]
    for service in SERVICES:
        allowed = permissions(service)
        lines += [
            "    {",
            f"      user: {service}, password: ${variable(service)}",
            "      permissions {",
            *_allow("publish", allowed.publish),
            *_allow("subscribe", allowed.subscribe),
            "      }",
            "    }",
        ]
    return HEAD + "\n".join([*lines, "  ]", "}", ""])


def _allow(verb: str, subjects: tuple[str, ...]) -> list[str]:
    return [f"        {verb} {{ allow: [", *(f'          "{subject}"' for subject in subjects), "        ] }"]
