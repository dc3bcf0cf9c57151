"""The aiohttp application of a service: its routes behind the edge, its documentation, and what machines ask."""

from collections.abc import Sequence

from aiohttp import web

from shared.web.docs import Docs
from shared.web.edge import Edge
from shared.web.endpoint import Endpoint, Site
from shared.web.health import Health
from shared.web.routes import Routes


def build_app(service: str, groups: Sequence[Routes], site: Site, health: Health, edge: Edge) -> web.Application:
    """Fails here, at the start, when routes collide."""
    app = web.Application(middlewares=[edge.middleware])
    health.add_to(app)
    Docs(service, groups).add_to(app)
    for group in groups:
        for route in group:
            app.router.add_route(route.method, route.path, Endpoint(route, site, edge.turns).answer)
    return app
