"""Searches: what the asker may read is decided first; then it is ranked, counted, and every hit explained."""

import asyncio
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from json import dumps, loads
from typing import Final
from uuid import UUID

from docchain.features.search.embedding import Embedder
from docchain.features.search.errors import NothingToSearch, NotSearchable, TooDeep
from docchain.features.search.explaining import hit_of, notice_of
from docchain.features.search.fusion import Fused
from docchain.features.search.narrowing import IN_ADDRESS, IN_BODY, Narrowing, Places, filter_of
from docchain.features.search.passages import passages_of
from docchain.features.search.port import Counts, Highlight, Kept, Order, Scope, SearchIndex
from docchain.features.search.queries import AllOf, AnyOf, Everything, Exactly, Fuzzy, Node, Not, Phrase, Words
from docchain.features.search.query_text import parse_query
from docchain.features.search.ranking import DEPTH, Mode, Ranker, Ranking
from docchain.features.search.schemas import FURTHEST, FacetValue, Hit, SearchAnswer, SearchRequest
from docchain.features.search.sources import Source
from docchain.platform.database import Database
from docchain.platform.ids import Handle
from docchain.platform.page_cursors import BadCursor
from docchain.platform.veil import check_shown
from docchain.platform.work import Actor

_PIECE: Final = 240
_ORDERS: Final = {"created_at": "created", "updated_at": "updated"}


