"""A store that is away is told as that, by doors, health and the command line; nothing of it is a fault of ours."""

import asyncio
import contextlib
from uuid import UUID

import pytest
from store_place import a_place
from typer.testing import CliRunner

import object_servers
from docchain.entrypoints.cli.program import app
from docchain.features.identity.tables import WorkspaceRow
from docchain.platform.ids import new_id
from docchain.platform.storage.damage import StoreAway
from docchain.platform.work import SYSTEM


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
            assert ready.status_code == 503
            assert ready.json()["checks"]["storage"]["detail"] in {
                "The store of contents cannot be used now; the log of the server says why.",
                "It did not answer within 2 s.",  # it was asked ten times, on a busy machine
            }


@pytest.mark.parametrize("missing", ["s3://nothing/docs"])
async def test_a_bucket_that_is_not_there_is_told(tmp_path, missing):
    with object_servers.s3_server() as url:
        there = missing + "?" + url.partition("?")[2]
        async with a_place(tmp_path, blob_url=there, executing=False) as place:
            stored = await place.upload(b"there")
            assert (stored.status_code, stored.json()["code"]) == (503, "storage_unavailable")
            assert (await place.client.get("/health/ready")).status_code == 503
            with pytest.raises(StoreAway, match="no such bucket"):
                await place.services.contents.blobs.exists(UUID(int=1), "0" * 64)
            verified = await place.client.post("/storage/verify", json={})
            assert (verified.status_code, verified.json()["code"]) == (503, "storage_unavailable")


def test_an_address_of_no_store_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCCHAIN_DATA_DIR", str(tmp_path / "data"))
    letter = tmp_path / "carta.txt"
    letter.write_text("Estimado cliente")
    assert CliRunner().invoke(app, ["document", "add", str(letter)]).exit_code == 0

    told = CliRunner().invoke(app, ["storage", "move", "--to", "ftp://x/docs"])

    assert told.exit_code != 0
    assert str(told.exception) == (
        'The store ftp://x/docs cannot be used: Unable to recognise URL "ftp://x/docs". Write DOCCHAIN_BLOB_URL '
        "or --to such as s3://bucket/prefix?endpoint=http://minio:9000, gs://bucket/prefix or "
        "az://container/prefix?account_name=…."
    )


async def test_the_operator_verifies_workspaces_of_others(tmp_path):
    async with a_place(tmp_path, executing=False) as place:
        work = place.services.database

        def found(work):
            work.session.add(WorkspaceRow(id=new_id(), slug="otros", name="Otros", created_at=work.now))

        await work.write(found, SYSTEM)
    for command in ("verify", "usage", "collect"):
        words = ["storage", command, "-w", "otros", "--data-dir", str(tmp_path)]
        told = await asyncio.to_thread(CliRunner().invoke, app, words)
        assert told.exit_code == 0, told.output + str(told.exception)
    words = ["storage", "verify", "-w", "nadie", "--data-dir", str(tmp_path)]
    told = await asyncio.to_thread(CliRunner().invoke, app, words)
    assert str(told.exception) == "There is no workspace nadie."
