"""The sender against a real SMTP server: once, in order, and again when it must be."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from services.notifications.channels.domain import Mail, Outcome
from services.notifications.channels.smtp import Smtp
from services.notifications.messages.domain import MAILS
from services.notifications.sending import sender as sending
from services.notifications.sending import store
from services.notifications.sending.domain import Attempt, Claimed, Next, after, back_off
from services.notifications.sending.sender import Sender
from services.notifications.settings import NotificationSettings
from shared.contracts.customers import ContactChanged
from shared.database.pool import SLOW, Tx
from shared.ids import new_id
from shared.problems import Unavailable
from shared.rendering.words import in_words
from tests.notifications.cases import ident
from tests.notifications.sink import Sink
from tests.notifications.world import DAYS, LATE, LATER, NOW, PROMISED, World, logged, moved, order, reason, retracted


def settings(sink: Sink, **changes: Any) -> NotificationSettings:
    known: dict[str, Any] = {"smtp_port": sink.port, "mail_from": "Order follow-up <follow-up@gendan.example>", "smtp_timeout": 3}
    return NotificationSettings(database_url=SecretStr("none"), jwks_url="none", issuer="none", environment="test", **{**known, **changes})


@asynccontextmanager
async def sending_with(world: World, given: NotificationSettings) -> AsyncIterator[Sender]:
    stopping = asyncio.Event()
    sender = Sender(world.database, world.clock, given, lambda: Smtp(given))
    world.database.after_commit.append((MAILS, sender.wake))
    task = asyncio.create_task(sender.run(stopping))
    try:
        yield sender
    finally:
        stopping.set()
        await asyncio.wait_for(task, 10)
        world.database.after_commit.remove((MAILS, sender.wake))


async def until(condition: Callable[[], Any], deadline: float = 10) -> None:
    """Wait for a condition, plain or awaitable; AssertionError at the deadline."""
    end = time.monotonic() + deadline
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert time.monotonic() < end, "not in time"
        await asyncio.sleep(0.01)


async def all_are(world: World, *statuses: str) -> bool:
    return sorted(status for status, _ in await world.statuses()) == sorted(statuses)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off of milliseconds."""
    monkeypatch.setattr("services.notifications.sending.domain.BACK_OFF", (0.01,))
    monkeypatch.setattr(sending, "POLL", 0.05)


async def test_a_decided_message_leaves_at_once_and_is_recorded(world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    # It leaves because it was decided, not because somebody looked.
    monkeypatch.setattr(sending, "POLL", 600.0)
    await world.customer(
        "M", await world.contact("M", "anna", cc=("desk@example.org",)), await world.contact("M", "wang", language="zh-CN")
    )
    made = order("SC-1", "M")
    await world.feed(made)
    async with sending_with(world, settings(sink)):
        await world.feed(logged("D1", made), moved(made, LATE, delay=reason("D1")))
        await until(lambda: len(sink.mails) == 2)
        await until(lambda: all_are(world, "sent", "sent"))
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in sink.mails}
    anna, wang = mails["anna@example.org"], mails["wang@example.org"]
    stored = {m["envelope"]["to"]: m for m in await world.messages()}["anna@example.org"]
    assert anna["Message-ID"] == f"<{stored['id']}@gendan.example>"
    assert anna["Reply-To"].addresses[0].addr_spec == "li.wei@gendan.example"
    assert (anna["From"].addresses[0].display_name, anna["From"].addresses[0].addr_spec) == ("Li Wei", "follow-up@gendan.example")
    assert anna["X-Correlation-ID"] == "test"
    assert anna["Cc"].addresses[0].addr_spec == "desk@example.org"
    assert sorted(len(to) for to in sink.recipients) == [1, 2]
    assert parsedate_to_datetime(str(anna["Date"])) == NOW
    plain = wang.get_body(("plain",))
    assert plain is not None
    assert "尊敬的" in plain.get_content()
    assert str(wang["Subject"]).startswith("订单 45-SC-1")
    assert stored["sent_at"] == NOW
    assert (await world.events()).count("notifications.message.sent.v1") == 2


