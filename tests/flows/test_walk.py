"""A delay walked through in a terminal: nothing before the yes, then what was shown is what was sent."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.local.client import Client, Unexpected
from deploy.local.commands.delay import delay
from deploy.local.commands.run import FAILED, STOPPED
from deploy.local.delaying.asking import to_come
from deploy.local.delaying.late import Late, VesselLate, order
from deploy.local.delaying.walk import walk
from deploy.local.delaying.wanted import Wanted
from deploy.local.delaying.words import Words
from deploy.local.home import Home
from deploy.local.suite import Suite
from shared.contracts.text import Language
from shared.rendering.words import in_words
from tests.flows.world import ACTION, World, a_merchandiser, new_order, unique, until
from tests.support.ledger import caught_up
from tests.support.suite import ROOT

PROMISED = date(2027, 3, 12)
LATER = str(PROMISED + timedelta(days=20))
LATEST = str(PROMISED + timedelta(days=33))
SAID: dict[str, Any] = {"causes": [{"code": "LOG-VSL"}], "action": ACTION}


@pytest.fixture
async def world(suite: Suite) -> World:
    return await a_merchandiser(suite)


async def walked(client: Client, late: Late, language: Language, **answers: bool) -> bool:
    """Whether it was gone on with to its end; what he is asked is what `answers` has."""
    async for question in walk(client, late, Words(language)):
        if not answers.pop(question):
            return False
    return not answers


async def stopped_at_the_yes(world: World, number: str) -> tuple[int | None, str]:
    """How the command ends, and with which words, where Ctrl-C is typed in place of the yes."""
    said = ["--order", number, "--to", LATER, "--milestone", "DELIVERED", "--cause", "LOG-VSL", "--action", "x", "--lang", "zh-CN"]
    command = [sys.executable, "-P", "-m", "deploy.local", "delay", "--as", world.login, *said]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GENDAN_HOME": str(world.suite.home.folder)}
    keyboard, terminal = os.openpty()
    try:
        # Tests that run in the background have Ctrl-C ignored, and so would what they start.
        heeds = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, cwd="/", stdin=terminal, stdout=PIPE, stderr=PIPE, limit=2**20, preexec_fn=heeds
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(60):
                await process.stdout.readuntil("确认登记？ （是 y，否 N）".encode())
                ended = asyncio.create_task(process.communicate())
                while not ended.done():
                    # What comes between the question and the first look at the keyboard is seen with the next one only.
                    process.send_signal(signal.SIGINT)
                    await asyncio.wait({ended}, timeout=5)
                _, words = await ended
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    finally:
        os.close(keyboard)
        os.close(terminal)
    return process.returncode, words.decode()


async def test_an_order_is_walked_through(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    customer = await world.customer()
    number = await world.order(customer, promised=PROMISED)
    await caught_up(world.suite)
    late = order(number, {"milestone": "DELIVERED", "new_date": LATER, **SAID})

    assert not await walked(world.me, late, "en", asks=False)

    said = capsys.readouterr().out
    assert f"{number}: Delivered to you (DELIVERED) 2027-03-12 -> {LATER}" in said
    assert all(address in said for address in customer.contacts.values())
    assert await stopped_at_the_yes(world, number) == (STOPPED, "\n未登记任何内容。\n")
    assert (await world.me.get(f"/api/orders/{number}/delays")).expect(200)["items"] == []
    assert world.mails(customer) == []

    assert await walked(world.me, late, "zh-CN", asks=True)

    said = capsys.readouterr().out
    assert f"{number}：送达（DELIVERED） 2027-03-12 → {LATER}" in said
    mails = world.mails(customer)
    assert {mail.recipients[0] for mail in mails} == set(customer.contacts.values())
    shown = [line.strip() for line in said.splitlines()]
    for mail in mails:
        assert mail.subject in shown
        assert {line.strip() for line in mail.text.splitlines()} <= set(shown)
        assert f"{customer.code}：已通知 {mail.recipients[0]}。" in shown
    with pytest.raises(Unexpected, match="open delay"):
        await walked(world.me, late, "en", asks=True)
    async with Client(world.me.base, world.me.token, language="zh-CN") as chinese:
        with pytest.raises(Unexpected, match=f"该节点已有未结束的延误.*订单 {number} 的 DELIVERED 已有未结束的延误（至 {LATER}）"):
            await walked(chinese, late, "zh-CN", asks=True)


async def test_a_vessel_is_walked_through_by_each_owner(world: World, suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    other = await a_merchandiser(suite)
    mine, theirs, silent = await world.customer(), await other.customer(languages=("en",)), await world.customer(languages=())
    voyage = unique("V")
    shipment = await world.vessel("EVER GIVEN", voyage)
    for owner, customer in ((world, mine), (world, mine), (other, theirs), (world, silent)):
        await owner.order(customer, shipment=shipment, promised=PROMISED)
    await caught_up(suite)
    before = (await world.me.get(f"/api/orders/shipments/{shipment}")).expect(200)["etd"]
    body = {"scope": {"kind": "vessel", "name": "EVER GIVEN", "voyage": voyage}, "to": LATER, **SAID}

    assert await walked(world.me, VesselLate("EVER GIVEN", body), "en", asks=True)

    said = capsys.readouterr().out
    assert "orders of yours: 3." in said
    assert "Departure (DEPART) " in said
    assert f"Of others ({other.login}): orders 1, customers 1." in said
    assert f"{silent.code}: not reached (no contact)." in said
    assert all(f"{mine.code}: told, {address}." in said for address in mine.contacts.values())
    assert f"Other owners release their own: {other.login}." in said
    assert other.mails(theirs) == []

    # The other owner, who heard of another day, is shown the first one with what it lets go; going on with it releases what is his.
    again = VesselLate("EVER GIVEN", {**body, "to": LATEST})
    assert not await walked(other.me, again, "en", known_asks=False)
    said = capsys.readouterr().out
    assert f"{world.login} has opened it already (logged), with {LATER}" in said
    assert f"What you gave now ({LATEST}, cause, action) is not logged" in said
    assert "PUT /api/orders/delays/" in said
    assert f"Departure (DEPART) {before} -> {LATER}." in said
    assert in_words(date.fromisoformat(LATEST), "en") not in said
    assert other.mails(theirs) == []
    assert await walked(other.me, again, "zh-CN", known_asks=True)
    shown = capsys.readouterr().out
    assert f"{theirs.code}：已通知" in shown
    assert f"离港（DEPART） {before} → {LATER}。" in shown
    (mail,) = other.mails(theirs)
    assert {line.strip() for line in (mail.subject, *mail.text.splitlines())} <= {line.strip() for line in said.splitlines()}


async def test_what_is_open_already_is_shown_in_its_own_words_before_the_yes(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    customer, voyage = await world.customer(languages=("en",)), unique("V")
    await world.order(customer, shipment=await world.vessel("EVER GIVEN", voyage), promised=PROMISED)
    await caught_up(world.suite)
    body = {"scope": {"kind": "vessel", "name": "EVER GIVEN", "voyage": voyage}, "to": LATER, **SAID}
    opened = (await world.me.post("/api/orders/disruptions", body)).expect(201)
    late = VesselLate("EVER GIVEN", {**body, "to": LATEST, "action": {"en": "Nothing can be done."}})
    assert await walked(world.me, late, "zh-CN", known_asks=True)
    said = capsys.readouterr().out
    assert f"已登记此事（待确认），日期 {LATER}" in said
    assert f"POST /api/orders/disruptions/{opened['disruption']}/withdrawal" in said
    assert "Nothing can be done." not in said
    (mail,) = world.mails(customer)
    assert {line.strip() for line in (mail.subject, *mail.text.splitlines())} <= {line.strip() for line in said.splitlines()}


def test_ctrl_c_at_the_second_yes_says_that_nothing_was_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody was first between his yes and the logging: he is asked anew, and what he had agreed to is not logged."""

    async def known(*_: Any) -> AsyncIterator[str]:
        yield "asks"
        yield "known_asks"

    typed = iter("y")

    def answered(question: str) -> str:
        if answer := next(typed, None):
            return answer
        raise KeyboardInterrupt

    monkeypatch.setattr("deploy.local.commands.delay.address", lambda home: "http://127.0.0.1")
    monkeypatch.setattr("deploy.local.commands.delay.walk", known)
    monkeypatch.setattr("builtins.input", answered)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    day = date.fromisoformat(LATER)
    wanted = Wanted(login="mei", to=day, vessel="EVER GIVEN 042W", milestone="DEPART", cause="LOG-VSL", action="x", lang="en")
    assert delay(Home(tmp_path), wanted) == STOPPED
    assert capsys.readouterr().err == "\nNothing was logged.\n"


