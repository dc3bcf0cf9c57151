"""Good answers: pages, versions, downloads, uploads, and what every answer carries."""

from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import pytest

from shared.problems import Invalid
from shared.web.paging import decode_cursor, encode_cursor
from tests.shared.web import toy
from tests.shared.web.server import Server
from tests.shared.web.test_problems import assert_problem

CHANGE = f"/api/toys/{toy.SUBJECT}/2013-01-01"


async def test_pages_follow_each_other(site: Server) -> None:
    first = await site.ask("GET", "/api/toys?limit=2&colour=red&colour=blue")
    assert [item["name"] for item in first.json["items"]] == ["red", "blue", "toy 0", "toy 1"]
    second = await site.ask("GET", f"/api/toys?limit=2&cursor={first.json['next']}")
    assert [item["name"] for item in second.json["items"]] == ["toy 2", "toy 3"]


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "WzEsMl0", "e30", "é", "W3RydWVd", "W10", "A" * 1001])
async def test_a_cursor_that_was_tampered_with(site: Server, cursor: str) -> None:
    answer = await site.ask("GET", "/api/toys", params={"cursor": cursor})
    assert_problem(answer, 422, "invalid")
    assert answer.json["errors"][0]["field"] == "cursor"


def test_cursors_keep_what_they_are_given() -> None:
    values = ("单号/1", 7, True, UUID(int=1), date(2013, 1, 1), datetime(2013, 1, 1, 8, 30, 0, 5, tzinfo=UTC), None)
    kinds = (str, int, bool, UUID, date, datetime, str)
    cursor = encode_cursor(*values)
    assert decode_cursor(cursor, *kinds) == values
    assert cursor.replace("-", "").replace("_", "").isalnum()
    for wrong in ((int, *kinds[1:]), kinds[:-1], (*kinds, str)):
        with pytest.raises(Invalid):
            decode_cursor(cursor, *wrong)
    with pytest.raises(Invalid):
        decode_cursor(encode_cursor(2**63), int)


async def test_versions(site: Server) -> None:
    read = await site.ask("GET", "/api/toys/a")
    assert read.headers["ETag"] == '"7"'
    again = await site.ask("GET", "/api/toys/a", headers={"If-None-Match": 'W/"7"'})
    assert (again.status, again.body) == (200, read.body), "it may say more than the version counts"
    changed = await site.ask("PUT", CHANGE, json={"size": 1}, headers={"If-Match": read.headers["ETag"]})
    assert (changed.status, changed.headers["ETag"]) == (200, '"8"')


async def test_versions_that_do_not_fit(site: Server) -> None:
    assert_problem(await site.ask("PUT", CHANGE, json={"size": 1}), 428, "version-required")
    assert_problem(await site.ask("PUT", CHANGE, json={"size": 1}, headers={"If-Match": '"6"'}), 412, "stale")
    for header in ("*", "7", 'W/"7"', '"6", "7"', '"-1"', '"' + "9" * 30 + '"'):
        assert_problem(await site.ask("PUT", CHANGE, json={"size": 1}, headers={"If-Match": header}), 400, "malformed")


async def test_nothing_is_204(site: Server) -> None:
    answer = await site.ask("DELETE", "/api/toys/a", token=site.issuer.mint(roles=["admin"]))
    assert (answer.status, answer.body) == (204, b"")


async def test_a_deadlock_is_tried_once_more(site: Server) -> None:
    manager = site.issuer.mint(roles=["manager"])
    toy.failures.append(asyncpg.DeadlockDetectedError("deadlock"))
    assert (await site.ask("DELETE", "/api/toys/a", token=manager)).status == 204
    assert toy.runs == 2
    toy.failures.extend([asyncpg.DeadlockDetectedError("deadlock"), asyncpg.DeadlockDetectedError("deadlock")])
    assert (await site.ask("DELETE", "/api/toys/a", token=manager)).status == 503


async def test_slow_sql_is_503_and_not_500(site: Server) -> None:
    toy.failures.append(asyncpg.QueryCanceledError("canceling statement due to statement timeout"))
    assert_problem(await site.ask("POST", "/api/toys", json={"name": "a"}), 503, "unavailable")


async def test_a_download_reads_while_it_is_sent(site: Server) -> None:
    answer = await site.ask("GET", "/api/toys.csv")
    assert answer.body == b"0\r\n1\r\n2\r\n"
    disposition = "attachment; filename=\"toys___.csv\"; filename*=UTF-8''toys%20%E7%8E%A9%E5%85%B7.csv"
    assert answer.headers["Content-Disposition"] == disposition
    assert answer.headers["X-Correlation-ID"]


async def test_a_download_that_breaks_is_not_taken_for_whole(site: Server) -> None:
    toy.failures.append(RuntimeError("in the middle"))
    with pytest.raises(Exception, match=r"payload|disconnected|closed"):
        await site.ask("GET", "/api/toys.csv")


async def test_uploads_have_their_own_limit(site: Server) -> None:
    png = {"Content-Type": "image/png"}
    assert (await site.ask("POST", "/api/toys/pictures", data=b"x" * 1000, headers=png)).json["name"] == "image/png 1000"
    assert_problem(await site.ask("POST", "/api/toys/pictures", data=b"x" * 1001, headers=png), 413, "too-large")


async def test_every_answer_carries_its_correlation_id(site: Server) -> None:
    given = await site.ask("GET", "/api/toys/a", headers={"X-Correlation-ID": "abc-12345:x"})
    assert given.headers["X-Correlation-ID"] == "abc-12345:x"
    for bad in ("short", "has space in it", "x" * 129, "<script>alert</script>"):
        answer = await site.ask("GET", "/api/toys/a", headers={"X-Correlation-ID": bad})
        assert UUID(answer.headers["X-Correlation-ID"]).version == 7
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert given.headers["Cache-Control"] == "private, no-cache"
    assert given.headers["Vary"] == "Accept-Language"
