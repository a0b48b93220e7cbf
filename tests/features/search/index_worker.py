"""A process that indexes until it is killed; says so when it begins. Its texts are those of workflows."""

import asyncio
import sys
from pathlib import Path

from docchain.features.search.embedded import EmbeddedIndex
from docchain.features.search.embedding import Embedder
from docchain.features.search.indexer import Indexer
from docchain.features.search.keeper import IndexKeeper
from docchain.features.workflows import WorkflowSource
from docchain.platform.database import Database


def open_indexer(folder: Path, index: Path) -> tuple[Database, EmbeddedIndex, Indexer]:
    database = Database(f"sqlite:///{folder}/app.db")
    embedder = Embedder(None)
    found = EmbeddedIndex(index, embedder.model)
    keeper = IndexKeeper(database, found, [WorkflowSource()], None, embedder, 8)
    return database, found, Indexer(keeper, index, pause=0, poll=0.05)


async def main(folder: Path) -> None:
    _, _, indexer = open_indexer(folder, folder / "search")
    async with indexer.claimed():
        await indexer.start()
    sys.stdout.write("indexing\n")
    sys.stdout.flush()
    await indexer.run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