async def test_connections_are_kept(world: World, sink: Sink) -> None:
    for n in range(40):
        await world.customer(f"C{n}", await world.contact(f"C{n}", f"c{n}"))
    orders = [order(f"SC-{n}", f"C{n}") for n in range(40)]
    await world.feed(*orders)
    async with sending_with(world, settings(sink, send_connections=4)):
        await world.feed(*[moved(one, LATE, delay=reason(one.number)) for one in orders])
        await until(lambda: len(sink.mails) == 40)
    assert sink.connections <= 4
    assert {mail["Message-ID"] for mail in sink.mails} == {f"<{m['id']}@gendan.example>" for m in await world.messages()}


@pytest.mark.usefixtures("hurried")
async def test_a_deferred_mail_is_tried_again_and_a_refused_one_has_failed(world: World, sink: Sink) -> None:
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "gone"))
    made = order("SC-1", "M")
    sink.rcpt = lambda address: "550 5.1.1 no such user gone@example.org" if address.startswith("gone") else None
    sink.answers = ["451 4.3.0 later", "421 4.3.2 busy"]
    await world.feed(made)
    async with sending_with(world, settings(sink)):
        await world.feed(moved(made, LATE, delay=reason("D1")))
        await until(lambda: all_are(world, "sent", "failed"))
    failed = next(m for m in await world.messages() if m["status"] == "failed")
    assert failed["why"] == "smtp 550 5.1.1"
    attempts = await world.rows("SELECT outcome, code FROM attempt ORDER BY began_at")
    assert {(a["outcome"], a["code"]) for a in attempts} == {
        ("refused", "550 5.1.1"),
        ("deferred", "451 4.3.0"),
        ("no_server", "421 4.3.2"),
        ("sent", None),
    }
    assert (await world.told("SC-1"))["line"] == LATE["DELIVERED"]
    assert "gone@example.org" not in str(attempts)


@pytest.mark.usefixtures("hurried")
async def test_what_reached_nobody_was_not_told(world: World, sink: Sink) -> None:
    await world.customer("M", await world.contact("M", "gone"))
    made = order("SC-1", "M")
    sink.rcpt = lambda address: "550 no"
    await world.feed(made)
    async with sending_with(world, settings(sink)):
        await world.feed(moved(made, LATE, delay=reason("D1")))
        await until(lambda: all_are(world, "failed"))
    assert (await world.told("SC-1")) == {"line": PROMISED, "DEPART": DAYS["DEPART"], "ARRIVE": DAYS["ARRIVE"]}


@pytest.mark.usefixtures("hurried")
async def test_an_answer_that_is_lost_is_sent_again_as_the_same_mail(world: World, sink: Sink) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    sink.drops = 1
    await world.feed(made)
    async with sending_with(world, settings(sink)):
        await world.feed(moved(made, LATE, delay=reason("D1")))
        await until(lambda: all_are(world, "sent"))
    (message,) = await world.messages()
    assert message["possible_duplicates"] == 1
    assert [mail["Message-ID"] for mail in sink.mails] == [f"<{message['id']}@gendan.example>"] * 2
    assert sink.mails[0].as_bytes() == sink.mails[1].as_bytes()


@pytest.mark.usefixtures("hurried")
async def test_without_a_server_nothing_is_given_up(world: World, sink: Sink) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await sink.stop()
    await world.feed(made)
    async with sending_with(world, settings(sink, send_tries=2)):
        await world.feed(moved(made, LATE, delay=reason("D1")))
        await asyncio.sleep(0.3)
        assert [m["tries"] for m in await world.messages()] == [0]
        await sink.start()
        await until(lambda: all_are(world, "sent"))


