"""mail: what the local mail server received."""

import json
import sys

from deploy.local.commands.run import FAILED
from deploy.local.commands.say import row
from deploy.local.home import Home
from deploy.local.mailbox import Mail, Mailbox


def show_list(home: Home, to: str | None, limit: int, as_json: bool) -> int:
    """The newest last. Reads the folder, so that it works also when nothing runs."""
    mails = [mail for mail in Mailbox(home.mail).all() if to is None or any(to.lower() in one.lower() for one in mail.recipients)]
    shown = mails[-limit:] if limit else mails
    if as_json:
        print(json.dumps([_entry(mail) for mail in shown], ensure_ascii=False))
        return 0
    if not mails:
        print("no mails")
        return 0
    print(row(("no", 6), ("received", 19), ("to", 36), ("subject", 0)))
    for mail in shown:
        print(row((mail.number, 6), (f"{mail.received:%Y-%m-%d %H:%M:%S}", 19), (", ".join(mail.recipients)[:36], 36), (mail.subject, 0)))
    if len(shown) < len(mails):
        print(f"{len(mails)} mails in all; --limit 0 shows them", file=sys.stderr)
    return 0


def show_one(home: Home, number: int, as_json: bool, raw: bool) -> int:
    mail = Mailbox(home.mail).get(number)
    if mail is None:
        print(f"there is no mail {number}", file=sys.stderr)
        return FAILED
    if raw:
        sys.stdout.buffer.write(mail.path.read_bytes())
    elif as_json:
        print(json.dumps({**_entry(mail), "headers": dict(mail.message.items()), "text": mail.text}, ensure_ascii=False, default=str))
    else:
        for name, value in mail.message.items():
            print(f"{name}: {value}")
        print(f"\n{mail.text}")
    return 0


def _entry(mail: Mail) -> dict[str, object]:
    return {
        "number": mail.number,
        "received": mail.received.isoformat(),
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": mail.subject,
    }
