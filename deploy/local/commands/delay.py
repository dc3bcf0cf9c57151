"""delay: a walk through one delay."""

import asyncio
import sys
from typing import Any

import aiohttp

from deploy.local.client import Client, Unexpected
from deploy.local.commands.people import refused
from deploy.local.commands.run import FAILED, NOT_RUNNING, STOPPED, WRONG_USAGE, address
from deploy.local.delaying import show
from deploy.local.delaying.asking import ask_action, ask_cause, ask_milestone, to_come
from deploy.local.delaying.late import Late, VesselLate, order, shipment
from deploy.local.delaying.walk import walk
from deploy.local.delaying.wanted import Wanted
from deploy.local.delaying.words import Words, of_locale
from deploy.local.home import Home, NotRunning
from deploy.local.tokens import Issuer
from shared.contracts.codes import CAUSES
from shared.contracts.text import LocalText


def delay(home: Home, wanted: Wanted) -> int:
    """0 when it was logged or he said no, 1 when it was not for another reason, 2 for wrong usage, 3 when nothing runs, 130 for Ctrl-C."""
    words = Words(wanted.lang or of_locale())
    if wrong := _wrong(wanted):
        print(words(wrong), file=sys.stderr)
        if wrong == "unknown_cause":
            print(*show.causes(words), sep="\n", file=sys.stderr)
        return WRONG_USAGE
    try:
        base = address(home)
    except NotRunning:
        print(words("nothing_runs"), file=sys.stderr)
        return NOT_RUNNING
    token = Issuer(home.key).mint(wanted.login, [wanted.role], hours=0.5)
    try:
        late = _late(wanted, words, _milestone(base, token, wanted, words))
        return _walk(base, token, late, words, wanted.yes)
    except Unexpected as error:
        problem = error.answer.problem
        if "shipments" in problem:
            parts = ", ".join(f"--shipment {one}" if one else "--unshipped" for one in problem["shipments"])
            print(words("which_part", order=wanted.order, parts=parts), file=sys.stderr)
        elif "detail" in problem:
            refused(error.answer, words("colon"))
        else:
            print(words("no_answer", base=base, error=error.answer.status), file=sys.stderr)
    except (aiohttp.ClientError, TimeoutError) as error:
        print(words("no_answer", base=base, error=type(error).__name__), file=sys.stderr)
    except EOFError:
        print(f"\n{words('nothing_logged')}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\n{words('nothing_logged')}", file=sys.stderr)
        return STOPPED
    return FAILED


def _wrong(wanted: Wanted) -> str | None:
    """What he is told that he called it with wrongly."""
    named = wanted.order or wanted.shipment
    if (wanted.vessel is None) == (named is None):
        return "say_what" if named is None else "say_one"
    if wanted.unshipped and (wanted.order is None or wanted.shipment is not None):
        return "unshipped_of_order"
    if wanted.vessel is not None and len(wanted.vessel.split()) < 2:
        return "name_and_voyage"
    if not wanted.yes and not sys.stdin.isatty():
        return "nobody_here"
    if wanted.cause is not None and wanted.cause.upper() not in CAUSES:
        return "unknown_cause"
    if wanted.yes and (wanted.action or wanted.action_zh) is None:
        return "give_action"
    return None


def _milestone(base: str, token: str, wanted: Wanted, words: Words) -> str | None:
    """The one that is late; None where none is named: the usual one."""
    if wanted.milestone is not None or wanted.yes:
        return wanted.milestone and wanted.milestone.upper()
    found = asyncio.run(_to_come(base, token, wanted, words))
    return ask_milestone(words, found) if found else None


async def _to_come(base: str, token: str, wanted: Wanted, words: Words) -> dict[str, LocalText]:
    async with Client(base, token, language=words.language) as client:
        return await to_come(client, wanted)


def _late(wanted: Wanted, words: Words, milestone: str | None) -> Late:
    named = {"milestone": milestone} if milestone else {}
    said = {"causes": [{"code": _cause(wanted, words)}], "action": _action(wanted, words)}
    if wanted.vessel is not None:
        name, voyage = wanted.sailing
        scope = {"kind": "vessel", "name": name, "voyage": voyage}
        return VesselLate(wanted.vessel, {"scope": scope, "to": str(wanted.to), **named, **said})
    body = {"milestone": "DEPART", **named, "new_date": str(wanted.to), **said}
    if wanted.order is None:
        return shipment(wanted.shipment or "", body)
    if wanted.shipment is None and not wanted.unshipped:
        return order(wanted.order, body)
    part = words("in_shipment" if wanted.shipment else "unshipped", order=wanted.order, shipment=wanted.shipment)
    return order(wanted.order, {**body, "shipment": wanted.shipment}, part)


def _cause(wanted: Wanted, words: Words) -> str:
    default = "UNKNOWN" if wanted.order is not None else "LOG-VSL"
    return (wanted.cause or default).upper() if wanted.cause or wanted.yes else ask_cause(words, default)


def _action(wanted: Wanted, words: Words) -> dict[str, Any]:
    given = {"en": wanted.action, "zh-CN": wanted.action_zh}
    said = given if wanted.yes or any(given.values()) else ask_action(words)
    return {language: text for language, text in said.items() if text}


def _walk(base: str, token: str, late: Late, words: Words, yes: bool) -> int:
    """Asked while the event loop stands still: a running one would keep Ctrl-C for itself until the answer is typed."""
    client, agreed = Client(base, token, language=words.language), False
    steps = walk(client, late, words)

    async def on() -> str | None:
        return await anext(steps, None)

    with asyncio.Runner() as runner:
        try:
            while question := runner.run(on()):
                agreed = False
                # A script said yes to its own, not to what somebody else has opened.
                agreed = question == "asks" if yes else _asked(words(question), words)
                if not agreed:
                    print(words("nothing_logged"))
                    return FAILED if yes else 0
        except KeyboardInterrupt:
            if not agreed:
                raise
            print(f"\n{words('interrupted')}", file=sys.stderr)
            return STOPPED
        finally:
            runner.run(client.close())
    return 0


def _asked(question: str, words: Words) -> bool:
    return input(f"{question} {words('yes_no')}").strip().lower() in ("y", "yes", "是")
