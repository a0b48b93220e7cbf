"""Solr behind the port: a collection for each generation, an alias for each workspace."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from docchain.features.search.beside.forms import kept_of
from docchain.features.search.beside.server import Server
from docchain.features.search.beside.showing import Showing
from docchain.features.search.beside.vectors import mean_of
from docchain.features.search.port import Batch, Capabilities, Counts, Kept, Near, Order, Ranked, Scope
from docchain.features.search.queries import Node
from docchain.features.search.solr import requests
from docchain.platform.ids import new_id

_NAME: Final = "docchain-"
_PAGE: Final = 5_000


class SolrIndex(Showing):
    """Nothing is opened before it is asked for.

    Args:
        url: of the server, with its path, such as `http://localhost:8983/solr`.
        model: what makes the vectors; those of another model are not compared.
        seconds: that an answer may take.
    """

    capabilities = Capabilities("solr")

    def __init__(self, url: str, model: str, seconds: float = 30.0) -> None:
        self._model = model
        self._server = Server(url, "solr", seconds)

    async def apply(self, workspace_id: UUID, batch: Batch) -> None:
        alias = _alias(workspace_id)
        if alias not in await self._aliases():
            await self.name(workspace_id, await self.create(workspace_id))
        await self.write(alias, batch)

    async def create(self, workspace_id: UUID) -> str:
        collection = f"{_alias(workspace_id)}-{new_id().hex}"
        asked = {"name": collection, "numShards": "1", "collection_configName": "_default"}
        await self._server.call("GET", requests.collection("CREATE", **asked))
        await self._server.call("POST", f"{collection}/schema", requests.body(requests.SCHEMA))
        return collection

    async def name(self, workspace_id: UUID, collection: str) -> None:
        asked = {"name": _alias(workspace_id), "collections": collection}
        await self._server.call("GET", requests.collection("CREATEALIAS", **asked))

    async def write(self, collection: str, batch: Batch) -> None:
        kept = await self._vectors(collection, [put.entry.id for put in batch.puts if put.vectors is None])
        if batch.drops:
            await self._server.call("POST", f"{collection}/update", requests.deleted(batch))
        await self._server.call(
            "POST", f"{collection}/update?commit=true", requests.documents(batch, self._model, kept)
        )

    async def position(self, workspace_id: UUID) -> int | None:
        asked = requests.with_ids([requests.POSITION], "position_l")
        found = (await self._query(workspace_id, asked))["docs"]
        return int(found[0]["position_l"]) if found else None

    async def rank(self, workspace_id: UUID, scope: Scope, query: Node, limit: int, order: Order) -> Sequence[Ranked]:
        found = await self._query(workspace_id, requests.ranking(scope, query, limit, order))
        return [Ranked(UUID(item["id"]), float(item.get("score", 0))) for item in found["docs"]]

    async def nearest(self, workspace_id: UUID, scope: Scope, vector: Sequence[float], limit: int) -> Sequence[Near]:
        """Each entry by the best of its passages."""
        found = await self._query(workspace_id, requests.nearest(scope, self._model, vector, limit))
        best: dict[UUID, Near] = {}
        for item in found["docs"]:
            id_, _, passage = item["id"].partition("#")
            near = Near(UUID(id_), requests.similarity_of(float(item["score"])), int(passage))
            best.setdefault(near.id, near)
        return list(best.values())[:limit]

    async def vector_of(self, workspace_id: UUID, id_: UUID) -> Sequence[float] | None:
        return mean_of((await self.carry(workspace_id, [id_])).get(id_, b""))

    async def carry(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
        found = await self._vectors(_alias(workspace_id), ids)
        return {id_: b64decode(given) for id_, given in found.items()}

    async def count(
        self, workspace_id: UUID, scope: Scope, query: Node, also: Sequence[UUID], facets: Mapping[str, int]
    ) -> Counts:
        asked = requests.counting(scope, query, list(map(str, also)), facets)
        answer = await self._answer(workspace_id, asked)
        told = answer.get("facets", {})
        counts = {
            name: [_value(bucket) for bucket in told.get(f"facet{number}", {}).get("buckets", ())]
            for number, name in enumerate(facets)
        }
        return Counts(int(answer["response"]["numFound"]), counts)

    async def fetch(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Kept]:
        if not ids:
            return {}
        found = await self._query(workspace_id, requests.with_ids([str(id_) for id_ in ids]))
        return {UUID(item["id"]): kept_of(_one(item["kept_t"]), _one(item["shown_t"])) for item in found["docs"]}

    async def in_state(self, workspace_id: UUID, state: str, limit: int) -> Sequence[UUID]:
        asked = {"query": requests.in_state(state), "limit": limit, "fields": "id"}
        return [UUID(item["id"]) for item in (await self._query(workspace_id, asked))["docs"]]

    async def ids(self, workspace_id: UUID, kind: str) -> Sequence[UUID]:
        """In pages, by Solr's own marks."""
        found: list[UUID] = []
        asked, cursor = requests.inside_of(Scope((kind,)))[0], "*"
        while True:
            answer = await self._answer(workspace_id, requests.paged(asked, _PAGE, cursor))
            found += [UUID(item["id"]) for item in answer["response"]["docs"]]
            following = answer.get("nextCursorMark", cursor)
            if following == cursor:
                return found
            cursor = following

    async def sizes(self, workspace_id: UUID) -> Mapping[str, int]:
        answer = await self._answer(workspace_id, requests.sizes())
        passages = int(answer.get("facets", {}).get("passages") or 0)
        return {"entries": int(answer["response"]["numFound"]), "passages": passages, "bytes": 0}

    async def workspaces(self) -> Sequence[UUID]:
        ours = [alias for alias in await self._aliases() if alias.startswith(_NAME)]
        return sorted((UUID(alias.removeprefix(_NAME)) for alias in ours), key=lambda id_: id_.bytes)

    async def begin(self, workspace_id: UUID) -> "NextGeneration":
        return NextGeneration(self, workspace_id, await self.create(workspace_id))

    async def swap(self, workspace_id: UUID, collection: str) -> None:
        """The alias names the new one in one step; then the old one goes."""
        old = (await self._aliases()).get(_alias(workspace_id))
        await self.name(workspace_id, collection)
        if old is not None:
            await self.remove(old)

    async def remove(self, collection: str) -> None:
        await self._server.call("GET", requests.collection("DELETE", name=collection))

    async def close(self) -> None:
        await self._server.close()

    async def _aliases(self) -> Mapping[str, str]:
        answer = await self._server.call("GET", "admin/collections?action=LISTALIASES") or {}
        aliases: Mapping[str, str] = answer.get("aliases", {})
        return aliases

    async def _vectors(self, collection: str, ids: Sequence[UUID]) -> dict[UUID, str]:
        """As they are stored, of this model."""
        if not ids:
            return {}
        asked = requests.with_ids([str(id_) for id_ in ids], "id,vectors,model_s")
        answer = await self._server.call("POST", f"{collection}/query", requests.body(asked)) or {}
        found = answer.get("response", {}).get("docs", ())
        return {UUID(item["id"]): item["vectors"] for item in found if item.get("model_s") == self._model}

    async def _query(self, workspace_id: UUID, asked: Mapping[str, Any]) -> Any:
        return (await self._answer(workspace_id, asked))["response"]

    async def _answer(self, workspace_id: UUID, asked: Mapping[str, Any]) -> Any:
        answer = await self._server.call("POST", f"{_alias(workspace_id)}/query", requests.body(asked))
        return answer or {"response": {"docs": [], "numFound": 0}}


class NextGeneration:
    """A generation that nobody searches yet."""

    def __init__(self, index: SolrIndex, workspace_id: UUID, name: str) -> None:
        self._index = index
        self._workspace_id = workspace_id
        self._name = name

    async def apply(self, batch: Batch) -> None:
        await self._index.write(self._name, batch)

    async def publish(self) -> None:
        await self._index.swap(self._workspace_id, self._name)

    async def discard(self) -> None:
        await self._index.remove(self._name)


def _alias(workspace_id: UUID) -> str:
    return f"{_NAME}{workspace_id.hex}"


def _value(bucket: Mapping[str, Any]) -> tuple[str, int]:
    return str(bucket["val"]).partition("=")[2], int(bucket["count"])


def _one(value: Any) -> str:
    """The `_default` configuration may hand out fields as lists."""
    return str(value[0] if isinstance(value, list) else value)
