"""Kinds that an index was made without come in by themselves, while it answers; cut off, they do it again."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from test_following import running, until

from conftest import House, found, titles
from docchain.features.search import Search
from docchain.features.search.filling import Filling
from docchain.features.workflows.tables import WorkflowRow
from docchain.platform.ids import new_id
from docchain.platform.work import Work


class KilledError(Exception):
    """As far as it came."""


async def draw(house: House, *titles: str) -> None:
    """Keep drafts of workflows."""

    def write(work: Work) -> None:
        for title in titles:
            own = {"name": title.lower().replace(" ", "_"), "title": title, "description": "", "tags": [], "draft": {}}
            more = {"proposed": [], "status": "draft", "draft_digest": "", "revision": 1, "created_by": "ana"}
            made = {"id": new_id(), "number": work.session.query(WorkflowRow).count() + 1}
            row = WorkflowRow(**own, **more, **made, created_at=work.now, updated_at=work.now)
            work.session.add(row)
            work.emit("workflow.created", "workflow", row.id)

    await house.database.write(write, house.actors["ana"])


async def built(house: House, kinds: list[str]) -> Search:
    await house.search.close()
    chosen = house.settings.search.model_copy(update={"search_kinds": kinds})
    house.settings = house.settings.model_copy(update={"search": chosen})
    house.search = house.build()
    return house.search


async def entries(house: House) -> int:
    here = house.actors["ana"].workspace_id
    assert here is not None
    return (await house.search.index.sizes(here))["entries"]


async def listed(client: httpx.AsyncClient, kind: str) -> list[str]:
    return sorted(titles(await found(client, "", kind=kind)))


async def test_what_was_before_an_index_knew_its_kind_is_found(house: House) -> None:
    await built(house, ["document"])
    await draw(house, "Archivo de facturas", "Revisión de contratos")
    await house.add("primero.txt", "kilovatios consumidos")
    await house.indexed()
    await built(house, ["document", "workflow"])
    await draw(house, "Pago de nóminas")
    await house.indexed()
    async with house.client("ana") as ana:
        assert await listed(ana, "workflow") == ["Pago de nóminas"]  # from then on
        async with running(house):
            assert await listed(ana, "document") == ["primero.txt"]
            await until(ana, "facturas", ["Archivo de facturas"])
            await until(ana, "contratos", ["Revisión de contratos"])
        assert await listed(ana, "document") == ["primero.txt"]
    assert await entries(house) == 4


async def test_a_filling_that_was_cut_off_is_done_again_and_then_never(house: House) -> None:
    """The first of a kind come last: while they are not there, others may be missing."""
    await built(house, ["document"])
    await draw(house, *(f"Trabajo {number}" for number in range(45)))
    await house.add("primero.txt", "kilovatios consumidos")
    await house.indexed()
    search = await built(house, ["document", "workflow"])
    keeper, brought = search.indexer._keeper, list[int]()  # noqa: SLF001 - as the indexer does it

    def dying_after(most: int) -> Filling:
        async def bring(workspace_id: UUID, subjects: Any) -> None:
            if len(brought) == most:
                raise KilledError
            brought.append(sum(map(len, subjects.values())))
            await keeper.bring(workspace_id, subjects)

        return Filling(keeper, bring)

    async with search.indexer.claimed():
        _, firsts = await dying_after(1).look()
        with pytest.raises(KilledError):
            await dying_after(1).fill(firsts)
        assert await entries(house) == 26
        await dying_after(9).fill(firsts)
        assert await entries(house) == 46
        await dying_after(9).fill(firsts)
    assert brought == [25, 25, 20]
