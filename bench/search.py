"""Search over 100,000 documents: how fast they are indexed, and how long each kind of question takes, as doors ask it.

The documents are rows of the database, filed and faceted; their texts are generated, and go through the product's own
pipeline. Vectors are made by the model for a share of the texts and varied for the rest: its rate is told by itself.
Beside each time is that of the processor: on a busy machine it tells more.
"""

import asyncio
import os
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import numpy as np

from bench.document_lists import fill
from bench.figures import Figure, below, memory_mb, percentile, show
from bench.lists import ACTOR
from bench.loads import WORKSPACE
from bench.places import Place, Places
from docchain.features.documents import DocumentService, filed_facts
from docchain.features.search import DocumentSource, EmbeddedIndex, Embedder, SearchRequest, SearchService
from docchain.features.search.embedded.vector_files import DIMENSION
from docchain.features.search.embedded.vectors import HEAD, Vectors
from docchain.features.search.embedding_job import languages
from docchain.features.search.indexer import Indexer
from docchain.features.search.keeper import IndexKeeper
from docchain.features.search.port import SearchIndex
from docchain.features.search.rebuilding import Rebuilder
from docchain.features.search.sources import Content
from docchain.platform.blobs import Stored
from docchain.platform.database import Database
from docchain.platform.handles import next_number
from docchain.platform.processes import ProcessPool
from docchain.platform.work import Actor

DOCUMENTS: Final = 100_000
ASKED: Final = 200
ADDED: Final = 40
BUDGET: Final = 50.0
VISIBLE: Final = 1_000.0
PASSAGES: Final = 64
_IN_TRASH: Final = 40
_EMBEDDED: Final = 512
_ASKER: Final = Actor(None, "bench", WORKSPACE, permissions=frozenset({"documents:read"}))
_FACETS: Final = ["type", "tag", "status", "month"]
_FRAMES: Final = (
    "Factura {n} de {who} por {what}: el importe se abonará en {days} días según el contrato firmado.",
    "Acta de la reunión con {who} sobre {what}; próxima revisión en {days} días.",
    "Invoice {n} of {who} for {what}: the amount is due within {days} days under the signed contract.",
    "Complaint {n} about {what} delivered by {who}; an answer is expected in {days} days.",
)
_WHAT: Final = ("papel", "tornillos", "electricidad", "limpieza", "software", "paper", "screws", "power", "cleaning")
_SYLLABLES: Final = [a + b for a in "bcdfglmnprst" for b in "aeiou"]
_WORDS: Final = ("factura", "contrato", "electricidad", "complaint", "screws", "revisión", "reunión", "invoice")


def text_of(number: int) -> str:
    """Four sentences of one kind; names are made of syllables, so that there are many words."""
    chance = random.Random(number)  # noqa: S311 - the same every time
    frame, who = chance.choice(_FRAMES), "".join(chance.choices(_SYLLABLES, k=3)).title()
    said = [frame.format(n=number, who=who, what=chance.choice(_WHAT), days=chance.randint(5, 90)) for _ in range(4)]
    return " ".join(said)


class Generated:
    """Texts as they are read of documents: the hash of one is its number."""

    async def read(self, _workspace_id: UUID, content: Content) -> str:
        return text_of(int(content.sha256, 16))


class Varied(Embedder):
    """Questions are embedded; texts get vectors as real ones lie, and each of its own."""

    rows: Any
    chance: Any

    async def start(self) -> Figure:
        passages = [text_of(number) for number in range(_EMBEDDED)]
        await super().texts([passages[:8]])
        began = time.perf_counter()
        vectors = (await super().texts([passages]))[0]
        rate = _EMBEDDED / (time.perf_counter() - began)
        self.rows = np.frombuffer(vectors, np.float16).reshape(-1, DIMENSION).astype(np.float32)
        self.chance = np.random.default_rng(2)
        return Figure("embedding", f"{rate:,.0f} passages/s", "one process, 330 characters each")

    async def texts(self, texts: Sequence[Sequence[str]]) -> list[bytes]:
        return [b"".join(self._row() for _ in passages) for passages in texts]

    async def languages(self, texts: Sequence[str]) -> list[str]:
        return await asyncio.to_thread(languages, list(texts))

    def _row(self) -> bytes:
        made = self.rows[self.chance.integers(len(self.rows))] + self.chance.normal(0, 0.02, DIMENSION)
        row: bytes = (made / np.linalg.norm(made)).astype(np.float16).tobytes()
        return row


def run(places: Places, scale: float) -> None:
    with places.empty() as place:
        asyncio.run(_run(place, max(int(DOCUMENTS * scale), 1_000)))


async def _run(place: Place, count: int) -> None:
    total = count * _IN_TRASH // (_IN_TRASH - 1) + 1
    await fill(place, total)
    database, child, folder = Database(place.url), ProcessPool(1), place.folder / "search"
    embedder, source = Varied(child), DocumentSource([filed_facts])
    index = EmbeddedIndex(folder, embedder.model) if place.on_sqlite else _postgres(place, embedder.model)
    await database.write(lambda work: next_number(work, "document", total), ACTOR)
    texts: Any = Generated()
    keeper = IndexKeeper(database, index, [source], texts, embedder, PASSAGES)
    service = SearchService(database, index, [source], embedder, PASSAGES)
    indexer = Indexer(keeper, folder)
    figures = [await embedder.start()]
    before = memory_mb("RssAnon")
    async with indexer.claimed():
        figures.append(await _indexing(keeper, count))
    figures += await _asking(service, ServerTime(place))
    figures += await _following(database, service, indexer)
    sizes = await index.sizes(WORKSPACE)
    figures.append(Figure("index on disk", f"{sizes['bytes'] / 1024**2:,.0f} MiB", f"{sizes['passages']:,} vectors"))
    figures.append(Figure("memory added", f"{memory_mb('RssAnon') - before:,.0f} MiB", "without pages of files"))
    if place.on_sqlite:
        figures.append(_recall(folder, embedder.rows))
    await index.close()
    await child.close()
    await database.close()
    show(f"search, {sizes['entries']:,} documents, {index.capabilities.name}", figures)


