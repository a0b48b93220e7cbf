"""What a benchmark found: a figure, the probe beside it, the budget; and how far a long one has come."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")
_screen = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """`beside`: what the probe did in the same run; `met`: whether the budget holds, `None` where there is none."""

    what: str
    measured: str
    beside: str = ""
    budget: str = ""
    met: bool | None = None


def share(what: str, measured: float, probe: float, least: float, unit: str) -> Figure:
    """A speed beside the probe's; the budget is a share of it."""
    part = measured / probe
    return Figure(
        what, f"{measured:,.0f} {unit}", f"probe {probe:,.0f}, {part:.0%} of it", f"≥ {least:.0%}", part >= least
    )


def below(what: str, measured: float, unit: str, most: float | None, beside: str = "") -> Figure:
    """A figure that must stay under a limit, if there is one."""
    text = f"{measured:,.3f} {unit}" if measured < 10 else f"{measured:,.0f} {unit}"  # noqa: PLR2004 - digits shown
    if most is None:
        return Figure(what, text, beside)
    return Figure(what, text, beside, f"< {most:g} {unit}", measured < most)


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print to the standard output; a missed budget says so."""
    load = os.getloadavg()[0]
    print(f"\n{title}  (load of the machine {load:.1f})")
    for figure in figures:
        verdict = {None: "", True: "met", False: "MISSED"}[figure.met]
        budget = f"budget {figure.budget}" if figure.budget else ""
        print(f"  {figure.what:<34} {figure.measured:>16}   {figure.beside:<34} {budget:<20} {verdict}".rstrip())
    sys.stdout.flush()


def progress(items: Iterable[T], total: int, doing: str) -> Iterator[T]:
    """The items, with a bar on the screen while they are worked through."""
    yield from track(items, doing, total=total, console=_screen, transient=True, disable=not _screen.is_terminal)


@contextmanager
def busy(doing: str) -> Iterator[None]:
    """Say what is being done where nobody knows how long it takes."""
    with _screen.status(doing):
        yield


def percentile(times: Sequence[float], part: float) -> float:
    return sorted(times)[min(int(len(times) * part), len(times) - 1)]


def memory_mb(name: str = "VmRSS") -> float:
    """Resident memory of this process; `VmHWM` is its highest so far."""
    with open("/proc/self/status") as status:  # noqa: PTH123 - no file of ours
        return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1_024
