"""Whoever alters, deletes, inserts or reorders rows is found out, and the first entry of it is named."""

import asyncio
import io
import stat

import pytest

from docchain.features.audit.chain import Checkpoint
from docchain.features.audit.domain import INSTALLATION
from docchain.features.audit.exporting import verify_chain, verify_export, write_export
from docchain.features.audit.keys import open_key
from docchain.features.audit.repository import ChainRepository
from docchain.features.audit.sealing import Sealer
from docchain.platform.work import SYSTEM

TYPES = ("workflow.created", "workflow.updated", "document.uploaded", "document.deleted", "user.disabled")


async def found(house, chain=None, **options):
    """What verifying the database says, in words."""
    verdict = await house.database.read(lambda work: verify_chain(work, chain or house.ours, **options), SYSTEM)
    return [finding.said for finding in verdict.findings]


async def tamper(house, *statements):
    def run(work):
        for statement in statements:
            work.session.connection().exec_driver_sql(statement)

    await house.database.write(run, SYSTEM)


async def exported(house) -> bytes:
    file = io.BytesIO()
    await house.database.read(lambda work: write_export(work, file, [house.ours]), SYSTEM)
    return file.getvalue()


def found_in(lines: bytes, *trusted: str):
    return [finding.said for verdict in verify_export(io.BytesIO(lines), trusted) for finding in verdict.findings]


@pytest.fixture
async def sealed(house):
    await house.happen(*TYPES)
    await house.sealer.catch_up()
    await house.happen(*TYPES)
    await house.sealer.catch_up()
    return house


async def test_what_is_as_it_was_passes(sealed):
    await sealed.happen("workflow.published")
    verdict = await sealed.database.read(lambda work: verify_chain(work, sealed.ours), SYSTEM)
    assert verdict.findings == []
    assert (verdict.entries, verdict.checkpoints, verdict.unsealed) == (11, 2, 1)
    assert verdict.keys == {sealed.key.public_key}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET type = 'workflow.seen' WHERE position = 4",
        "UPDATE event SET actor = 'nobody' WHERE position = 4",
        "UPDATE event SET data = '{\"a\":1}' WHERE position = 4",
        "UPDATE event SET context = '{}' WHERE position = 4",
        "UPDATE event SET request_id = 'r' WHERE position = 4",
    ],
)
async def test_an_altered_entry_is_named(sealed, statement):
    await tamper(sealed, statement)
    assert await found(sealed) == ["entry 4 was altered"]


async def test_a_deleted_entry_is_named(sealed):
    await tamper(sealed, "DELETE FROM event WHERE position IN (3, 10)")
    assert await found(sealed) == ["entry 3 was deleted", "entry 10 was deleted"]


async def test_a_replaced_entry_is_named(sealed):
    await tamper(
        sealed,
        "UPDATE event SET position = 1000 WHERE position = 7",
        "INSERT INTO event (position, id, workspace_id, type, subject_kind, actor, at, data) "
        "SELECT 7, id, workspace_id, 'user.enabled', subject_kind, actor, at, data FROM event WHERE position = 1000",
        "DELETE FROM event WHERE position = 1000",
    )
    assert await found(sealed) == ["entry 7 was altered"]


async def test_an_entry_put_between_sealed_ones_is_named(house):
    await house.happen("workflow.created")
    await house.happen("workflow.created", actor=house.eve)
    await house.happen("workflow.created")
    await house.sealer.catch_up()
    await tamper(
        house, "UPDATE event SET workspace_id = (SELECT workspace_id FROM event WHERE position = 1) WHERE position = 2"
    )
    assert await found(house) == ["entry 2 was inserted"]
    assert await found(house, house.theirs) == ["entry 2 was deleted"]


async def test_an_entry_slipped_in_behind_the_sealed_ones_is_named(house):
    await house.happen("workflow.created")
    await house.happen("workflow.created", actor=house.eve)
    await house.happen("workflow.created", actor=house.eve)
    await house.sealer.catch_up()
    await tamper(
        house, "UPDATE event SET workspace_id = (SELECT workspace_id FROM event WHERE position = 1) WHERE position = 3"
    )
    assert await found(house) == ["entry 3 was inserted"]


async def test_reordered_entries_are_named(sealed):
    await tamper(
        sealed,
        "UPDATE event SET position = 900 WHERE position = 2",
        "UPDATE event SET position = 2 WHERE position = 8",
        "UPDATE event SET position = 8 WHERE position = 900",
    )
    assert await found(sealed) == [
        "entry 2 holds what was sealed as entry 8: they were reordered",
        "entry 8 holds what was sealed as entry 2: they were reordered",
    ]


async def test_checkpoints_are_only_appended_to(sealed):
    for statement in ("UPDATE audit_batch SET number = 7", "DELETE FROM audit_batch"):
        with pytest.raises(Exception, match="only appended to"):
            await tamper(sealed, statement)


