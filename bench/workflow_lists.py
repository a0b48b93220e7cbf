"""Lists of workflows among many: every filter beside every sort. `python -m bench.workflow_lists [url] [rows]`."""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert

from docchain.features.workflows.filter_repository import FEW
from docchain.features.workflows.repository import WorkflowRepository, text_of
from docchain.features.workflows.schemas import WorkflowFilter
from docchain.features.workflows.tables import WorkflowRow, WorkflowTagRow, WorkflowTextRow
from docchain.platform import schema
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.pagination import PageRequest
from docchain.platform.work import Actor, Work

ROWS: Final = 100_000
BATCH: Final = 5_000
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
SORTS: Final = ("-created_at", "updated_at", "name")


def cases(rows: int) -> dict[str, WorkflowFilter]:
    """Rare ones are one in five thousand; `absent` matches nothing."""
    middle = START + timedelta(seconds=rows // 2)
    minute = (middle, middle + timedelta(minutes=1))
    return {
        "all": WorkflowFilter(),
        "deleted": WorkflowFilter(deleted=True),
        "status, rare": WorkflowFilter(statuses=["paused"]),
        "status, common": WorkflowFilter(statuses=["active"]),
        "status, absent": WorkflowFilter(statuses=["archived"]),
        "tag, rare": WorkflowFilter(tags=["rare"]),
        "tag, common": WorkflowFilter(tags=["common"]),
        "owner, rare": WorkflowFilter(owner="ben"),
        "type, rare": WorkflowFilter(types=["chat"]),
        "created within a minute": WorkflowFilter(created=minute),
        "updated within a minute": WorkflowFilter(updated=minute),
        "words, common": WorkflowFilter(text="name"),
        "words, rare": WorkflowFilter(text="workflow 77777"),
        "words, absent": WorkflowFilter(text="zzzz"),
    }


def filling(first: int, rows: int, chance: random.Random) -> Callable[[Work], None]:
    made = [_row(number, rows, chance) for number in range(first, min(first + BATCH, rows))]
    tags = [{"workflow_id": row["id"], "tag": tag} for row in made for tag in row["tags"]]
    texts = [{"workflow_id": row["id"], "text": text_of(WorkflowRow(**row))} for row in made]

    def fill(work: Work) -> None:
        inside = {"workspace_id": work.workspace_id}
        work.session.execute(insert(WorkflowRow), [{**row, **inside} for row in made])
        work.session.execute(insert(WorkflowTagRow), [{**tag, **inside} for tag in tags])
        work.session.execute(insert(WorkflowTextRow), [{**text, **inside} for text in texts])

    return fill


def _row(number: int, rows: int, chance: random.Random) -> dict[str, Any]:
    rare = number % 5_000 == 0
    return {
        "id": new_id(),
        "number": number + 1,
        "name": f"name {chance.random()}",
        "definition_name": f"w{number}",
        "title": f"Workflow {number}",
        "description": "What it does, in a sentence or two.",
        "tags": ["common", "rare"] if rare else ["common"],
        "proposed": [],
        "status": "paused" if rare else "active",
        "workflow_type": "chat" if rare else "workflow",
        "draft": {"workflow": f"w{number}", "steps": []},
        "draft_digest": "0" * 64,
        "faults": [],
        "revision": 1,
        "created_at": START + timedelta(seconds=number),
        "created_by": "ben" if rare else "ana",
        "updated_at": START + timedelta(seconds=chance.randrange(rows)),
        "deleted_at": START if number % 3 == 1 else None,
    }


async def measured(database: Database, actor: Actor, wanted: WorkflowFilter, sort: str) -> float:
    """The best of three, in milliseconds."""
    times = []
    for _ in range(4):
        begun = time.perf_counter()
        await database.read(lambda work: WorkflowRepository(work.session).page(wanted, sort, PageRequest()), actor)
        times.append((time.perf_counter() - begun) * 1_000)
    return min(times[1:])


async def main(url: str, rows: int) -> None:
    await schema.ensure_current(url)
    database, chance = Database(url), random.Random(1)  # noqa: S311 - for variety
    actor = Actor(new_id(), "ana", new_id())
    for first in range(0, rows, BATCH):
        await database.write(filling(first, rows, chance), actor)
    print(f"{rows:,} workflows on {database.dialect}; up to {FEW:,} are looked up; milliseconds for a page of 50")
    print(f"{'':26}" + "".join(f"{sort:>12}" for sort in SORTS))
    for name, wanted in cases(rows).items():
        told = [await measured(database, actor, wanted, sort) for sort in SORTS]
        print(f"{name:26}" + "".join(f"{value:12.1f}" for value in told))
    await database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        chosen = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/app.db"
        asyncio.run(main(chosen, int(sys.argv[2]) if len(sys.argv) > 2 else ROWS))  # noqa: PLR2004 - the second