def _postgres(place: Place, model: str) -> SearchIndex:
    from docchain.features.search.postgres import PostgresIndex  # noqa: PLC0415 - not needed on SQLite

    return PostgresIndex(place.url, model)


class ServerTime:
    """What the processes of the database's server have used of a processor; of SQLite, nothing."""

    def __init__(self, place: Place) -> None:
        host = parse_qs(urlsplit(place.url).query).get("host", [""])[0]
        self._server = "" if place.on_sqlite else (Path(host) / "data/postmaster.pid").read_text().split()[0]

    def seconds(self) -> float:
        children = Path(f"/proc/{self._server}/task/{self._server}/children")
        return sum(map(_used, children.read_text().split())) / 1e9 if self._server else 0.0


def _used(process: str) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])
    return 0


async def _indexing(keeper: IndexKeeper, count: int) -> Figure:
    async def silent(_done: int, _total: int) -> None:
        """A benchmark's own progress is its figures."""

    began, worked = time.perf_counter(), time.process_time()
    await Rebuilder(keeper).rebuild(WORKSPACE, silent, fresh=True)
    rate, work = count / (time.perf_counter() - began), (time.process_time() - worked) / count * 1_000
    return Figure("indexing, without embedding", f"{rate:,.0f} documents/s", f"processor {work:.1f} ms each")


async def _asking(service: SearchService, server: ServerTime) -> list[Figure]:
    chance = random.Random(3)  # noqa: S311 - the same every time

    def one(_: int) -> str:
        return chance.choice(_WORDS)

    def asked(number: int) -> str:
        return f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {number}"

    plain: dict[str, Any] = {"mode": "text", "highlight": False}
    kinds: list[tuple[str, Callable[[int], str], dict[str, Any], float | None]] = [
        ("term", one, plain, None),
        ("phrase", lambda _: '"según el contrato firmado"', plain, None),
        ("prefix", lambda n: f"{'bcdfglmnprst'[n % 12]}a*", plain, None),
        ("fuzzy", lambda _: f"{chance.choice(_WORDS)[:-1]}x~", plain, None),
        ("four facets", one, {**plain, "facets": _FACETS}, None),
        ("vector", asked, {"mode": "semantic", "highlight": False}, None),
        ("hybrid with facets, highlights", asked, {"facets": _FACETS}, BUDGET),
    ]
    return [await _timed(service, server, *kind) for kind in kinds]


async def _timed(
    service: SearchService,
    server: ServerTime,
    name: str,
    typed: Callable[[int], str],
    more: dict[str, Any],
    budget: float | None,
) -> Figure:
    times: list[float] = []
    worked, served = time.process_time(), server.seconds()
    for number in range(ASKED + 5):
        request = SearchRequest(q=typed(number), **more)
        began = time.perf_counter()
        (await service.search(request, _ASKER)).model_dump_json()
        times.append((time.perf_counter() - began) * 1_000)
    work = (time.process_time() - worked) / len(times) * 1_000
    served = (server.seconds() - served) / len(times) * 1_000
    processor = f"{work:.1f} + {served:.1f} of the server" if served else f"{work:.1f}"
    beside = f"p50 {percentile(times[5:], 0.5):.1f}, processor {processor}, load {os.getloadavg()[0]:.1f}"
    return below(f"{name}, p95", percentile(times[5:], 0.95), "ms", budget, beside)


async def _following(database: Database, service: SearchService, indexer: Indexer) -> list[Figure]:
    """From the commit of a document until a search by its name finds it, beside all the others."""
    task = asyncio.create_task(indexer.run())
    times = [await _visible(database, service, number) for number in range(-3, ADDED)][3:]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    beside = f"p50 {percentile(times, 0.5):.0f} ms, highest {max(times):.0f}"
    return [below("from commit to found, p95", percentile(times, 0.95), "ms", VISIBLE, beside)]


async def _visible(database: Database, service: SearchService, number: int) -> float:
    name = f"nuevo{number + 3:05}"
    stored = Stored(f"{10**9 + number:064x}", 1)
    add = partial(_add, stored, f"{name}.txt")
    await database.write(add, ACTOR)
    began = time.perf_counter()
    request = SearchRequest(q=name, mode="text")
    while not (await service.search(request, _ASKER)).hits:  # noqa: ASYNC110 - an index tells nobody
        await asyncio.sleep(0.005)
    return (time.perf_counter() - began) * 1_000


def _add(stored: Stored, name: str, work: Any) -> None:
    DocumentService(work).register_upload(stored, name, "text/plain")


def _recall(folder: Path, rows: Any) -> Figure:
    """How many of the truly nearest ten are found, comparing with every row."""
    generation = next(path.parent for path in folder.rglob("vectors*.f16"))
    vectors = Vectors(generation, Embedder.model, writable=False)
    heads = np.fromfile(next(generation.glob("vectors*.heads")), HEAD)
    whole = np.fromfile(next(generation.glob("vectors*.f16")), np.float16).reshape(-1, DIMENSION).astype(np.float32)
    owners = [UUID(bytes=owner) for owner in heads["id"].tolist()]
    found = 0
    for row in rows[:50]:
        best = {owners[place] for place in np.argsort(-(whole @ row))[:10]}
        found += len(best & {item.id for item in vectors.nearest(row, 10, set)})
    return Figure("vectors, recall of the nearest 10", f"{found / 500:.3f}", "against every row")
