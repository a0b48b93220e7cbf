"""Answers are as short as the client can read them, and never sent again to who has them."""

import gzip

import brotli
import pytest
from backports import zstd

READ = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}


async def raw(client, path, **headers):
    """The answer and its body as it was sent."""
    async with client.stream("GET", path, headers={"accept-encoding": "identity"} | headers) as answer:
        return answer, b"".join([part async for part in answer.aiter_raw()])


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize("path", ["/openapi.json", "/docs/assets/swagger-ui-bundle.js", "/docs/assets/swagger-ui.css"])
async def test_long_answers_are_compressed(client, coding, path):
    plain, whole = await raw(client, path)
    answer, body = await raw(client, path, **{"accept-encoding": coding})
    assert answer.headers["content-encoding"] == coding
    assert READ[coding](body) == whole
    assert len(body) < len(whole) / 3
    assert int(answer.headers["content-length"]) == len(body)
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert "accept-encoding" in plain.headers["vary"].lower()
    assert answer.headers["etag"] == f'{plain.headers["etag"][:-1]}-{coding}"'


async def test_the_coding_that_is_liked_best_is_used(client):
    answer, _ = await raw(client, "/openapi.json", **{"accept-encoding": "zstd;q=0.2, gzip;q=0.9, br;q=0"})
    assert answer.headers["content-encoding"] == "gzip"
    answer, _ = await raw(client, "/openapi.json", **{"accept-encoding": "deflate"})
    assert "content-encoding" not in answer.headers


async def test_short_answers_stay_as_they_are(client):
    answer, body = await raw(client, "/health/live", **{"accept-encoding": "gzip"})
    assert ("content-encoding" in answer.headers, body) == (False, b'{"status":"ok"}')


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
async def test_who_has_an_answer_is_told_so(client, coding):
    first, _ = await raw(client, "/openapi.json", **{"accept-encoding": coding})
    again, body = await raw(
        client, "/openapi.json", **{"accept-encoding": coding, "if-none-match": first.headers["etag"]}
    )
    assert (again.status_code, body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-encoding" not in again.headers
    other, _ = await raw(client, "/openapi.json", **{"accept-encoding": coding, "if-none-match": '"other"'})
    assert other.status_code == 200


async def test_a_head_tells_what_a_get_would(client):
    given = {"accept-encoding": "gzip"}
    got, body = await raw(client, "/openapi.json", **given)
    head = await client.head("/openapi.json", headers=given)
    assert head.content == b""
    for name in ("content-encoding", "content-length", "etag", "content-type"):
        assert head.headers[name] == got.headers[name]
    assert int(head.headers["content-length"]) == len(body)
