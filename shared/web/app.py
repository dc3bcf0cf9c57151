"""The aiohttp application of a service: its routes behind the edge, its documentation, and what machines ask."""

from collections.abc import Sequence

import orjson
from aiohttp import web

from shared.web.docs import Docs
from shared.web.edge import Edge
from shared.web.endpoint import Endpoint, Site
from shared.web.health import Health
from shared.web.openapi import document
from shared.web.routes import Routes


def build_app(service: str, groups: Sequence[Routes], site: Site, health: Health, edge: Edge) -> web.Application:
    """Fails here, at the start, when routes collide."""
    app = web.Application(middlewares=[edge.middleware])
    health.add_to(app)
    described = document(service, groups)
    Docs(service, described).add_to(app)
    for group in groups:
        for route in group:
            app.router.add_route(route.method, route.path, Endpoint(route, site, edge.turns).answer)
    body = orjson.dumps(described)

    async def openapi(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    app.router.add_get(f"/api/{service}/openapi.json", openapi)
    return app
