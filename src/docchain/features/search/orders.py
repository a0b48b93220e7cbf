"""How the index of a workspace is, and orders to rebuild it; the indexer reads them from the event log."""

from collections.abc import Mapping
from dataclasses import fields

from docchain.features.search.errors import RebuildUnderWay
from docchain.features.search.events import REBUILD, REBUILD_ORDERED
from docchain.features.search.port import FAILED, PENDING, SearchIndex
from docchain.features.search.repository import ORDERED, Rebuilds, events_behind
from docchain.features.search.schemas import Rebuild, SearchStatus
from docchain.features.search.service import workspace_of
from docchain.features.search.tables import SearchRebuildRow
from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.work import Actor, Work

_COUNTED = 10_000


def order_rebuild(work: Work, *, fresh: bool) -> Rebuild:
    """Order it; one at a time for each workspace."""
    rows = Rebuilds(work.session)
    if rows.open():
        raise RebuildUnderWay("Wait for its end; GET /search/status tells how far it is.")
    row = SearchRebuildRow(
        id=new_id(),
        status=ORDERED,
        fresh=fresh,
        done=0,
        total=0,
        message="",
        ordered_at=work.now,
        ordered_by=work.actor.name,
    )
    rows.add(row)
    work.emit(REBUILD_ORDERED, REBUILD, row.id, {"fresh": fresh})
    return _shown(row)


async def status_of(database: Database, index: SearchIndex, actor: Actor, model: str) -> SearchStatus:
    workspace_id = workspace_of(actor)
    position = await index.position(workspace_id) or 0

    def look(work: Work) -> tuple[int, Rebuild | None]:
        last = Rebuilds(work.session).last()
        return events_behind(work, position), None if last is None else _shown(last)

    behind, rebuild = await database.read(look, actor)
    sizes = await index.sizes(workspace_id)
    return SearchStatus(
        backend=index.capabilities.name,
        capabilities=_told(index),
        model=model,
        entries=sizes["entries"],
        passages=sizes["passages"],
        bytes=sizes["bytes"],
        unread=len(await index.in_state(workspace_id, PENDING, _COUNTED)),
        unreadable=len(await index.in_state(workspace_id, FAILED, _COUNTED)),
        behind=behind,
        rebuild=rebuild,
    )


def _told(index: SearchIndex) -> Mapping[str, bool]:
    able = index.capabilities
    return {field.name: getattr(able, field.name) for field in fields(able) if field.name != "name"}


def _shown(row: SearchRebuildRow) -> Rebuild:
    return Rebuild.model_validate({name: getattr(row, name) for name in Rebuild.model_fields})
