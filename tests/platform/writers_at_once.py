"""A program for the test of durable commits: many write at once, and each prints the syncs before and after."""

import asyncio
import sys
from pathlib import Path

from sqlalchemy import text

from docchain.platform.database import Database
from docchain.platform.ids import new_id
from docchain.platform.work import Actor, Work


async def main(folder: Path, log: Path, writers: int) -> None:
    database = Database(f"sqlite:///{folder}/app.db")
    synced = f"fdatasync {folder}/app.db-wal"
    ana = Actor(user_id=new_id(), name="ana", workspace_id=new_id())

    def syncs() -> int:
        return log.read_text().split("\n").count(synced)

    def add(work: Work) -> int:
        work.session.execute(text("INSERT INTO note VALUES (1)"))
        return syncs()

    async def write() -> None:
        before = await database.write(add, ana)
        print(before, syncs(), flush=True)  # noqa: T201 (read by the test)

    await database.write(lambda work: work.session.execute(text("CREATE TABLE note (n INTEGER)")) and None, ana)
    for _ in range(5):
        await asyncio.gather(*(write() for _ in range(writers)))
    await database.close()


asyncio.run(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]), int(sys.argv[3])))
