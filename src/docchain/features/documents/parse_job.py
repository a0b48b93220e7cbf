"""What child processes do to read a document: from file to file, page by page, and a short summary for us."""

import time
from pathlib import Path
from typing import Any, Final

from docchain.features.documents.parsing.options import Budget, Options, Places
from docchain.features.documents.parsing.parse import Reading, Tally
from docchain.features.documents.parsing.watch import PageWatch
from docchain.features.documents.parsing.writing import Head

SHOWN: Final = 2_000


def read_on(places: Places, name: str, media_type: str, options: Options, budget: Budget) -> dict[str, Any]:
    """Read from the first page that the lines do not have.

    Returns:
        `next`, a page's number, if there was no time for it; else what the next steps want to know at once.
    """
    until = time.monotonic() + budget.batch
    reading = Reading(Path(places.given).read_bytes(), name, media_type, options)
    with Path(places.lines).open("r+b") as lines, Path(places.made).open("r+b") as made:
        if not reading.is_paper:
            return _summary(*reading.write(made))
        reached = reading.go_on(lines, until, PageWatch(made, budget.page))
        if reached is not None:
            return {"next": reached}
        return _summary(*reading.assemble(lines, made))


def _summary(head: Head, tally: Tally) -> dict[str, Any]:
    return {
        "pages": tally.read.total(),
        "language": head.language,
        "title": head.title,
        "text": head.text[:SHOWN],
        "attachments": head.attachments,
        "warnings": head.warnings,
        "read": dict(tally.read),
        "problems": {str(number): problem for number, problem in tally.problems.items()},
    }
