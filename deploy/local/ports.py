"""Free ports on loopback."""

import socket
import sys
from collections.abc import Callable, Mapping, Sequence


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


class Claims:
    """Ports that are somebody's before he listens there, and until he lets go of them or ends, however he ends.

    A free port is not enough: between looking and listening another run may take it, and the gateway's can even be shared without a word.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def take(self, port: int) -> bool:
        """Whether it is free and nobody else's claim, and now ours."""
        claim = socket.socket(socket.AF_UNIX)
        try:
            if sys.platform == "linux":  # a name without a file; the kernel forgets it with its holder
                claim.bind(f"\0gendan-port-{port}")
        except OSError:
            claim.close()
            return False
        if not is_free(port):
            claim.close()
            return False
        self._held.append(claim)
        return True

    def release(self) -> None:
        for claim in self._held:
            claim.close()
        self._held.clear()


def choose(names: Sequence[str], wanted: Mapping[str, int], take: Callable[[int], bool] = is_free) -> dict[str, int]:
    """A port for each name that can be taken: the wanted one where that is possible, and no port twice."""
    chosen: dict[str, int] = {}
    for name in names:
        port = wanted.get(name, 0)
        while not port or port in chosen.values() or not take(port):
            port = free_port()
        chosen[name] = port
    return chosen