class SearchService:
    """What doors and steps ask.

    Args:
        database: where what was found is looked up once more.
        index: where it is found.
        sources: what can be found, and who may.
        embedder: what questions mean.
        passages: of one text, at most; as it was indexed.
        patience: seconds that a question waits for the model before it is answered by words.
    """

    def __init__(
        self,
        database: Database,
        index: SearchIndex,
        sources: Sequence[Source],
        embedder: Embedder,
        passages: int,
        patience: float | None = None,
    ) -> None:
        self._database = database
        self._index = index
        self._sources = {source.kind: source for source in sources}
        self._last = frozenset(source.kind for source in sources if source.comes_last)
        self._ranker = Ranker(index, embedder, patience, self._last)
        self._patient = Ranker(index, embedder, last=self._last)
        self._passages = passages
        self.narrowing = Narrowing(self._sources)

    @property
    def permissions(self) -> frozenset[str]:
        """What one needs to find everything."""
        return frozenset(source.permission for source in self._sources.values())

    async def search(
        self, request: SearchRequest, actor: Actor, *, patient: bool = False, places: Places = IN_BODY
    ) -> SearchAnswer:
        """One page. Who is `patient` waits for the model, however long it takes to be there."""
        began = time.perf_counter()
        workspace_id = workspace_of(actor)
        self.narrowing.check(request.kinds, request.filters, request.facets, places)
        check_shown(actor.hidden, [request.q, *request.filters, *request.facets])
        scope = self.scope(actor, request.kinds, request.filters)
        query = parse_query(request.q)
        offset, mode = _place(request)
        order = Order(_ORDERS.get(request.sort.lstrip("-"), ""), request.sort.startswith("-"))
        depth = max(DEPTH, offset + request.limit + 1)
        ranker = self._patient if patient else self._ranker
        ranking = await ranker.rank(workspace_id, scope, query, mode, depth=depth, order=order)
        if actor.reach.is_limited:
            ranking = await self._seen(actor, ranking)
        also = [hit.id for hit in ranking.hits if hit.id in ranking.near]
        facets = dict.fromkeys(request.facets, request.facet_size)
        counted = query if ranking.texts or not also else Exactly("kind", ())
        page = ranking.hits[offset : offset + request.limit]
        counts, hits, meant = await asyncio.gather(
            self._counted(actor, ranking, self._index.count(workspace_id, scope, counted, also, facets)),
            self._hits(actor, ranking, page, query, highlight=request.highlight),
            self._meant(actor, scope, query, request.q),
        )
        end = offset + request.limit
        told = self.narrowing.notice(query)
        more = len(ranking.hits) > end and end < FURTHEST
        return SearchAnswer(
            hits=hits,
            total=max(counts.total, len(ranking.hits) if ranking.near else 0),
            facets={
                name: [FacetValue(value=value, count=n) for value, n in found] for name, found in counts.facets.items()
            },
            mode=mode if ranking.near else "text",
            did_you_mean=meant,
            notice=notice_of(self._index.capabilities, request.mode, query, ranking.trouble, told),
            next_cursor=_cursor(request, end, "text" if ranking.trouble else mode) if more else None,
            took_ms=round((time.perf_counter() - began) * 1_000, 1),
        )

    async def suggest(self, typed: str, limit: int, actor: Actor) -> Sequence[str]:
        scope = self.scope(actor)
        if actor.reach.is_limited:
            return []  # the index cannot tell whose words they are
        things = tuple(kind for kind in scope.kinds if kind not in self._last)
        return await self._index.suggest(workspace_of(actor), Scope(things or scope.kinds), typed, limit)

    async def similar(
        self, reference: str, actor: Actor, limit: int, kinds: Sequence[str] = (), filters: Sequence[str] = ()
    ) -> list[Hit]:
        """What is most like something that was indexed, by the meaning of the whole."""
        workspace_id = workspace_of(actor)
        self.narrowing.check(kinds, filters, places=IN_ADDRESS)
        kept = await self._known(workspace_id, reference, self.scope(actor))
        if kept.id not in await self._present(actor, {kept.id: kept}):
            raise NotSearchable(reference)
        vector = await self._index.vector_of(workspace_id, kept.id)
        if vector is None:
            ranking = await self._ranker.rank(
                workspace_id, self.scope(actor, kinds, filters), Words(f"{kept.title} {kept.text[:1_000]}"), "text"
            )
        else:
            near = await self._index.nearest(workspace_id, self.scope(actor, kinds, filters), vector, limit + 1)
            ranking = Ranking(
                [
                    Fused(item.id, item.similarity, {"semantic": (rank, item.similarity)})
                    for rank, item in enumerate(near, 1)
                ],
                {},
                {item.id: item for item in near},
            )
        others = [hit for hit in ranking.hits if hit.id != kept.id][:limit]
        return await self._hits(actor, ranking, others, Everything(), highlight=False)

    async def _seen(self, actor: Actor, ranking: Ranking) -> Ranking:
        """What of a ranking is there for somebody who does not see all."""
        kept = await self._index.fetch(workspace_of(actor), [hit.id for hit in ranking.hits])
        present = await self._present(actor, kept)
        return replace(ranking, hits=[hit for hit in ranking.hits if hit.id in present])

    async def _counted(self, actor: Actor, ranking: Ranking, counting: Awaitable[Counts]) -> Counts:
        """For somebody who does not see all only what they see is counted, and by nothing."""
        counts = await counting
        return Counts(len(ranking.hits), {}) if actor.reach.is_limited else counts

    def scope(self, actor: Actor, kinds: Sequence[str] = (), filters: Sequence[str] = ()) -> Scope:
        """What may be looked at; kinds that one may not read are as if they were not there."""
        readable = tuple(kind for kind, source in self._sources.items() if actor.may(source.permission))
        if not readable:
            raise NothingToSearch(", ".join(sorted({source.permission for source in self._sources.values()})))
        wanted = tuple(kind for kind in readable if not kinds or kind in kinds)
        return Scope(wanted or ("",), tuple(asked for asked in map(filter_of, filters) if asked is not None))

    async def _known(self, workspace_id: UUID, reference: str, scope: Scope) -> Kept:
        handle = Handle.parse(reference)
        if handle is not None:
            asked = Scope(scope.kinds, (Exactly("handle", (str(handle),)),))
            found = await self._index.rank(workspace_id, asked, Everything(), 1, Order())
            ids = [item.id for item in found]
        else:
            ids = _id(reference)
        kept = (await self._index.fetch(workspace_id, ids)).get(ids[0]) if ids else None
        if kept is None or kept.kind not in scope.kinds:
            raise NotSearchable(reference)
        return kept

    async def _hits(
        self, actor: Actor, ranking: Ranking, page: Sequence[Fused], query: Node, *, highlight: bool
    ) -> list[Hit]:
        """What is still there of a page, with its reasons."""
        workspace_id = workspace_of(actor)
        ids = [hit.id for hit in page]
        kept = await self._index.fetch(workspace_id, ids)
        matched = [id_ for id_ in ids if id_ in ranking.texts] if highlight else []
        present, marks = await asyncio.gather(self._present(actor, kept), self._marks(workspace_id, matched, query))
        shown = [hit for hit in page if hit.id in present]
        return [hit_of(hit, kept[hit.id], marks.get(hit.id, ()), self._passage(ranking, kept[hit.id])) for hit in shown]

    async def _marks(self, workspace_id: UUID, ids: Sequence[UUID], query: Node) -> Mapping[UUID, Sequence[Highlight]]:
        if not ids or not self._index.capabilities.highlights or isinstance(query, Everything):
            return {}
        return await self._index.highlight(workspace_id, ids, query, _PIECE)

    async def _present(self, actor: Actor, kept: Mapping[UUID, Kept]) -> set[UUID]:
        """An index may be a moment behind: what was deleted meanwhile is not shown any more."""
        by_kind: dict[str, list[UUID]] = {}
        for item in kept.values():
            by_kind.setdefault(item.kind, []).append(item.id)
        return await self._database.read(
            lambda work: {id_ for kind, ids in by_kind.items() for id_ in self._sources[kind].present(work, ids)}, actor
        )

    def _passage(self, ranking: Ranking, kept: Kept) -> tuple[float, str] | None:
        near = ranking.near.get(kept.id)
        if near is None:
            return None
        places = passages_of(kept.text, self._passages)
        start, end = places[near.passage] if near.passage < len(places) else (0, 0)
        return near.similarity, " ".join(kept.text[start:end].split()) or kept.title

    async def _meant(self, actor: Actor, scope: Scope, query: Node, text: str) -> str | None:
        words = [word for said in _typed(query) for word in said.split()]
        if not words or not self._index.capabilities.corrections or actor.reach.is_limited:
            return None
        better = await self._index.correct(workspace_of(actor), scope, words)
        for word, meant in better.items():
            text = text.replace(word, meant)
        return text if better else None


