"""`docchain bench`: the benchmarks of a source tree; an installed package comes without them."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

import docchain
from docchain.platform.settings import SettingsError

app = typer.Typer(add_completion=False)


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def bench(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Such as --only throughput http --scale 0.1; --help tells them all.")
    ] = None,
) -> None:
    """Measure this machine against the speed budgets, each beside its probe.

    Example: docchain bench --only throughput --scale 0.1
    """
    root = Path(docchain.__file__).resolve().parents[2]
    if not (root / "bench" / "__main__.py").is_file():
        raise SettingsError(
            "The benchmarks come with the source tree, not with the installed package. Get the sources, and run "
            "`make bench` there."
        )
    command = [sys.executable, "-m", "bench", *(arguments or [])]
    sys.exit(subprocess.run(command, cwd=root, check=False).returncode)  # noqa: S603 - the product itself
