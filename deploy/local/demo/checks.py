"""What must come out of the file: each figure read from the services and set beside the same figure counted in the file."""

import asyncio
import time
from typing import Any

from deploy.local.client import Client
from deploy.local.demo.figures import Figures, counts, on_time, report
from deploy.local.demo.knowledge import Knowledge
from deploy.local.demo.replay import Replay
from deploy.local.demo.world import World
from deploy.local.mailbox import Mail

FILE = "counted in the file"
SETTLE_SECONDS = 30.0


async def check_import(world: World, knowledge: Knowledge, done: dict[str, Any], figures: Figures) -> None:
    """The import as it ended, and what is open on the first day."""
    lines = len(knowledge.rows)
    told = {name: done[name] for name in ("status", "rows", "imported", "unchanged", "refused")}
    expected = {"status": "done", "rows": lines, "imported": lines, "unchanged": 0, "refused": 0}
    figures.check("import", "import as it ended", told, expected, "every row is good and new")
    now = await counts(world.manager)
    figures.check("lines_open_first", "lines open on 2013-01-01", now["lines_open"], knowledge.open_lines, FILE)
    figures.check("mails_first", "mails caused by the import", len(world.suite.mailbox.all()), 0, "imported facts are told to nobody")


async def until_settled(client: Client) -> None:
    """Until the reports have seen the last delivery and the last notice; the checks that follow say so if they never do."""
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end:
        now = await counts(client)
        if not (now["lines_open"] or now["delays_open"] or now["notices_waiting"]):
            return
        await asyncio.sleep(0.1)


async def check_file(world: World, knowledge: Knowledge, replay: Replay, figures: Figures) -> None:
    """After the last day: what reporting says, what notifications sent, and what lies in the mailbox."""
    now = await counts(world.manager)
    figures.check("lines", "order lines", now["lines"], len(knowledge.rows), FILE)
    for name in ("orders", "shipments", "customers", "suppliers"):
        figures.check(name, name, now[name], knowledge.count(name), FILE)
    await _check_on_time(world, knowledge, figures)
    late, customers = len(knowledge.late), knowledge.customers_late
    figures.check("lines_open", "lines open", now["lines_open"], 0, "the file ends with everything delivered")
    figures.check("delays_logged", "delays logged", now["delays"], late, "shipments late after 2013-01-01 in the file")
    figures.check("delays_open", "delays open", now["delays_open"], 0, "a delay closes with the delivery")
    figures.check(
        "delays_unattributed", "delays unattributed", now["delays_unattributed"], late - len(replay.attributed), "the file has no causes"
    )
    figures.check("customers_told", "customers told", now["customers_told"], customers, "those with a late shipment")
    figures.check("contacts_told", "contacts told", now["contacts_told"], 2 * customers, "two contacts for each")
    figures.check("notices_sent", "notices sent", now["notices_sent"], 2 * late, "each late shipment, each contact")
    for name in ("notices_waiting", "notices_failed", "notices_unreachable"):
        figures.check(name, name.replace("_", " "), now[name], 0, "everybody could be told")
    await _check_mails(world, replay, now, figures)
    await _check_pareto(world, replay, figures)


async def _check_on_time(world: World, knowledge: Knowledge, figures: Figures) -> None:
    (total,) = await on_time(world.manager)
    lines = len(knowledge.rows)
    figures.check("lines_on_time", "lines on time", total["numerator"], knowledge.lines_on_time, FILE)
    figures.check("lines_counted", "lines counted for it", total["denominator"], lines, FILE)
    percent = f"{100 * float(total['rate']):.4f} %"
    figures.check("on_time_percent", "on-time rate", percent, f"{100 * knowledge.lines_on_time / lines:.4f} %", FILE)
    by_customer = {row["group"]: row["numerator"] for row in await on_time(world.manager, group="customer")}
    expected = {world.customers[country].code: count for country, count in knowledge.on_time_by_customer().items()}
    right = sum(by_customer.get(code) == count for code, count in expected.items())
    figures.check("on_time_customers", "customers whose lines on time agree", right, knowledge.count("customers"), FILE)


async def _check_mails(world: World, replay: Replay, now: dict[str, Any], figures: Figures) -> None:
    mails = list(await world.suite.mailbox.wait_until_quiet())
    figures.check("mails", "mails in the mailbox", len(mails), now["notices_sent"], "one for each notice sent")
    addresses = {address for customer in world.customers.values() for address in customer.addresses}
    figures.check(
        "mails_known", "mails to contacts of the demo", sum(_to(mail, addresses) for mail in mails), len(mails), "nobody else hears"
    )
    heard = {address for mail in mails for address in mail.recipients}
    figures.check("mails_contacts", "contacts with mail", len(heard), now["contacts_told"], "as reporting says")
    lead = (await report(world.manager, "notice-lead-time"))[0]
    figures.check("after_the_date", "notices after the date they move", lead["after_the_date"], 0, "delays are logged before their date")


async def _check_pareto(world: World, replay: Replay, figures: Figures) -> None:
    pareto = {row["key"]: row["delays"] for row in await report(world.manager, "delay-causes")}
    expected: dict[str, int] = {"UNKNOWN": len(replay.logged) - len(replay.attributed)}
    for one in replay.attributed:
        expected[str(one.cause)] = expected.get(str(one.cause), 0) + 1
    figures.check(
        "causes", "delays by cause", dict(sorted(pareto.items())), dict(sorted(expected.items())), "causes of the demo, else unknown"
    )


def _to(mail: Mail, addresses: set[str]) -> bool:
    return all(address in addresses for address in mail.recipients)
