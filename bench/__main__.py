"""`make bench`: every speed budget, each beside a probe in the same run on the same machine.

`python -m bench --only recovery flood --database postgresql --scale 0.1`: some of them, elsewhere, smaller.
"""

import argparse
from collections.abc import Callable

from bench import (
    audit,
    document_lists,
    files,
    flood,
    history,
    http,
    lists,
    live,
    parsing,
    recovery,
    search,
    shapes,
    sign_in,
    start,
    storage,
    throughput,
    waiting,
)
from bench.places import Places, places_on
from docchain.platform import memory

BENCHMARKS: dict[str, Callable[[Places, float], None]] = {
    "throughput": throughput.run,
    "shapes": shapes.run,
    "flood": flood.run,
    "recovery": recovery.run,
    "waiting": waiting.run,
    "history": history.run,
    "lists": lists.run,
    "document_lists": document_lists.run,
    "http": http.run,
    "files": files.run,
    "parsing": parsing.run,
    "storage": storage.run,
    "start": start.run,
    "live": live.run,
    "search": search.run,
    "audit": audit.run,
    "sign_in": sign_in.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS), help="default: all")
    parser.add_argument("--database", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the runs that budgets speak of; default 1")
    wanted = parser.parse_args()
    memory.settle()
    for database in wanted.database:
        with places_on(database) as places:
            for name in wanted.only:
                BENCHMARKS[name](places, wanted.scale)


if __name__ == "__main__":
    main()
