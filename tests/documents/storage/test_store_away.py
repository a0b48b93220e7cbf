"""A store that is away is told as that, by doors, health and the command line; nothing of it is a fault of ours."""

import contextlib

import pytest
from store_place import a_place

import object_servers


async def test_a_store_that_is_away_is_told(tmp_path):
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(object_servers.s3_server())
        async with a_place(tmp_path, blob_url=url, executing=False) as place:
            document = (await place.upload(b"here")).json()["handle"]
            assert (await place.client.get("/health/ready")).status_code == 200
            stack.close()
            read = await place.client.get(f"/documents/{document}/content")
            assert (read.status_code, read.json()["code"]) == (503, "storage_unavailable")
            stored = await place.upload(b"there")
            assert (stored.status_code, stored.json()["code"]) == (503, "storage_unavailable")
            ready = await place.client.get("/health/ready")
            assert (ready.status_code, ready.json()["checks"]["storage"]["detail"]) == (
                503,
                "The store of contents cannot be used now; the log of the server says why.",
            )


@pytest.mark.parametrize("missing", ["s3://nothing/docs"])
async def test_a_bucket_that_is_not_there_is_told(tmp_path, missing):
    with object_servers.s3_server() as url:
        there = missing + "?" + url.partition("?")[2]
        async with a_place(tmp_path, blob_url=there, executing=False) as place:
            stored = await place.upload(b"there")
            assert (stored.status_code, stored.json()["code"]) == (503, "storage_unavailable")
            assert (await place.client.get("/health/ready")).status_code == 503