async def test_the_part_of_an_order_that_is_named_is_late_and_no_other(
    world: World, suite: Suite, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, voyage, number = await world.customer(languages=("en",)), unique("V"), unique("SO")
    shipment = await world.vessel("EVER GIVEN", voyage)
    body = new_order(number, customer, promised=PROMISED)
    body["lines"][0]["shipment"] = shipment
    (await until(world.me, "POST", "/api/orders", body, {201})).expect(201)
    await caught_up(suite)

    day = date.fromisoformat(LATER)

    async def called(*typed: str, **part: Any) -> int:
        answers = iter(typed)
        monkeypatch.setattr("builtins.input", lambda question: next(answers))
        wanted = Wanted(login=world.login, to=day, order=number, action=ACTION["en"], yes=not typed, lang="en", **part)
        return await asyncio.to_thread(delay, suite.home, wanted)

    async def departs() -> dict[str | None, str]:
        plan = (await world.me.get(f"/api/orders/{number}")).expect(200)["plan"]
        return {node["shipment"]: node["estimated"] for node in plan if node["milestone"] == "DEPART"}

    late: tuple[dict[str, Any], ...] = ({"order": number, "unshipped": True}, {"shipment": shipment}, {"vessel": f"Ever Given {voyage}"})
    for meant in late:
        ahead = await to_come(world.me, Wanted(login=world.login, to=day, **meant))
        assert (ahead["DEPART"].zh_cn, list(ahead)[-2:]) == ("离港", ["ARRIVE", "DELIVERED"])

    before = await departs()
    assert await called() == FAILED
    assert f"several parts of {number} may be late, name one: --unshipped, --shipment {shipment}\n" == capsys.readouterr().err
    assert await departs() == before
    known: list[Any] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert await called("depart", "", "n", unshipped=True) == 0
    assert capsys.readouterr().out.endswith("Nothing was logged.\n")
    asked: list[tuple[Any, tuple[str, ...], str | None, str]] = [
        ({"shipment": shipment}, (), shipment, f"in {shipment}"),
        ({"unshipped": True}, ("depart", "", "y"), None, "in no shipment yet"),
    ]
    for part, typed, leg, name in asked:
        assert await called(*typed, **part) == 0
        said = capsys.readouterr().out
        assert ("What is late? Still to come:" in said) == bool(typed)
        assert f"Found: {number}, what" in said
        assert f"{name}; orders of yours: 1." in said
        assert f"{customer.code}: told, {customer.contacts['en']}." in said
        before[leg] = LATER
        assert await departs() == before, "the other part is as it was"
        known.insert(0, (leg, "DEPART", LATER, world.login, False))
        delays = (await world.me.get(f"/api/orders/{number}/delays")).expect(200)["items"]
        assert [(one["shipment"], one["milestone"], one["new_date"], one["logged_by"], one["of_shipment"]) for one in delays] == known
    first, second = world.mails(customer)
    assert "Cotton shirt 1" in first.subject + first.text
    assert "Cotton shirt 2" in second.subject + second.text
