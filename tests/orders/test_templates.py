"""Which template an order gets, of those that ship with the suite and of any others, and where each delivers."""

from collections.abc import Awaitable, Callable
from itertools import product
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.templates import vocabulary
from services.orders.templates import store
from services.orders.templates.domain import Network, compile_template, fitting
from services.orders.templates.model import Route
from shared.contracts.codes import INCOTERMS, MODES, Mode, TradeType
from shared.database.pool import Tx
from tests.orders.plans import step, template

TRADE_TYPES: tuple[TradeType, ...] = get_args(TradeType)
ROUTES: tuple[Route, ...] = get_args(Route)
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
    networks = await store.newest(await tx("orders"))
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
    return compile_template(
        template(step("AA", 0), code=f"t-{at}", trade_types=trade_types, routes=routes, modes=modes, urgent=urgent), 1
    )


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
    """Made to order, by sea. Nothing is chosen against what an order says, and nothing unusual where something usual fits as well."""
    networks = [network(at, *one) for at, one in enumerate(written)]
    found = fitting(networks, trade_type, route, mode, urgent)
    assert set(found) == set(fitting(networks[::-1], trade_type, route, mode, urgent))

    def allows(one: Network, route: Route | None, mode: Mode | None) -> bool:
        said = ((one.template.trade_types, trade_type), (one.template.routes, route), (one.template.modes, mode))
        return one.template.urgent == urgent and all(not wanted or value is None or value in wanted for wanted, value in said)

    def named(one: Network) -> int:
        said = ((one.template.trade_types, trade_type), (one.template.routes, route), (one.template.modes, mode))
        return one.template.urgent + sum(value in wanted for wanted, value in said)

    for one in found:
        assert allows(one, route, mode)
        rivals = [other for other in networks if allows(other, route, mode) and named(other) >= named(one) > 0]
        assert all(named(other) == named(one) for other in rivals)
        usual = [other for other in rivals if allows(other, route or "make", mode or "sea")]
        assert one in usual or not usual