async def test_a_sender_that_stops_gives_back_what_it_has_not_begun(world: World, sink: Sink) -> None:
    for n in range(30):
        await world.customer(f"C{n}", await world.contact(f"C{n}", f"c{n}"))
    orders = [order(f"SC-{n}", f"C{n}") for n in range(30)]
    await world.feed(*orders, *[moved(one, LATE, delay=reason(one.number)) for one in orders])
    async with sending_with(world, settings(sink, send_connections=2)):
        await until(lambda: len(sink.mails) >= 3)
    sent = len(sink.mails)
    assert sent < 30
    assert await all_are(world, *["sent"] * sent, *["queued"] * (30 - sent))
    assert {m["possible_duplicates"] for m in await world.messages()} == {0}


@pytest.mark.usefixtures("hurried")
async def test_the_database_may_go_and_come_back(world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "DATABASE_AWAY", 0.05)
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made)
    async with sending_with(world, settings(sink)):
        async with world.database.connection() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = current_user"
            )
        await asyncio.sleep(0.2)
        await world.feed(moved(made, LATE, delay=reason("D1")))
        await until(lambda: all_are(world, "sent"))
    assert len(sink.mails) == 1


@pytest.mark.usefixtures("hurried")
async def test_a_lease_that_ran_out_is_taken_over(world: World, sink: Sink) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, moved(made, LATE, delay=reason("D1")))
    dead = new_id()
    async with world.database.connection() as connection:
        (lost,) = await store.claim(connection, 10, dead, 0.05, ())
        assert await store.claim(connection, 10, new_id(), 0.05, ()) == []
    async with sending_with(world, settings(sink)):
        await until(lambda: all_are(world, "sent"))
    async with world.database.transaction() as tx:
        attempt = Attempt(lost, Outcome("refused", "550"), datetime.now(UTC))
        assert await store.settle(tx, [(attempt, after(attempt, most_tries=1, most_days=1))], NOW) == []
    (message,) = await world.messages()
    assert (message["status"], message["possible_duplicates"]) == ("sent", 1)


