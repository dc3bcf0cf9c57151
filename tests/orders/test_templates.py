"""Which template an order gets and where each delivers; templates out of use, and whose work their milestones are."""

from collections.abc import Awaitable, Callable
from itertools import product
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.templates import vocabulary
from services.orders.templates import store
from services.orders.templates.domain import Network, compile_template, fitting
from services.orders.templates.model import Route, Template
from shared.contracts.codes import INCOTERMS, MODES, Mode, TradeType
from shared.database.pool import Tx
from tests.orders.calls import LI, MANAGER, Desk, kind, order, refusal
from tests.orders.firm import employ, hire, member
from tests.orders.plans import line, step, template

TRADE_TYPES: tuple[TradeType, ...] = get_args(TradeType)
ROUTES: tuple[Route, ...] = get_args(Route)
STOCK, WHY = "/api/orders/templates/from-stock", {"reason": "the warehouse is closed"}
CHAINS = {"export-sea", "export-air", "domestic", "delivery"}
BY_MODE = {"sea": "", "barge": "", "air": "-air", "rail": "-land", "road": "-land", "multimodal": "-land", "courier": "-courier"}


def shipped_for(trade_type: TradeType, route: Route | None, mode: Mode | None, urgent: bool) -> str:
    if urgent:
        return "urgent"
    if trade_type == "export":
        return f"export-{route or 'make'}{BY_MODE[mode or 'sea']}"
    return "from-stock" if route == "stock" else f"{trade_type}-make"


async def test_every_order_gets_the_template_that_ships_for_it(tx: Callable[[str], Awaitable[Tx]]) -> None:
    """Whatever it says and leaves out. Each delivers where the risk passes under every Incoterm, and customers have words for its dates."""
    networks = (await store.shelf(await tx("orders"))).in_use
    chosen = {one: fitting(networks.values(), *one) for one in product(TRADE_TYPES, (*ROUTES, None), (*MODES, None), (False, True))}
    assert {one: [network.template.code for network in found] for one, found in chosen.items()} == {
        one: [shipped_for(*one)] for one in chosen
    }
    assert networks.keys() == CHAINS | {network.template.code for found in chosen.values() for network in found}
    for code in networks.keys() - CHAINS:
        network = networks[code]
        handed = next(point for point in ("CY_CUT", "HANDED_OVER", "DEPART") if point in network.index)
        loaded = "ON_BOARD" if "ON_BOARD" in network.index else handed
        points = dict.fromkeys(INCOTERMS, "DELIVERED") | {"EXW": "PACKED", "FOB": loaded, "CFR": loaded, "CIF": loaded}
        points |= dict.fromkeys(("FCA", "CPT", "CIP", "FAS"), handed)
        assert {term: network.template.point_for(term) for term in INCOTERMS} == points, code
        assert {one.code for one in network.steps if one.visible} <= set(vocabulary.CHAIN), code


def network(at: int, trade_types: set[TradeType], routes: set[Route], modes: set[Mode], urgent: bool) -> Network:
    return compile_template(template(step("AA", 0), code=f"t-{at}", trade_types=trade_types, routes=routes, modes=modes, urgent=urgent), 1)


@given(
    st.lists(
        st.tuples(
            st.sets(st.sampled_from(TRADE_TYPES), max_size=2),
            st.sets(st.sampled_from(ROUTES), max_size=1),
            st.sets(st.sampled_from(MODES), max_size=3),
            st.booleans(),
        ),
        max_size=6,
    ),
    st.sampled_from(TRADE_TYPES),
    st.sampled_from((*ROUTES, None)),
    st.sampled_from((*MODES, None)),
    st.booleans(),
)
def test_what_an_order_leaves_out_is_as_usual(
    written: list[tuple[set[TradeType], set[Route], set[Mode], bool]],
    trade_type: TradeType,
    route: Route | None,
    mode: Mode | None,
    urgent: bool,
) -> None:
    """Made to order; and by sea, where that fits as well as another mode. Nothing is chosen against what an order says."""
    networks = [network(at, *one) for at, one in enumerate(written)]
    found = fitting(networks, trade_type, route, mode, urgent)
    assert set(found) == set(fitting(networks[::-1], trade_type, route, mode, urgent))

    def allows(one: Template, mode: Mode | None) -> bool:
        wanted = ((one.trade_types, trade_type), (one.routes, route or "make"), (one.modes, mode))
        return one.urgent == urgent and all(not some or value is None or value in some for some, value in wanted)

    def named(one: Template) -> int:
        return one.urgent + (trade_type in one.trade_types) + (route in one.routes) + (mode in one.modes)

    for one in (network.template for network in found):
        assert allows(one, mode)
        rivals = [other.template for other in networks if allows(other.template, mode) and named(other.template) >= named(one) > 0]
        assert all(named(other) == named(one) for other in rivals)
        by_sea = [other for other in rivals if allows(other, mode or "sea")]
        assert one in by_sea or not by_sea


