"""An indexer that is killed at any moment loses and doubles nothing: its index equals one built anew."""

import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from index_worker import open_indexer

from docchain.features.search.embedded import EmbeddedIndex
from docchain.features.workflows.tables import WorkflowRow
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM, Actor, Work

KILLS = int(os.environ.get("INDEXER_KILLS", "6"))
EACH = int(os.environ.get("INDEXER_EACH", "20"))
"""Entries that come before a kill."""
NOW = datetime(2026, 5, 1, tzinfo=UTC)
WORDS = ("factura", "pago", "alquiler", "nómina", "contrato", "invoice", "lease", "payroll", "customs", "refund")
HERE = Actor(new_id(), "ana", new_id())


def keep(work: Work, number: int, chance: random.Random) -> None:
    text = " ".join(chance.choices(WORDS, k=40))
    row = WorkflowRow(
        id=new_id(),
        number=number,
        name=f"w{number}",
        title=f"Workflow {number}",
        description=text,
        tags=[chance.choice(WORDS)],
        proposed=[],
        status="draft",
        draft={},
        draft_digest="",
        revision=1,
        created_at=NOW,
        created_by="ana",
        updated_at=NOW,
    )
    work.session.add(row)
    work.emit("workflow.created", "workflow", row.id)


def change(work: Work, chance: random.Random) -> None:
    """Some get another text, some are deleted."""
    rows = [row for row in work.session.query(WorkflowRow).all() if row.deleted_at is None]
    for row in chance.sample(rows, min(6 * EACH // 20, len(rows))):
        if chance.random() < 0.3:
            row.deleted_at = NOW
            work.emit("workflow.deleted", "workflow", row.id)
        else:
            row.description = " ".join(chance.choices(WORDS, k=40))
            work.emit("workflow.updated", "workflow", row.id)


def killed_after(folder: Path, seconds: float) -> None:
    worker = Path(__file__).with_name("index_worker.py")
    process = subprocess.Popen([sys.executable, worker, folder], stdout=subprocess.PIPE)  # noqa: S603 - our own
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"indexing\n"
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


async def everything(index: EmbeddedIndex) -> dict[str, Any]:
    ids = await index.ids(HERE.workspace_id, "workflow")
    assert len(ids) == len(set(ids))
    kept, vectors = await index.fetch(HERE.workspace_id, ids), await index.carry(HERE.workspace_id, ids)
    return {
        str(id_): (item.title, item.text, item.state, item.language, np.frombuffer(vectors[id_], np.float16))
        for id_, item in kept.items()
    }


@pytest.mark.faults
async def test_an_index_whose_writer_was_killed_again_and_again_equals_a_fresh_one(tmp_path: Path):
    chance = random.Random(7)  # noqa: S311 - the same every time
    database = Database(f"sqlite:///{tmp_path}/app.db")
    await database.write(lambda work: Table.metadata.create_all(work.session.connection()), SYSTEM)
    for kill in range(KILLS):
        await database.write(
            lambda work, first=kill * EACH: [keep(work, first + n, chance) for n in range(1, EACH + 1)], HERE
        )
        await database.write(lambda work: change(work, chance), HERE)
        killed_after(tmp_path, chance.uniform(0.0, 0.03 * EACH))
    await database.close()
    told = []
    for folder in ("search", "fresh"):
        opened, index, indexer = open_indexer(tmp_path, tmp_path / folder)
        async with indexer.claimed():
            await indexer.start()
            await indexer.catch_up()
            told.append(await everything(index))
        await index.close()
        alive = await opened.read(lambda work: work.session.query(WorkflowRow).filter_by(deleted_at=None).count(), HERE)
        await opened.close()
    survived, fresh = told
    assert {id_: item[:4] for id_, item in survived.items()} == {id_: item[:4] for id_, item in fresh.items()}
    for id_, item in fresh.items():  # texts that are embedded together round a little differently
        np.testing.assert_allclose(survived[id_][4], item[4], atol=0.002)
    assert len(fresh) == alive
    assert {state for _, _, state, _, _ in fresh.values()} == {"ready"}
