"""Bounded: bodies, requests in flight; and what machines ask."""

import asyncio
from collections.abc import AsyncIterator

from openapi_spec_validator import validate

from tests.shared.web import toy
from tests.shared.web.server import Server, until
from tests.shared.web.test_problems import assert_problem

JSON = {"Content-Type": "application/json"}


async def test_large_bodies_with_and_without_a_length(site: Server) -> None:
    large = b'{"name": "' + b"a" * 256 * 1024 + b'"}'
    assert_problem(await site.ask("POST", "/api/toys", data=large, headers=JSON), 413, "too-large")

    async def chunks() -> AsyncIterator[bytes]:
        yield large

    answer = await site.ask("POST", "/api/toys", data=chunks(), headers=JSON)
    assert_problem(answer, 413, "too-large")
    assert answer.json["limit"] == 256 * 1024


async def test_more_requests_than_may_be_in_flight(site: Server) -> None:
    waiting = [asyncio.create_task(site.ask("GET", "/api/waits")) for _ in range(12)]

    async def turned_away() -> bool:
        return sum(task.done() for task in waiting) == 4

    await until(turned_away)
    for task in [task for task in waiting if task.done()]:
        assert_problem(task.result(), 503, "overloaded")
        assert task.result().headers["Retry-After"] == "1"
    assert (await site.ask("GET", "/readyz", token=None)).status == 200
    toy.slow.set()
    assert sorted(answer.status for answer in await asyncio.gather(*waiting)) == [200] * 8 + [503] * 4
    assert (await site.ask("GET", "/api/toys/a")).status == 200


async def test_health(site: Server) -> None:
    alive = await site.ask("GET", "/livez", token=None)
    assert (alive.status, alive.json) == (200, {"status": "alive", "service": "customers"})
    ready = await site.ask("GET", "/readyz", token=None)
    assert ready.json["parts"]["spine"] == {"ok": False, "needed": False, "reasons": ["nats: disconnected"]}
    assert (ready.status, ready.json["status"]) == (200, "ready")
    site.health.draining = site.edge.closing = True
    unready = await site.ask("GET", "/readyz", token=None)
    assert (unready.status, unready.json["parts"]["process"]) == (503, {"ok": False, "needed": True, "reasons": ["draining"]})
    assert (await site.ask("GET", "/livez", token=None)).status == 200
    assert (await site.ask("GET", "/api/toys/a")).headers["Connection"] == "close"


async def test_metrics_are_kept_by_route_template(site: Server) -> None:
    await site.ask("GET", "/api/toys/some-number")
    await site.ask("GET", "/nowhere/at/all")
    text = (await site.ask("GET", "/metrics", token=None)).body.decode()
    assert 'gendan_http_request_seconds_count{method="GET",route="/api/toys/{name}",status="200"}' in text
    assert 'route="unmatched",status="404"' in text
    assert "some-number" not in text
    assert "livez" not in text


async def test_the_document_describes_what_is_served(site: Server) -> None:
    document = (await site.ask("GET", "/api/toy/openapi.json", token=None)).json
    validate(document)
    assert document["openapi"] == "3.1.0"
    make = document["paths"]["/api/toys"]["post"]
    assert (make["summary"], make["description"]) == ("Make a toy", "It is made of parts.")
    assert {"201", "400", "401", "403", "409", "413", "415", "422", "500", "503"} <= set(make["responses"])
    assert [parameter["name"] for parameter in make["parameters"]] == ["Idempotency-Key"]
    change = document["paths"]["/api/toys/{toy}/{day}"]["put"]
    assert {parameter["name"]: parameter["in"] for parameter in change["parameters"]} == {
        "toy": "path",
        "day": "path",
        "If-Match": "header",
    }
    assert document["components"]["schemas"]["LocalText"]["additionalProperties"] is False
    assert "Search" not in document["components"]["schemas"]
    assert make["responses"]["409"]["$ref"] == "#/components/responses/toy-taken.idempotency-key-busy"


async def test_the_page_needs_no_script_and_speaks_both_languages(site: Server) -> None:
    english = await site.ask("GET", "/api/toy/docs", token=None)
    assert english.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    for forbidden in (b"<script", b"style=", b"http://", b"https://"):
        assert forbidden not in english.body
    assert "操作".encode() in (await site.ask("GET", "/api/toy/docs?lang=zh-CN", token=None)).body
    assert (await site.ask("GET", "/api/toy/docs.css", token=None)).headers["Content-Type"].startswith("text/css")