async def test_checkpoints_that_somebody_changed_all_the_same_are_named(sealed):
    if sealed.database.dialect == "sqlite":
        dropped = [f"DROP TRIGGER audit_batch_no_{what}" for what in ("UPDATE", "DELETE")]
    else:
        dropped = [f"DROP TRIGGER audit_batch_{what} ON audit_batch" for what in ("append_only", "keep")]
    await tamper(sealed, *dropped, "UPDATE audit_batch SET last_position = 9 WHERE number = 2")
    assert await found(sealed) == ["checkpoint 2 was altered"]
    await tamper(sealed, "DELETE FROM audit_batch WHERE number = 1")
    assert await found(sealed) == ["checkpoint 1 is missing", "checkpoint 2 was altered"]


async def test_who_signs_everything_anew_has_another_key(sealed, tmp_path):
    other = open_key(tmp_path / "other.key")
    assert await found(sealed, trusted=[sealed.key.public_key]) == []
    assert await found(sealed, trusted=[other.public_key]) == [
        "checkpoint 1 was signed with another key",
        "checkpoint 2 was signed with another key",
    ]


async def test_an_end_that_was_cut_off_is_told_by_an_earlier_export(sealed):
    verdict = await sealed.database.read(lambda work: verify_chain(work, sealed.ours), SYSTEM)
    lines = (await exported(sealed)).splitlines(keepends=True)
    cut = b"".join(line for line in lines if b'"number":2,' not in line and not line.endswith(tail(6, 10)))
    assert found_in(cut) == []
    known = {str(sealed.ours): verdict.last}
    assert [finding.said for verdict in verify_export(io.BytesIO(cut), (), known) for finding in verdict.findings] == [
        f"the chain does not go on from the checkpoint {verdict.last[:16]}… of the earlier export"
    ]


def tail(first, last):
    return tuple(b'"position":%d}\n' % position for position in range(first, last + 1))


async def test_an_export_needs_nothing_else(sealed):
    lines = await exported(sealed)
    assert found_in(lines) == []
    assert found_in(lines, sealed.key.public_key) == []

    assert found_in(lines.replace(b"document.deleted", b"document.restored", 1)) == ["entry 4 was altered"]
    split = lines.splitlines(keepends=True)
    third = next(line for line in split if line.endswith(b'"position":3}\n'))
    assert found_in(lines.replace(third, b"")) == ["entry 3 was deleted"]
    assert found_in(lines.replace(third, third + third)) == ["entry 3 was inserted"]
    fourth = next(line for line in split if line.endswith(b'"position":4}\n'))
    assert found_in(lines.replace(third + fourth, fourth + third)) == ["entry 3 comes out of order"]


async def test_workspaces_and_the_installation_have_chains_of_their_own(house):
    await house.happen("workflow.created")
    await house.happen("workflow.created", actor=house.eve)
    await house.happen("user.created", actor=SYSTEM)
    await house.sealer.catch_up()
    chains = await house.database.read(lambda work: ChainRepository(work.session).chains(), SYSTEM)
    assert chains == [INSTALLATION, house.ours, house.theirs]
    lines = await exported(house)
    assert lines.count(b'"entry":') == 1
    assert str(house.theirs).encode() not in lines
    for chain in chains:
        assert await found(house, chain) == []


async def test_a_sealer_that_died_before_its_commit_leaves_nothing_behind(house, monkeypatch):
    await house.happen(*TYPES)

    def fail(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(ChainRepository, "add", fail)
        with pytest.raises(KeyboardInterrupt):
            await house.sealer.seal_some()
    await Sealer(house.database, lambda: house.key, 1).catch_up()
    verdict = await house.database.read(lambda work: verify_chain(work, house.ours), SYSTEM)
    assert (verdict.entries, verdict.checkpoints, verdict.unsealed, verdict.findings) == (5, 1, 0, [])


async def test_two_sealers_at_once_make_one_chain(house):
    await house.happen(*TYPES)
    other = Sealer(house.database, lambda: house.key, 1)
    await asyncio.gather(house.sealer.catch_up(), other.catch_up())
    verdict = await house.database.read(lambda work: verify_chain(work, house.ours), SYSTEM)
    assert (verdict.checkpoints, verdict.findings) == (1, [])


def test_the_key_is_its_owners(tmp_path):
    path = tmp_path / "deep" / "audit.key"
    made = open_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_key(path).public_key == made.public_key
    assert [child.name for child in path.parent.iterdir()] == ["audit.key"]


def test_a_checkpoint_survives_json():
    made = Checkpoint("c", 1, 5, 5, b"\0" * 40, "0" * 64, "d", "2026-05-01T12:00:00+00:00", "k", "s")
    assert Checkpoint.from_json(made.to_json()) == made


async def test_nothing_is_skipped_while_many_write(house):
    """Positions follow commits: whatever is behind the sealer's cursor was there when it read."""
    writing = asyncio.gather(*(house.happen(*TYPES * 3) for _ in range(8)))
    while not writing.done():
        await house.sealer.seal_some()
        await asyncio.sleep(0)
    await writing
    await house.sealer.catch_up()
    verdict = await house.database.read(lambda work: verify_chain(work, house.ours), SYSTEM)
    assert (verdict.entries, verdict.unsealed, verdict.findings) == (120, 0, [])
    assert verdict.checkpoints > 1


async def test_threads_that_begin_together_make_one_key(tmp_path):
    keys = await asyncio.gather(*(asyncio.to_thread(open_key, tmp_path / "audit.key") for _ in range(8)))
    assert len({key.public_key for key in keys}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["audit.key"]
