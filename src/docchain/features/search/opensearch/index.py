"""OpenSearch and Elasticsearch behind the port: an index for each generation, an alias for each workspace."""

import asyncio
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from docchain.features.search.beside.forms import kept_of
from docchain.features.search.beside.server import Server
from docchain.features.search.beside.showing import Showing
from docchain.features.search.beside.vectors import mean_of
from docchain.features.search.errors import SearchAway
from docchain.features.search.opensearch.requests import (
    PLUGIN,
    POSITION,
    body,
    bulk,
    creation,
    facets_of,
    nearest,
    question,
    similarity_of,
)
from docchain.features.search.port import Batch, Capabilities, Counts, Kept, Near, Order, Ranked, Scope
from docchain.features.search.queries import Node
from docchain.platform.ids import new_id

_NAME: Final = "docchain-"
_PAGE: Final = 5_000
_LINES: Final = "application/x-ndjson"


class OpenSearchIndex(Showing):
    """Nothing is opened before it is asked for.

    Args:
        url: of the server.
        model: what makes the vectors; those of another model are not compared.
        name: of the product, `opensearch` or `elasticsearch`.
        seconds: that an answer may take.
    """

    def __init__(self, url: str, model: str, name: str = "opensearch", seconds: float = 30.0) -> None:
        self._server = Server(url, name, seconds)
        self._model = model
        self._name = name
        self._asking = asyncio.Lock()
        self._asked = name == "elasticsearch"
        self.capabilities = Capabilities(name)
        """Whether an OpenSearch compares vectors is known once it was asked for the first time."""

    async def open(self) -> None:
        """Ask what the server can do."""
        await self._compares()

    async def apply(self, workspace_id: UUID, batch: Batch) -> None:
        alias = _alias(workspace_id)
        if await self._server.call("GET", f"_alias/{alias}") is None:
            await self.create(f"{alias}-{new_id().hex}", {alias: {}})
        await self.write(alias, batch)

    async def create(self, index: str, aliases: Mapping[str, Any]) -> None:
        made = creation(self._name, aliases, vectors=await self._compares())
        await self._server.call("PUT", index, body(made))

    async def write(self, index: str, batch: Batch) -> None:
        kept = await self._vectors(index, [put.entry.id for put in batch.puts if put.vectors is None])
        lines = bulk(index, batch, self._model, kept, vectors=await self._compares())
        if not lines:
            return
        answer = await self._server.call("POST", "_bulk?refresh=true", lines, _LINES)
        items = [result for item in (answer or {}).get("items", ()) for result in item.values()]
        failed = [result["error"] for result in items if result.get("error")]
        if answer is None or failed:
            hint = "Its log says more; the batch is tried again."
            raise SearchAway(f"The search server did not take a batch: {failed[:1]}", hint=hint)

    async def position(self, workspace_id: UUID) -> int | None:
        found = await self._server.call("GET", f"{_alias(workspace_id)}/_doc/{POSITION}")
        return int(found["_source"]["position"]) if found and found.get("found") else None

    async def rank(self, workspace_id: UUID, scope: Scope, query: Node, limit: int, order: Order) -> Sequence[Ranked]:
        request: dict[str, Any] = {"query": question(scope, query), "size": limit, "_source": ["id"]}
        if order.field:
            request["sort"] = [{f"moments.{order.field}": "desc" if order.descending else "asc"}, {"id": "asc"}]
        found = await self._search(workspace_id, request)
        return [Ranked(UUID(hit["_id"]), float(hit.get("_score") or 0)) for hit in found["hits"]["hits"]]

    async def nearest(self, workspace_id: UUID, scope: Scope, vector: Sequence[float], limit: int) -> Sequence[Near]:
        if not await self._compares():
            return []
        found = await self._search(workspace_id, nearest(self._name, scope, self._model, vector, limit))
        return [_near(hit) for hit in found["hits"]["hits"]]

    async def vector_of(self, workspace_id: UUID, id_: UUID) -> Sequence[float] | None:
        return mean_of((await self.carry(workspace_id, [id_])).get(id_, b"")) if await self._compares() else None

    async def carry(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, bytes]:
        found = await self._vectors(_alias(workspace_id), ids)
        return {id_: b64decode(given) for id_, given in found.items()}

    async def count(
        self, workspace_id: UUID, scope: Scope, query: Node, also: Sequence[UUID], facets: Mapping[str, int]
    ) -> Counts:
        request: dict[str, Any] = {"query": question(scope, query, list(map(str, also))), "size": 0}
        request["track_total_hits"] = True
        if facets:
            request["aggs"] = facets_of(facets)
        found = await self._search(workspace_id, request)
        told = found.get("aggregations", {})
        counts = {
            name: [_value(bucket) for bucket in told.get(f"facet{number}", {}).get("buckets", ())]
            for number, name in enumerate(facets)
        }
        return Counts(int(found["hits"]["total"]["value"]), counts)

    async def fetch(self, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Kept]:
        if not ids:
            return {}
        request = {"query": {"ids": {"values": [str(id_) for id_ in ids]}}, "size": len(ids)}
        found = await self._search(workspace_id, request | {"_source": ["kept", "shown"]})
        sources = {UUID(hit["_id"]): hit["_source"] for hit in found["hits"]["hits"]}
        return {id_: kept_of(source["kept"], source["shown"]) for id_, source in sources.items()}

    async def in_state(self, workspace_id: UUID, state: str, limit: int) -> Sequence[UUID]:
        return await self._ids(workspace_id, {"term": {"state": {"value": state}}}, limit)

    async def ids(self, workspace_id: UUID, kind: str) -> Sequence[UUID]:
        return await self._ids(workspace_id, question(Scope((kind,))), None)

    async def sizes(self, workspace_id: UUID) -> Mapping[str, int]:
        counted = await self._server.call(
            "POST", f"{_alias(workspace_id)}/_count", body({"query": {"exists": {"field": "id"}}})
        )
        summed = await self._search(workspace_id, {"size": 0, "aggs": {"passages": {"sum": {"field": "parts"}}}})
        passages = int(summed.get("aggregations", {}).get("passages", {}).get("value") or 0)
        stats = await self._server.call("GET", f"{_alias(workspace_id)}/_stats/store") or {}
        store = stats.get("_all", {}).get("total", {}).get("store", {})
        entries = int(counted["count"]) if counted else 0
        return {"entries": entries, "passages": passages, "bytes": int(store.get("size_in_bytes", 0))}

    async def workspaces(self) -> Sequence[UUID]:
        found = await self._server.call("GET", f"_alias/{_NAME}*") or {}
        aliases = {alias for index in found.values() for alias in index["aliases"]}
        return sorted((UUID(alias.removeprefix(_NAME)) for alias in aliases), key=lambda id_: id_.bytes)

    async def begin(self, workspace_id: UUID) -> "NextGeneration":
        index = f"{_alias(workspace_id)}-{new_id().hex}"
        await self.create(index, {})
        return NextGeneration(self, workspace_id, index)

    async def swap(self, workspace_id: UUID, index: str) -> None:
        """In one step the alias names the new one, and the others are gone."""
        alias = _alias(workspace_id)
        there = await self._server.call("GET", f"{alias}-*") or {}
        actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": alias}}]
        actions += [{"remove_index": {"index": name}} for name in there if name != index]
        await self._server.call("POST", "_aliases", body({"actions": actions}))

    async def remove(self, index: str) -> None:
        await self._server.call("DELETE", index)

    async def close(self) -> None:
        await self._server.close()

    async def _search(self, workspace_id: UUID, request: Mapping[str, Any]) -> Any:
        found = await self._server.call("POST", f"{_alias(workspace_id)}/_search", body(request))
        return found or {"hits": {"hits": [], "total": {"value": 0}}}

    async def _vectors(self, index: str, ids: Sequence[UUID]) -> dict[UUID, str]:
        """As they are stored, of this model."""
        if not ids:
            return {}
        asked = body({"ids": [str(id_) for id_ in ids]})
        found = await self._server.call("POST", f"{index}/_mget?_source_includes=vectors,model", asked) or {}
        sources = {UUID(item["_id"]): item["_source"] for item in found.get("docs", ()) if item.get("found")}
        return {id_: of["vectors"] for id_, of in sources.items() if of.get("model") == self._model}

    async def _compares(self) -> bool:
        """Whether the server compares vectors."""
        async with self._asking:
            if not self._asked:
                plugins = await self._server.call("GET", "_cat/plugins?format=json") or []
                able = any(plugin.get("component") == PLUGIN for plugin in plugins)
                self.capabilities = replace(self.capabilities, vectors=able)
                self._asked = True
        return self.capabilities.vectors

    async def _ids(self, workspace_id: UUID, query: Mapping[str, Any], limit: int | None) -> list[UUID]:
        """In pages: a server hands out only so many at once."""
        found: list[UUID] = []
        request: dict[str, Any] = {"query": query, "sort": [{"id": "asc"}], "_source": ["id"]}
        while limit is None or len(found) < limit:
            size = min(_PAGE, _PAGE if limit is None else limit - len(found))
            hits = (await self._search(workspace_id, request | {"size": size}))["hits"]["hits"]
            found += [UUID(hit["_id"]) for hit in hits]
            if len(hits) < size:
                break
            request["search_after"] = [str(found[-1])]
        return found


class NextGeneration:
    """A generation that nobody searches yet."""

    def __init__(self, index: OpenSearchIndex, workspace_id: UUID, name: str) -> None:
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
    return str(bucket["key"]).partition("=")[2], int(bucket["doc_count"])


def _near(hit: Mapping[str, Any]) -> Near:
    """An entry, with the passage that is most similar."""
    inner = hit["inner_hits"]["passages"]["hits"]["hits"]
    passage = int(inner[0]["_nested"]["offset"]) if inner else 0
    return Near(UUID(hit["_id"]), similarity_of(float(hit["_score"])), passage)
