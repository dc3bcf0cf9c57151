"""Every error is one application/problem+json that names all that is wrong."""

import json

import pytest

from shared.web.language import preferred
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
    assert (answer.json["title"], answer.json["detail"]) == ("玩具已被拿走", "已有一个")


async def test_what_never_reached_a_handler_is_in_his_language_too(site: Server) -> None:
    said = {"Accept-Language": "fr, zh;q=0.5"}
    bodies = (b"{", b"\xff", b'{"name": "a", "name": "b"}', b'{"name": NaN}', b"[" * 40 + b"]" * 40)
    answers = [await site.ask("POST", "/api/toys", data=body, headers={**JSON, **said}) for body in bodies]
    answers += [await site.ask("GET", "/api/nothing", headers=said), await site.ask("PATCH", "/api/toys", headers=said)]
    assert [answer.json["detail"] for answer in answers] == [
        "请求内容不是有效的 JSON：第 1 行第 2 列有误",
        "请求内容不是 UTF-8 编码",
        "请求内容的同一对象中有重复的名称",
        "请求内容不是有效的 JSON：不得使用 NaN",
        "请求内容嵌套超过 32 层",
        "该地址不存在",
        "所支持的方法见 Allow 头",
    ]
    assert {(answer.headers["Content-Language"], answer.headers["Vary"]) for answer in answers} == {("zh-CN", "Accept-Language")}
    english = await site.ask("GET", "/api/nothing", headers={"Accept-Language": "zh;q=0, en"})
    assert (english.json["title"], english.headers["Content-Language"]) == ("Not found", "en")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("fr", "en"),
        ("zhu", "en"),
        ("zh-TW", "zh-CN"),
        ("ZH-hans-cn ; q=0.8,en;q=0.7", "zh-CN"),
        ("fr, zh;q=0.5", "zh-CN"),
        ("en;q=0.1, zh;q=0.9", "zh-CN"),
        ("zh;q=0, zh-CN;q=0.2, en;q=0.1", "zh-CN"),
        ("zh;q=0, en", "en"),
        ("zh;q=0", "en"),
        ("en;q=0, zh", "zh-CN"),
        ("en;q=0, *;q=0.1", "zh-CN"),
        ("zh;q=0.5, *;q=0.6", "en"),
        ("zh, en", "zh-CN"),
        ("en, zh", "en"),
        ("zh;q=2, en;q=0.1", "en"),
    ],
)
def test_of_the_languages_that_are_asked_for_the_weightiest_of_ours_is_spoken(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


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
