"""What the walk asks before it begins: which milestone is late, why, and what is being done."""

import asyncio
from collections.abc import Collection, Mapping

from deploy.local.client import Client
from deploy.local.delaying import show
from deploy.local.delaying.wanted import Wanted
from deploy.local.delaying.words import Words
from shared.contracts.codes import CAUSES
from shared.contracts.text import LocalText
from shared.web.call import address

LOOKED_AT = 20
"""The plans of so many orders are looked at: those that travel together are planned alike, mostly."""
LIKELY = ("DEPART", "ARRIVE")


async def to_come(client: Client, wanted: Wanted) -> dict[str, LocalText]:
    """What the milestones are called that may be late, by code: of the caller's orders that are meant, those still to come."""
    orders, legs = await _orders(client, wanted)
    answers = await asyncio.gather(*(client.get(address("/api/orders/{order}/plan", order=order)) for order in orders))
    nodes = [
        node
        for plan in (answer.expect(200) for answer in answers)
        for leg in plan["legs"]
        if legs is None or leg["shipment"] in legs
        for node in leg["nodes"]
        if not node["passed"]
    ]
    return {node["milestone"]: LocalText.model_validate(node["name"]) for node in nodes}


async def _orders(client: Client, wanted: Wanted) -> tuple[list[str], Collection[str | None] | None]:
    """The orders, and which legs of theirs are meant; None: all."""
    if wanted.order is not None:
        return [wanted.order], {wanted.shipment} if wanted.shipment is not None or wanted.unshipped else None
    if wanted.shipment is not None:
        shipments = [(await client.get(address("/api/orders/shipments/{number}", number=wanted.shipment))).expect(200)]
    else:
        vessel, voyage = wanted.sailing
        found = await client.get("/api/orders/shipments", vessel=vessel, voyage=voyage, limit=LOOKED_AT)
        shipments = found.expect(200)["items"]
    orders = [order["number"] for one in shipments for order in one["orders"] if order["status"] != "cancelled"]
    return list(dict.fromkeys(orders))[:LOOKED_AT], {one["number"] for one in shipments}


def ask_milestone(words: Words, milestones: Mapping[str, LocalText]) -> str:
    """One of those shown, by its number or its code; what is neither is asked again."""
    print(*show.to_come(words, milestones), sep="\n")
    named = {**{str(number): code for number, code in enumerate(milestones, start=1)}, **{code: code for code in milestones}}
    default = next((code for code in LIKELY if code in milestones), named["1"])
    while (given := input(words("ask_milestone", default=default)).strip().upper() or default) not in named:
        print(words("no_milestone", given=given))
    return named[given]


def ask_cause(words: Words, default: str) -> str:
    """One of the codes, which are shown; what is none is asked again."""
    print(*show.causes(words), sep="\n")
    while (code := input(words("ask_cause", default=default)).strip().upper() or default) not in CAUSES:
        print(words("no_cause", code=code))
    return code


def ask_action(words: Words) -> dict[str, str | None]:
    """What is being done, in one or both languages; nothing is asked again."""
    while True:
        english, chinese = input(words("ask_action_en")).strip(), input(words("ask_action_zh")).strip()
        if english or chinese:
            return {"en": english, "zh-CN": chinese}
        print(words("no_action"))