def workspace_of(actor: Actor) -> UUID:
    """The workspace of whoever asks; they always have one."""
    assert actor.workspace_id is not None  # noqa: S101 - only the system has none
    return actor.workspace_id


def _typed(query: Node) -> list[str]:
    """Words that were typed as words."""
    match query:
        case Words(text) | Phrase(text):
            return [text]
        case AllOf(nodes) | AnyOf(nodes):
            return [text for node in nodes for text in _typed(node)]
        case Not() | Fuzzy() | _:
            return []


def _id(reference: str) -> list[UUID]:
    try:
        return [UUID(reference)]
    except ValueError:
        return []


def _place(request: SearchRequest) -> tuple[int, Mode]:
    """Where the page begins, and in which ranking: pages of a search that was answered by words go on by words."""
    offset, mode = request.offset, request.mode
    if request.cursor:
        try:
            digest, offset, mode = loads(urlsafe_b64decode(request.cursor + "=" * (-len(request.cursor) % 4)))
        except (ValueError, TypeError):
            raise BadCursor("This is not a cursor that a search handed out.") from None
        known = type(offset) is int and offset >= 0 and mode in ("text", request.mode)
        if digest != _digest(request) or not known:
            raise BadCursor("This cursor belongs to another search.")
    if offset + request.limit > FURTHEST:
        raise TooDeep(FURTHEST)
    return offset, mode


def _cursor(request: SearchRequest, offset: int, mode: Mode) -> str:
    return urlsafe_b64encode(dumps([_digest(request), offset, mode]).encode()).rstrip(b"=").decode()


def _digest(request: SearchRequest) -> str:
    asked = request.model_dump_json(exclude={"cursor", "offset", "facets", "facet_size", "highlight"})
    return sha256(asked.encode()).hexdigest()[:12]