async def test_a_retired_template_is_for_orders_in_progress_alone(desk: Desk) -> None:
    """The manager is told which orders have to name another from now on, and everybody who took it out of use."""
    await desk.entered(line(promised="2026-12-31"), template=None, route="stock", trade_type="domestic")
    assert (await desk.post(LI, f"{STOCK}/retirement", WHY)).status == 403
    assert (await desk.post(MANAGER, "/api/orders/templates/nope/retirement", WHY)).status == 404
    told = len(await desk.told())
    retired = (await desk.post(MANAGER, f"{STOCK}/retirement", WHY)).body
    assert {(one["trade_type"], one["route"], one["urgent"], *one["fitting"]) for one in retired["unclear"]} == {
        ("domestic", "stock", False),
        ("bonded", "stock", False),
    }
    assert set(retired["unclear"][0]["modes"]) == set(MODES)
    assert (retired["retired"]["by"], retired["retired"]["reason"]) == ("wang.fang", WHY["reason"])
    assert (await desk.post(MANAGER, f"{STOCK}/retirement", WHY)).slug == "template-retired"
    listed = [(await desk.get(LI, f"/api/orders/templates?retired={wanted}")).body["items"] for wanted in ("true", "false")]
    assert [one["template"]["code"] for one in listed[0]] == ["from-stock"]
    assert {one["retired"] for one in listed[1]} == {None}

    new = order(line(promised="2026-12-31"), number="SO-2", trade_type="domestic", route="stock")
    named = refusal(await desk.post(LI, "/api/orders", {**new, "template": "from-stock"}))
    assert named[2]["template"].startswith("template from-stock is retired (the warehouse is closed); there are bonded-make, ")
    chosen = refusal(await desk.post(LI, "/api/orders", {**new, "template": None}))
    assert chosen[2] == {"template": "name the template, or its route and mode: of those there are, none would fit"}
    assert (await desk.post(LI, f"{STOCK}/trials", {"start": "2026-03-02"})).slug == "template-retired"
    assert (await desk.post(LI, "/api/orders/SO-1/lines", {"lines": [line("2", promised="2026-12-31")]})).status == 201

    assert (await desk.post(MANAGER, f"{STOCK}/reinstatement", WHY)).body["retired"] is None
    assert (await desk.post(MANAGER, f"{STOCK}/reinstatement", WHY)).slug == "template-in-use"
    assert (await desk.post(LI, "/api/orders", {**new, "template": None})).body["template"] == "from-stock"
    events = [one for one in (await desk.told())[told:] if ".template." in one.type]
    assert [(kind(one), one.sequence, one.actor) for one in events] == [
        ("template.retired", 1, "wang.fang"),
        ("template.reinstated", 2, "wang.fang"),
    ]


async def test_a_template_names_departments_and_people_that_there_are(desk: Desk) -> None:
    """A firm that has nobody in its directory yet names its departments as it likes; a copy that fits as well is told of."""
    urgent = (await desk.get(MANAGER, "/api/orders/templates/urgent")).body["template"]
    first, *rest = urgent["milestones"]
    body = {**urgent, "code": "quick", "milestones": [{**first, "department": "dispatch"}, *rest]}
    made = (await desk.post(MANAGER, "/api/orders/templates", body)).body
    assert {tuple(one["fitting"]) for one in made["unclear"]} == {("quick", "urgent")}
    await hire(desk)
    body["milestones"] = [{**first, "department": "dispatch"}, {**rest[0], "department": "wharehouse", "person": "li.wie"}, *rest[1:]]
    wrong = (await desk.put(MANAGER, "/api/orders/templates/quick", body, If_Match='"1"')).fields
    assert wrong.pop("milestones.1.department").startswith("there is no department wharehouse; there are dispatch, docs, finance, ")
    assert wrong == {"milestones.1.person": "li.wie is not active staff"}
    await employ(desk, member("wu.gang", department="wharf"))
    body["milestones"][1] = {**rest[0], "department": "wharf", "person": "li.wei"}
    answer = await desk.put(MANAGER, "/api/orders/templates/quick", body, If_Match='"1"')
    assert (answer.status, answer.body["version"], answer.body["unclear"]) == (200, 2, [])
