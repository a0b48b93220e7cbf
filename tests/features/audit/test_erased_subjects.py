"""What is personal in the log is encrypted under a key of whom or what it is about; to erase is to destroy that key."""

import pytest

from docchain.features.audit.exporting import verify_chain
from docchain.features.audit.log_repository import LogRepository
from docchain.features.audit.schemas import AuditFilter
from docchain.features.audit.service import AuditService
from docchain.features.identity import IdentityService
from docchain.platform.events import read_after
from docchain.platform.personal import erase
from docchain.platform.work import SYSTEM

LOGS = "/security/audit/logs"


async def entries(world, **wanted):
    answer = await world.http.get(LOGS, params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def stored(world):
    """All that the database holds of the log, as text."""

    def read(work):
        rows = work.session.connection().exec_driver_sql("SELECT CAST(data AS TEXT), CAST(context AS TEXT) FROM event")
        return "".join(f"{data}{context}" for data, context in rows)

    return await world.services.database.read(read, SYSTEM)


@pytest.fixture
async def paper(world):
    """A document of Ana's, uploaded and given another name."""
    answer = await world.http.post("/documents", files={"file": ("Nomina de Ana.txt", b"2.100 EUR", "text/plain")})
    assert answer.status_code == 201, answer.text
    document = answer.json()
    renamed = await world.http.patch(
        f"/documents/{document['handle']}", json={"name": "Despido de Ana.txt"}, headers={"If-Match": "*"}
    )
    assert renamed.status_code == 200, renamed.text
    return document


@pytest.mark.usefixtures("paper")
async def test_the_log_shows_names_and_addresses_and_holds_neither_in_clear(world):
    (uploaded,) = await entries(world, type="document.uploaded")
    assert uploaded["data"]["name"] == "Nomina de Ana.txt"
    assert uploaded["source"]["address"] == "192.0.2.7"
    (renamed,) = await entries(world, type="document.updated")
    assert renamed["changes"]["name"] == {"before": "Nomina de Ana.txt", "after": "Despido de Ana.txt"}
    kept = await stored(world)
    assert "document_1" in kept
    for personal in ("Ana", "192.0.2.7", "admin"):
        assert personal not in kept


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("despido", ["document.updated"]),
        ("nomina de", ["document.updated", "intake.accepted", "document.uploaded"]),
        ("192.0.2.", ["document.updated", "intake.accepted", "document.uploaded"]),
        ("nobody", []),
    ],
)
@pytest.mark.usefixtures("paper")
async def test_a_text_is_found_where_it_is_encrypted(world, text, types):
    found = [entry["type"] for entry in await entries(world, q=text)]
    assert [type_ for type_ in found if type_.startswith(("document.", "intake."))] == types


async def test_whoever_follows_the_log_reads_names(world, paper):
    lineage = await world.http.get(f"/documents/{paper['handle']}/lineage")
    assert "Despido de Ana.txt" in lineage.text


async def test_a_purge_leaves_the_chain_whole_and_no_name(world, paper):
    at = f"/documents/{paper['handle']}"
    assert (await world.http.delete(at, headers={"If-Match": "*"})).status_code == 204
    await world.services.audit.sealer.catch_up()
    assert (await world.http.post(f"{at}/purge")).status_code == 204
    await world.services.audit.sealer.catch_up()

    told = await entries(world, resource_id=paper["id"])
    assert [entry["type"] for entry in told] == [
        "document.purged",
        "document.deleted",
        "document.updated",
        "document.uploaded",
    ]
    assert {str(entry["data"].get("name", "(erased)")) for entry in told} == {"(erased)"}
    assert told[2]["changes"]["name"] == "(erased)"
    (arrived,) = await entries(world, type="intake.accepted")
    assert arrived["data"]["name"] == "(erased)"
    assert await entries(world, q="Nomina") == []

    def verify(work):
        return verify_chain(work, IdentityService(work).workspace_id("default"))

    verdict = await world.services.database.read(verify, SYSTEM)
    assert (verdict.findings, verdict.entries > 4) == ([], True)


async def test_an_erased_user_leaves_entries_without_a_name_or_an_address(house):
    def told(work):
        rows = LogRepository(work.session, house.ours, 100).page(AuditFilter(), None, 10)[0]
        return [entry.data for entry in AuditService(work, house.ours, 100).shown(rows)]

    await house.happen("user.created", subject=house.ana.user_id, data={"username": "ana"})
    await house.sealer.catch_up()
    assert await house.database.read(told, SYSTEM) == [{"username": "ana"}]
    await house.database.write(lambda work: erase(work.session, [house.ana.user_id]), SYSTEM)
    assert await house.database.read(told, SYSTEM) == [{"username": "(erased)"}]
    verdict = await house.database.read(lambda work: verify_chain(work, house.ours), SYSTEM)
    assert (verdict.findings, verdict.entries) == ([], 1)


async def test_what_was_rolled_back_leaves_no_key_that_later_entries_need(house):
    def fail(work):
        work.emit("user.created", "user", house.ana.user_id, {"username": "ana"})
        work.finish()
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await house.database.write(fail, house.ana)
    await house.happen("user.updated", subject=house.ana.user_id, data={"username": "ana"})
    read = await house.database.read(lambda work: read_after(work.session, 0, 10, readable=True), SYSTEM)
    assert [event.data for event in read] == [{"username": "ana"}]
