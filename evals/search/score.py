"""Scores search on the judged set: nDCG@10 by text, by meaning and by both, for each half of the questions.

`python evals/search/score.py` prints a table; with `--misses`, also the questions that went worst.
"""

import argparse
import asyncio
import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from docchain.features.search import EmbeddedIndex, Embedder, Ranker, parse_query
from docchain.features.search.indexing import prepared
from docchain.features.search.port import Batch, Entry, Put, Scope
from docchain.platform.ids import new_id

HERE: Final = Path(__file__).parent
MODES: Final = ("text", "semantic", "hybrid")
DEPTH: Final = 10
_DAY: Final = datetime(2026, 5, 1, tzinfo=UTC)


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def ndcg(found: Sequence[str], grades: Mapping[str, int]) -> float:
    gained = sum((2 ** grades.get(name, 0) - 1) / math.log2(place + 2) for place, name in enumerate(found[:DEPTH]))
    best = sorted(grades.values(), reverse=True)[:DEPTH]
    return gained / sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(best))


async def build(index: EmbeddedIndex, embedder: Embedder, workspace: UUID) -> dict[UUID, str]:
    """Index the papers; their names by their ids."""
    names: dict[UUID, str] = {}
    puts: list[Put] = []
    for paper in read("documents"):
        entry = Entry(new_id(), "document", paper["id"], "", _DAY, _DAY)
        names[entry.id] = paper["id"]
        puts.append(Put(entry, paper["text"]))
    await index.apply(workspace, Batch(await prepared(embedder, puts, 64), position=1))
    return names


async def score() -> list[dict[str, Any]]:
    """Each question with its score in every mode."""
    with tempfile.TemporaryDirectory() as folder:
        embedder = Embedder(None)
        index, workspace = EmbeddedIndex(Path(folder), embedder.model), new_id()
        index.claim()
        names = await build(index, embedder, workspace)
        ranker, rows = Ranker(index, embedder), read("queries")
        for row in rows:
            for mode in MODES:
                ranking = await ranker.rank(workspace, Scope(("document",)), parse_query(row["query"]), mode)
                row[mode] = ndcg([names[hit.id] for hit in ranking.hits], row["grades"])
        await index.close()
        return rows


def mean(rows: Sequence[dict[str, Any]], mode: str) -> float:
    return sum(row[mode] for row in rows) / len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="show what hybrid finds worst")
    wanted = parser.parse_args()
    rows = asyncio.run(score())
    parts = {
        "all": rows,
        "words": [row for row in rows if row["half"] == "words"],
        "meaning": [row for row in rows if row["half"] == "meaning"],
        "Spanish": [row for row in rows if row["language"] == "es"],
        "English": [row for row in rows if row["language"] == "en"],
    }
    print(f"{'nDCG@10':<10} {'questions':>9} " + " ".join(f"{mode:>9}" for mode in MODES))
    for name, some in parts.items():
        print(f"{name:<10} {len(some):>9} " + " ".join(f"{mean(some, mode):>9.3f}" for mode in MODES))
    if wanted.misses:
        for row in sorted(rows, key=lambda row: row["hybrid"])[:25]:
            print(f"{row['text']:.2f} {row['semantic']:.2f} {row['hybrid']:.2f}  {row['query']}")


if __name__ == "__main__":
    main()
