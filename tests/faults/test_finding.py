"""The checker finds what it is there to find: here effects are doubled, changed and made up by hand. After this the suite is dropped.

That it says nothing where nothing was done is what the rows of the table stand on.
"""

from deploy.local.mailsink import INDEX
from tests.faults.check import judge, until_done
from tests.faults.conftest import Common
from tests.faults.load import Load

DOCTORED = {
    "rows of promise_change in the reports are too many": (
        "reporting",
        "INSERT INTO projection.promise_change (order_id, line, revision, before, after, reason, changed_at)"
        " SELECT order_id, line, 99, promised, promised, 'agreed', now() FROM projection.line LIMIT 1",
    ),
    "rows of delay in the reports are too many or wrong": ("reporting", "UPDATE projection.delay SET revision = revision + 1"),
    "rows of line in the reports are lacking": ("reporting", "DELETE FROM projection.line"),
    "events had an effect and were never committed": (
        "reporting",
        "INSERT INTO archive (publisher, aggregate, sequence, type, body) SELECT publisher, aggregate, sequence + 99, type, convert_to("
        " jsonb_set(convert_from(body, 'UTF8')::jsonb, '{id}', to_jsonb(gen_random_uuid()))::text, 'UTF8')"
        " FROM archive WHERE type = 'notifications.message.sent.v1' LIMIT 1",
    ),
    "inboxes hold more than was recorded": (
        "notifications",
        "UPDATE consumed SET last_sequence = last_sequence + 1 WHERE publisher = 'orders'",
    ),
    "contacts known to orders are too many": (
        "orders",
        "INSERT INTO known_contact (id, customer_id) SELECT gen_random_uuid(), customer_id FROM known_contact",
    ),
    "customers known to notifications are lacking or wrong": ("notifications", "UPDATE known_customer SET grade = 'key'"),
    "lines known to notifications are too many or wrong": (
        "notifications",
        "UPDATE told_line SET promise_revision = promise_revision + 1",
    ),
    "delays known to notifications are lacking": ("notifications", "DELETE FROM delay"),
    "customer_order of orders stand otherwise than their record says": ("orders", "UPDATE customer_order SET version = version + 1"),
    "events of orders happened again": (
        "orders",
        "INSERT INTO record (event_id, aggregate, sequence, type, subject, body)"
        " SELECT gen_random_uuid(), aggregate, sequence + 99, type, subject, body FROM record WHERE type = 'orders.delay.logged.v1'",
    ),
    "orders have several messages": (
        "notifications",
        "INSERT INTO message SELECT (jsonb_populate_record(m, jsonb_build_object("
        " 'id', gen_random_uuid(), 'decision', gen_random_uuid(), 'delay_id', NULL, 'delay_revision', NULL))).* FROM message m",
    ),
    "messages were sent several times": (
        "notifications",
        "INSERT INTO attempt (message_id, number, began_at, outcome) SELECT message_id, number + 99, began_at, outcome FROM attempt",
    ),
}
"""What the checker says, by what was done in which database."""


async def test_every_doctored_effect_is_found(common: Common) -> None:
    ground = await common.ground()
    try:
        load = await Load.prepare(ground.suite, rate=1)
        for _ in range(2):
            await load.one()
        assert await until_done(ground.suite, 60)
        for service, statement in DOCTORED.values():
            async with ground.suite.database(service) as database:
                assert await database.execute(statement) not in ("INSERT 0 0", "UPDATE 0", "DELETE 0"), statement
        index = ground.suite.home.mail / INDEX
        index.write_text(index.read_text() + index.read_text().splitlines(keepends=True)[-1])

        verdict = await judge(ground, load)
        unseen = [words for words in (*DOCTORED, "mails came again without being in doubt") if not _says(verdict.wrong, words)]
        assert unseen == [], verdict.wrong
        assert verdict.lost > 0
        assert verdict.doubled > 0
    finally:
        await common.drop()


def _says(wrong: list[str], words: str) -> bool:
    return any(words in one for one in wrong)
