"""How far uploads are: a bar for each file, on a terminal only."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from docchain.entrypoints.cli.console import errors


class Uploads:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    async def counted(self, name: str, size: int, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same chunks; the bar moves on with each."""
        task = self._progress.add_task(name, total=size)
        async for chunk in chunks:
            yield chunk
            self._progress.advance(task, len(chunk))


@contextmanager
def uploading(*, quiet: bool) -> Iterator[Uploads]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    speed = (TransferSpeedColumn(), TimeRemainingColumn())
    hidden = quiet or not sys.stderr.isatty()
    with Progress(*columns, *speed, console=errors, disable=hidden, transient=True) as progress:
        yield Uploads(progress)