@pytest.mark.usefixtures("hurried")
async def test_what_a_process_has_in_hand_it_does_not_take_over(world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail is sent, and its result cannot be written until long after the lease has run out."""
    monkeypatch.setattr(sending, "DATABASE_AWAY", 0.05)
    claimed, settle, refused = store.claim, store.settle, 0

    async def claim(tx: Tx, most: int, token: UUID, _: float, held: Collection[UUID]) -> list[Claimed]:
        return await claimed(tx, most, token, 0.01, held)

    async def refuse(tx: Tx, results: Any, now: datetime) -> Any:
        nonlocal refused
        refused += 1
        if refused <= 6:
            raise Unavailable(SLOW)
        return await settle(tx, results, now)

    monkeypatch.setattr(store, "claim", claim)
    monkeypatch.setattr(store, "settle", refuse)
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, moved(made, LATE, delay=reason("D1")))
    async with sending_with(world, settings(sink)):
        await until(lambda: all_are(world, "sent"))
    (message,) = await world.messages()
    assert (len(sink.mails), message["attempts"], message["possible_duplicates"]) == (1, 1, 0)


@pytest.mark.usefixtures("hurried")
async def test_what_waited_for_longer_than_its_lease_is_another_s_to_send(world: World, sink: Sink) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, moved(made, LATE, delay=reason("D1")))

    async def claimed_again() -> bool:
        (message,) = await world.messages()
        return bool(message["attempts"] > 2)

    async with sending_with(world, settings(sink).model_copy(update={"send_lease": 0})):
        await until(claimed_again)
        assert sink.mails == []
    async with sending_with(world, settings(sink)):
        await until(lambda: all_are(world, "sent"))
    assert len(sink.mails) == 1


@pytest.mark.usefixtures("hurried")
async def test_mails_on_one_delay_arrive_in_their_order(world: World, sink: Sink) -> None:
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    sink.answers = ["451 later"] * 3
    await world.feed(
        made,
        logged("D1", made),
        moved(made, LATE, delay=reason("D1")),
        logged("D1", made, revision=2),
        moved(made, LATER, because="delay_updated", delay=reason("D1", revision=2), revision=2),
    )
    async with sending_with(world, settings(sink)):
        await until(lambda: len(sink.mails) == 2)
        await world.feed(retracted("D1"), moved(made, DAYS, because="delay_retracted", delay=reason("D1", revision=2), revision=3))
        await until(lambda: len(sink.mails) == 3)
    subjects = [str(mail["Subject"]) for mail in sink.mails]
    assert "now expected Fri 24" in subjects[0]
    assert "now expected Tue 28" in subjects[1]
    assert subjects[2].startswith("Correction")
    assert sink.mails[2]["In-Reply-To"] == sink.mails[1]["Message-ID"]


@pytest.mark.usefixtures("hurried")
async def test_what_waits_behind_a_mail_that_is_given_up_is_decided_anew(world: World, sink: Sink) -> None:
    """For whom that mail did not reach; who has read it reads on from there."""
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "bert"))
    made = order("SC-1", "M")
    refused = ["550 no"]
    sink.rcpt = lambda address: refused.pop() if refused and address.startswith("bert") else None
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")), logged("D1", made, revision=2))
    await world.feed(moved(made, LATER, because="delay_updated", delay=reason("D1", revision=2), revision=2))
    async with sending_with(world, settings(sink)):
        await until(lambda: all_are(world, "sent", "sent", "failed", "cancelled", "sent"))
    days = [in_words(day, "en") for day in (PROMISED, LATE["DELIVERED"], LATER["DELIVERED"])]
    read: dict[str, list[str]] = {"anna": [], "bert": []}
    for mail in sink.mails:
        body = mail.get_body(("plain",))
        assert body is not None
        read[mail["To"].addresses[0].username].append(body.get_content())
    assert [f"(was {was})" in text for text, was in zip(read["anna"], days, strict=False)] == [True, True]
    [anew] = read["bert"]
    assert f"{days[2]} (was {days[0]})" in anew
    assert days[1] not in anew
    assert ("cancelled", "decided_anew") in await world.statuses()
    assert (await world.told("SC-1"))["line"] == LATER["DELIVERED"]
    assert (await world.events()).count("notifications.message.cancelled.v1") == 1


async def test_what_waits_goes_where_its_contact_is_reached_now_or_nowhere(world: World, sink: Sink) -> None:
    """To nobody who has left; what may have arrived where he was stays there."""
    left = await world.contact("M", "bert")
    await world.customer("M", await world.contact("M", "anna"), left)
    made = order("SC-1", "M")
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
    moves = await world.contact("M", "anna", email="anna@new.example", cc=("copy@new.example",))
    gone = await world.contact("M", "bert", active=False)
    await world.feed(ContactChanged(contact=moves.contact), ContactChanged(contact=gone.contact))
    async with sending_with(world, settings(sink)):
        await until(lambda: all_are(world, "sent", "failed"))
    [mail] = sink.mails
    assert (mail["To"].addresses[0].addr_spec, mail["Cc"]) == ("anna@new.example", "copy@new.example")
    assert ("failed", "no_contact") in await world.statuses()
    assert (await world.events()).count("notifications.message.failed.v1") == 1
    await world.feed(ContactChanged(contact=left.contact), logged("D1", made, revision=2))
    await world.feed(moved(made, LATER, because="delay_updated", delay=reason("D1", revision=2), revision=2))
    async with sending_with(world, settings(sink)):
        await until(lambda: len(sink.mails) == 3)
    [back] = [one for one in sink.mails if "bert" in one["To"]]
    body = back.get_body(("plain",))
    assert body is not None
    assert in_words(PROMISED, "en") in body.get_content(), "he is told from the day that he read"


async def _claimed(world: World) -> list[Claimed]:
    async with world.database.connection() as connection:
        return await store.claim(connection, 1, new_id(), 60, ())


async def _settled(world: World, claimed: Claimed, outcome: Outcome, then: Next) -> None:
    async with world.database.transaction() as tx:
        await store.settle(tx, [(Attempt(claimed, outcome, datetime.now(UTC)), then)], NOW)


SENT = Outcome("sent"), Next("sent", 1)
LATER_ON = Outcome("deferred", "451"), Next("queued", 1, 60)


async def test_a_contact_s_mails_about_an_order_arrive_as_they_were_decided(world: World) -> None:
    """Whatever they are of; about other orders, and to others, nothing waits for them."""
    await world.customer("M", await world.contact("M", "anna"), await world.contact("M", "bert"))
    one, two = order("SC-1", "M"), order("SC-2", "M")
    await world.feed(one, two, logged("D1", one), moved(one, LATE, delay=reason("D1")))

    async def claimed(*ends: tuple[Outcome, Next]) -> set[tuple[str, str]]:
        async with world.database.connection() as connection:
            found = await store.claim(connection, 9, new_id(), 60, ())
        for mail, end in zip(sorted(found, key=lambda one: one.mail.to), ends, strict=True):
            await _settled(world, mail, *end)
        return {(mail.mail.to.split("@")[0], "SC-2" if "SC-2" in mail.mail.body else "SC-1") for mail in found}

    assert await claimed(LATER_ON, SENT) == {("anna", "SC-1"), ("bert", "SC-1")}
    await world.feed(moved(one, LATER, because="estimate_stated", revision=2), moved(two, LATE, delay=reason("D2")))
    assert await claimed(SENT, SENT, SENT) == {("anna", "SC-2"), ("bert", "SC-1"), ("bert", "SC-2")}
    assert await claimed() == set()
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE message SET due_at = now() WHERE status = 'queued'")
    for day in (LATE, LATER):
        [mail] = await _claimed(world)
        assert f"(was {in_words(PROMISED if day is LATE else LATE['DELIVERED'], 'en')})" in mail.mail.body
        await _settled(world, mail, *SENT)
    assert await _claimed(world) == []


async def test_a_correction_waits_for_all_that_it_corrects(world: World) -> None:
    """Mails that are none of the delay's, and tell of more: each is sent, and the correction after them."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    sailing = {"DEPART": LATE["DEPART"]}
    await world.feed(made, moved(made, sailing, because="lines_moved"))
    await world.feed(moved(made, {**LATE, **sailing}, because="lines_moved", revision=2))
    back = moved(made, DAYS, because="delay_retracted", delay=reason("D1"), revision=3)
    nodes = tuple(node.model_copy(update={"before": LATE[node.milestone]}) for node in back.nodes)
    lines = tuple(line.model_copy(update={"before": LATE["DELIVERED"]}) for line in back.lines)
    await world.feed(retracted("D1"), back.model_copy(update={"nodes": nodes, "lines": lines}))
    [first] = await _claimed(world)
    await _settled(world, first, *LATER_ON)
    assert await _claimed(world) == [], "the first is still to be sent"
    async with world.database.transaction() as tx:
        await tx.execute("UPDATE message SET due_at = now() WHERE id = $1", first.mail.id)
    [again] = await _claimed(world)
    await _settled(world, again, *SENT)
    [second] = await _claimed(world)
    assert await _claimed(world) == []
    await _settled(world, second, *SENT)
    [correction] = await _claimed(world)
    notices = [first.mail.id, second.mail.id]
    assert [one["corrected"] for one in await world.messages()] == [[], [], notices]
    assert (again.mail.id, correction.mail.id not in notices) == (first.mail.id, True)


@pytest.mark.usefixtures("hurried")
async def test_a_notice_that_is_corrected_before_it_left_is_not_sent(world: World, sink: Sink) -> None:
    """Retracted while it is being sent: the attempt fails for now, so nobody has read it."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
    async with world.database.connection() as connection:
        (claimed,) = await store.claim(connection, 1, new_id(), 60, ())
    await world.feed(retracted("D1"), moved(made, DAYS, because="delay_retracted", delay=reason("D1"), revision=2))
    assert await all_are(world, "sending", "queued")
    attempt = Attempt(claimed, Outcome("deferred", "451"), datetime.now(UTC))
    async with world.database.transaction() as tx:
        settled = await store.settle(tx, [(attempt, after(attempt, most_tries=9, most_days=1))], NOW)
    assert {one.status for one in settled} == {"cancelled"}
    assert await all_are(world, "cancelled", "cancelled")
    assert (await world.told("SC-1"))["line"] == PROMISED
    assert sink.mails == []


@pytest.mark.parametrize("end", [LATER_ON, (Outcome("refused", "550"), Next("failed", 1, why="smtp 550"))], ids=["deferred", "refused"])
async def test_a_correction_stands_while_one_of_its_mails_was_read(world: World, end: tuple[Outcome, Next]) -> None:
    """The first has arrived, the update is being sent while the delay is retracted, and does not arrive."""
    await world.customer("M", await world.contact("M", "anna"))
    made = order("SC-1", "M")
    await world.feed(made, logged("D1", made), moved(made, LATE, delay=reason("D1")))
    [first] = await _claimed(world)
    await _settled(world, first, *SENT)
    update = moved(made, LATER, because="delay_updated", delay=reason("D1", revision=2), revision=2)
    await world.feed(logged("D1", made, revision=2), update)
    [second] = await _claimed(world)
    await world.feed(retracted("D1"), moved(made, DAYS, because="delay_retracted", delay=reason("D1", revision=2), revision=3))
    await _settled(world, second, *end)
    messages = await world.messages()
    assert [one["status"] for one in messages] == ["sent", "cancelled" if end is LATER_ON else "failed", "queued"]
    assert messages[2]["corrected"] == [first.mail.id, second.mail.id]
    [correction] = await _claimed(world)
    assert correction.mail.id == messages[2]["id"]
    mail = correction.mail
    assert (first.mail.subject in mail.body, second.mail.subject in mail.body) == (True, False)
    assert f"Delivery: expected {in_words(PROMISED, 'en')}\n" in mail.body, "which day he was told before, the second would have said"
    assert mail.subject.endswith(f"delivery expected {in_words(PROMISED, 'en')}")


def test_patience_ends() -> None:
    mail = Mail(new_id(), "", "a@example.org", (), (), None, "s", "b", "en", NOW)

    def attempt(outcome: Outcome, tries: int, age: int = 0) -> Attempt:
        return Attempt(Claimed(mail, new_id(), tries + 1, tries, timedelta(days=age)), outcome, NOW)

    assert after(attempt(Outcome("deferred", "451"), 6), most_tries=8, most_days=2).status == "queued"
    assert after(attempt(Outcome("deferred", "451"), 7), most_tries=8, most_days=2).why == "smtp 451"
    assert after(attempt(Outcome("no_server"), 99), most_tries=8, most_days=2).status == "queued"
    assert after(attempt(Outcome("no_server"), 0, age=2), most_tries=8, most_days=2).status == "failed"
    assert [round(back_off(n, lambda: 0.5)) for n in range(1, 8)] == [1, 5, 30, 120, 600, 600, 600]
    assert back_off(2, lambda: 0.0) == pytest.approx(4)


def test_settings_want_an_address(sink: Sink) -> None:
    with pytest.raises(ValueError, match="one e-mail address"):
        settings(sink, mail_from="nobody")
    assert settings(sink).sender == ("Order follow-up", "follow-up@gendan.example")
    assert ident("x")
