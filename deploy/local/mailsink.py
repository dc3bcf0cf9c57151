"""A local SMTP server that delivers nothing: every mail becomes a file in a folder.

`python -m deploy.local.mailsink FOLDER PORT [HOST]`. A mail is `<number>.eml`; when it is whole, a line about it goes to `index.jsonl`.
A file `answer` in the folder, with text such as `451 4.3.0 try later`, is given as the answer to every mail instead of taking it.
"""

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.process import run

MAX_MAIL = 25_000_000
INDEX = "index.jsonl"
ANSWER = "answer"


class Store:
    """Writes mails as they come. One process writes, any number read."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._answer = folder / ANSWER
        index = folder / INDEX
        _end_cut_line(index)
        self._index = index.open("a", encoding="utf-8")
        self._number = max((int(file.stem) for file in folder.glob("*.eml") if file.stem.isdigit()), default=0)

    # The name is aiosmtpd's.
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self._answer.exists():
            return self._answer.read_text().strip() or "451 4.3.0 try later"
        content = envelope.original_content or b""
        self._number += 1
        (self._folder / f"{self._number}.eml").write_bytes(content)
        entry = {
            "number": self._number,
            "received_ns": time.time_ns(),
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "size": len(content),
        }
        self._index.write(json.dumps(entry) + "\n")
        self._index.flush()
        return f"250 2.0.0 kept as {self._number}"


def _end_cut_line(index: Path) -> None:
    """A sink that was killed may have left half a line."""
    if index.exists() and index.stat().st_size and not index.read_bytes().endswith(b"\n"):
        with index.open("a") as file:
            file.write("\n")


async def serve(folder: Path, port: int, host: str = "127.0.0.1") -> None:
    store = Store(folder)
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = await loop.create_server(
        lambda: SMTP(store, hostname="gendan-mail", enable_SMTPUTF8=True, data_size_limit=MAX_MAIL, loop=loop, ident="gendan local mail"),
        host,
        port,
    )
    async with server:
        await stopping.wait()


if __name__ == "__main__":
    run(serve(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:4]))
