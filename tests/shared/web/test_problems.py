"""Every error is one application/problem+json that names all that is wrong."""

import json

import pytest

from tests.shared.web import toy
from tests.shared.web.server import Answer, Server

JSON = {"Content-Type": "application/json"}


def assert_problem(answer: Answer, status: int, slug: str) -> None:
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.body
    assert answer.json["type"] == f"urn:gendan:problem:{slug}"
    assert answer.json["status"] == status
    assert answer.json["title"]
    assert answer.json["detail"]
    assert answer.json["instance"].startswith("/")
    assert answer.json["correlation_id"] == answer.headers["X-Correlation-ID"]


async def test_path_query_and_body_are_judged_together(site: Server) -> None:
    answer = await site.ask("PUT", "/api/toys/nothing/2013-02-30", json={"size": 0, "colour": "red"}, headers={"If-Match": '"7"'})
    assert_problem(answer, 422, "invalid")
    assert sorted(error["field"] for error in answer.json["errors"]) == ["colour", "day", "size", "toy"]
    assert all(error["reason"] for error in answer.json["errors"])


async def test_query_errors_name_unknown_repeated_and_out_of_range(site: Server) -> None:
    answer = await site.ask("GET", "/api/toys?limit=201&since=2013-01-01&since=2013-01-02&size=1")
    assert_problem(answer, 422, "invalid")
    assert sorted(error["field"] for error in answer.json["errors"]) == ["limit", "since", "size"]


async def test_a_query_where_none_is_taken(site: Server) -> None:
    answer = await site.ask("GET", "/api/toys/a?x=1")
    assert [error["field"] for error in answer.json["errors"]] == ["x"]


async def test_unknown_fields_are_refused_at_every_level(site: Server) -> None:
    body = {"name": "a", "parts": [{"size": 1, "weight": 2}], "says": {"en": "hi", "fr": "salut"}}
    answer = await site.ask("POST", "/api/toys", json=body)
    assert_problem(answer, 422, "invalid")
    assert [error["field"] for error in answer.json["errors"]] == ["parts.0.weight", "says.fr"]


async def test_a_problem_is_in_the_language_that_its_reader_asked_for(site: Server) -> None:
    body = {"name": "a" * 41, "parts": [{"size": 0}, {}], "says": {}, "weight": 1}
    answer = await site.ask("POST", "/api/toys", json=body, headers={"Accept-Language": "zh-CN,en;q=0.8"})
    assert (answer.json["title"], answer.json["detail"]) == ("输入有误", "请求中有填写不当的字段")
    assert {error["field"]: error["reason"] for error in answer.json["errors"]} == {
        "name": "最多 40 个字符",
        "parts.0.size": "不得小于 1",
        "parts.1.size": "必填",
        "says": "请至少填写一种语言的文字：en、zh-CN",
        "weight": "没有此字段",
    }
    answer = await site.ask("POST", "/api/toys", json={"name": "taken"}, headers={"Accept-Language": "zh-CN"})
    assert (answer.json["title"], answer.json["detail"]) == ("玩具已被拿走", "there is one"), "what has no Chinese is read in English"


async def test_input_is_never_echoed(site: Server) -> None:
    answer = await site.ask("POST", "/api/toys", json={"name": "zhang.wei@example.org" * 3})
    assert_problem(answer, 422, "invalid")
    assert b"zhang" not in answer.body


HOSTILE = (
    b"",
    b"{",
    b'{"name": "a"} x',
    b'{"name": NaN}',
    b'\xff\xfe{"name": 1}',
    b'{"name": "a", "name": "b"}',
    b'{"name": "a\\u0000"}',
    b'{"name": "\\ud800"}',
    b'{"name": "a", "parts": ' + b"[" * 40 + b"]" * 40 + b"}",
    b"[" * 100_000,
    b'{"name":' * 20_000,
)


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
async def test_malformed_and_hostile_json(site: Server, body: bytes) -> None:
    assert_problem(await site.ask("POST", "/api/toys", data=body, headers=JSON), 400, "malformed")
    assert toy.runs == 0


async def test_a_wrong_type_at_the_top(site: Server) -> None:
    answer = await site.ask("POST", "/api/toys", data=b"[1]", headers=JSON)
    assert_problem(answer, 422, "invalid")
    assert answer.json["errors"][0]["field"] == "body"


async def test_nul_in_the_address(site: Server) -> None:
    assert_problem(await site.ask("GET", "/api/toys/a%00b"), 400, "malformed")
    assert_problem(await site.ask("GET", "/api/toys?colour=%00"), 400, "malformed")


async def test_media_type_and_encoding(site: Server) -> None:
    body = json.dumps({"name": "a"}).encode()
    assert_problem(await site.ask("POST", "/api/toys", data=body, headers={"Content-Type": "text/plain"}), 415, "unsupported-media-type")
    packed = {**JSON, "Content-Encoding": "gzip"}
    assert_problem(await site.ask("POST", "/api/toys", data=body, headers=packed), 415, "unsupported-media-type")
    assert_problem(
        await site.ask("POST", "/api/toys/pictures", data=b"x", headers={"Content-Type": "image/gif"}), 415, "unsupported-media-type"
    )


async def test_unknown_address_and_method(site: Server) -> None:
    assert_problem(await site.ask("GET", "/api/nothing"), 404, "not-found")
    answer = await site.ask("PATCH", "/api/toys")
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET,POST"


async def test_business_errors_keep_their_slug_fields_and_extensions(site: Server) -> None:
    answer = await site.ask("POST", "/api/toys", json={"name": "taken"})
    assert_problem(answer, 409, "toy-taken")
    assert answer.json["errors"] == [{"field": "name", "reason": "there is one"}]
    assert answer.json["owner"] == "wang"


async def test_the_unexpected_gives_nothing_away(site: Server, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    answer = await site.ask("GET", "/api/broken", headers={"X-Correlation-ID": "seen-by-the-caller"})
    assert_problem(answer, 500, "unexpected")
    assert b"secret" not in answer.body
    assert answer.json["correlation_id"] == "seen-by-the-caller"


async def test_a_failed_command_leaves_nothing(site: Server) -> None:
    await site.ask("POST", "/api/toys", json={"name": "taken"})
    async with site.database.connection() as tx:
        assert await tx.fetchval("SELECT count(*) FROM timer") == 0
