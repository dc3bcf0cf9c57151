"""The gateway in front of an upstream that shows what reached it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from deploy.local import parts
from deploy.local.client import Client
from deploy.local.home import Home
from deploy.local.process import Process
from deploy.local.tokens import Issuer
from shared.contracts.topology import SERVICES
from tests.support.wire import wire

MB = 1_000_000


HIDDEN = b"GET /api/orders/hidden HTTP/1.1\r\nHost: gateway\r\n\r\n"
"""What a body consists of that would be obeyed if it were misread."""
_asked: list[str] = []


async def echo(request: web.Request) -> web.Response:
    _asked.append(request.path)
    if request.path.endswith("/refused"):
        # As a service does: before it has read the body.
        answer = web.json_response({"status": 401}, status=401, content_type="application/problem+json")
        answer.force_close()
        return answer
    if request.path.endswith("/ignored"):
        return web.json_response({"path": request.path})
    if request.path.endswith("/dies"):
        await request.content.readexactly(MB // 2)
        assert request.transport is not None
        request.transport.abort()
    body = await request.read()
    return web.json_response(
        {"path": request.path, "size": len(body), "headers": {name.lower(): value for name, value in request.headers.items()}}
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """Every service but reporting answers with what it was sent; reporting is down."""
    home = Home(tmp_path_factory.mktemp("gateway"))
    home.make()
    state = home.prepare()
    Issuer(home.key).publish(home.public)
    application = web.Application(client_max_size=64 * MB)
    application.router.add_route("*", "/{path:.*}", echo)
    servers = [TestServer(application, host="127.0.0.1", port=state.ports[name]) for name in SERVICES if name != "reporting"]
    for server in servers:
        await server.start_server()
    caddy = Process(parts.gateway(home, state), output=home.logs / "gateway.log")
    await caddy.start()
    async with Client(parts.gateway_url(state)) as client:
        yield client
    await caddy.stop()
    for server in servers:
        await server.close()


@pytest.mark.parametrize("service", ["customers", "orders", "notifications"])
async def test_paths_reach_their_service(gateway: Client, service: str) -> None:
    assert (await gateway.get(f"/api/{service}/things/a%2Fb")).expect()["path"] == f"/api/{service}/things/a/b"


@pytest.mark.parametrize(
    "name",
    [
        "X-User",
        "X-User-Id",
        "X-Auth-Request-User",
        "X-Forwarded-User",
        "X-Forwarded-Email",
        "Remote-User",
        "X-Remote-User",
        "X-Roles",
        "X-Actor",
    ],
)
async def test_nobody_says_who_he_is_by_a_header(gateway: Client, name: str) -> None:
    answer = await gateway.request("GET", "/api/orders", headers={name: "boss", "X-Correlation-Id": "kept"})
    headers = answer.expect()["headers"]
    assert name.lower() not in headers
    assert headers["x-correlation-id"] == "kept"


async def test_the_client_address_cannot_be_invented(gateway: Client) -> None:
    answer = await gateway.request("GET", "/api/orders", headers={"X-Forwarded-For": "8.8.8.8"})
    assert answer.expect()["headers"]["x-forwarded-for"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/api/orders/x", MB - 1000),
        ("/api/orders/imports", 20 * MB),
        ("/api/customers/imports/7", 2 * MB),
        ("/api/orders/events", 4 * MB),
        ("/api/notifications/previews", 16 * MB),
    ],
)
async def test_bodies_of_a_usual_size_pass(gateway: Client, path: str, size: int) -> None:
    assert (await gateway.upload(path, b"x" * size, "application/octet-stream")).expect(200)["size"] == size


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/api/orders/x", MB), ("/api/orders/imports", 32 * MB), ("/api/orders/events", 4 * MB), ("/api/notifications/previews", 16 * MB)],
)
async def test_what_is_too_large_is_refused_before_it_is_sent(gateway: Client, path: str, limit: int) -> None:
    _asked.clear()
    async with wire(gateway.base) as line:
        await line.head("POST", path, Content_Length=limit + 1, Expect="100-continue")
        answer = await line.answer()
    assert (answer.status, answer.last, json.loads(answer.body)["status"]) == (413, True, 413)
    assert answer.headers["content-type"] == "application/problem+json"
    assert _asked == []


async def test_what_is_too_large_without_saying_so_is_cut_off(gateway: Client) -> None:
    chunk = b"%x\r\n%b\r\n" % (len(HIDDEN) * 1000, HIDDEN * 1000)
    async with wire(gateway.base) as line:
        await line.head("POST", "/api/orders/x", Transfer_Encoding="chunked")
        sending = asyncio.create_task(line.send(chunk * 40))
        answer = await line.answer()
        assert (answer.status, answer.last) == (413, True)
        with suppress(ConnectionError):
            await sending
        assert await line.ended()
    assert "/api/orders/hidden" not in _asked


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/api/orders/x", 2 * MB, 413),
        ("/api/orders/imports", 40 * MB, 413),
        ("/api/orders/refused", MB // 2, 401),
        ("/api/orders/imports/refused", 10 * MB, 401),
        ("/api/orders/imports/dies", 10 * MB, 502),
        ("/api/reporting/x", MB // 2, 502),
    ],
)
async def test_no_rest_of_a_body_is_taken_for_a_request(gateway: Client, path: str, size: int, status: int) -> None:
    body = HIDDEN * (size // len(HIDDEN))
    async with wire(gateway.base) as line:
        await line.head("POST", path, Content_Length=len(body))
        sending = asyncio.create_task(line.send(body))
        answer = await line.answer()
        assert (answer.status, answer.last) == (status, True)
        with suppress(ConnectionError):  # the gateway need not listen to the rest
            await sending
            await line.head("GET", "/api/orders/next")
        assert await line.ended()
    assert "/api/orders/hidden" not in _asked


@pytest.mark.parametrize("size", [10_000, MB // 2])
@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/orders/ignored", 200), ("/docs/", 200), ("/docs", 302), ("/.well-known/jwks.json", 200), ("/nothing", 404)],
)
async def test_no_rest_of_a_body_that_nobody_reads_is_taken_for_a_request(gateway: Client, path: str, status: int, size: int) -> None:
    body = HIDDEN * (size // len(HIDDEN))
    _asked.clear()
    async with wire(gateway.base) as line:
        await line.head("GET", path, Content_Length=len(body))
        sending = asyncio.create_task(line.send(body))
        answer = await line.answer()
        assert answer.status == status
        with suppress(ConnectionError):
            await sending
            await line.head("GET", "/api/orders/next")
        if answer.last:
            assert await line.ended()
        else:
            assert json.loads((await line.answer()).body)["path"] == "/api/orders/next"
    assert "/api/orders/hidden" not in _asked


async def test_a_refusal_of_a_service_passes_as_it_is(gateway: Client) -> None:
    answer = await gateway.post("/api/orders/refused", {})
    assert (answer.status, answer.json, answer.headers["Content-Type"]) == (401, {"status": 401}, "application/problem+json; charset=utf-8")


async def test_a_service_that_is_down_is_a_problem_document(gateway: Client) -> None:
    answer = await gateway.get("/api/reporting/reports")
    assert answer.status == 502
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["title"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/", "/api/unknown", "/.well-known/other", "/metrics", "/docs/../issuer.pem", "/docs/nothing"]
)
async def test_nothing_else_is_there(gateway: Client, path: str) -> None:
    assert (await gateway.get(path)).status == 404


async def test_the_keys_and_the_docs_are_served(gateway: Client) -> None:
    keys = (await gateway.get("/.well-known/jwks.json")).expect()
    assert [key["crv"] for key in keys["keys"]] == ["Ed25519"]
    assert all("d" not in key for key in keys["keys"])
    index = (await gateway.get("/docs/")).expect()
    assert all(f"/api/{service}/docs" in index for service in SERVICES)
    assert (await gateway.get("/docs")).status == 302


async def test_answers_carry_the_security_headers(gateway: Client) -> None:
    headers = (await gateway.get("/api/orders")).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert not {"Server", "Via", "Strict-Transport-Security"} & set(headers)


async def test_the_administration_of_the_gateway_is_off(gateway: Client) -> None:
    with pytest.raises(OSError, match="Connect"):
        await asyncio.open_connection("127.0.0.1", 2019)


def test_the_gateway_file_is_formatted() -> None:
    import subprocess
    import sys

    caddy = Path(sys.executable).parent / "caddy"
    done = subprocess.run([str(caddy), "fmt", "--diff", str(parts.GATEWAY / "Caddyfile")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
