"""Free ports on loopback."""

import socket
from collections.abc import Mapping, Sequence


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def choose(names: Sequence[str], wanted: Mapping[str, int]) -> dict[str, int]:
    """A free port for each name: the wanted one where it is free, and no port twice."""
    chosen: dict[str, int] = {}
    for name in names:
        port = wanted.get(name, 0)
        while not port or port in chosen.values() or not is_free(port):
            port = free_port()
        chosen[name] = port
    return chosen
