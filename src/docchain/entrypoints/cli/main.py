"""The `docchain` command; to serve as the settings say, it reads no command line and loads nothing to read one."""

import os
import sys


def main() -> None:
    """Do what is asked; a refusal is a message and exit code 2, never a traceback."""
    try:
        _do()
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        from docchain.entrypoints.cli.refusals import tell, tell_as_json  # noqa: PLC0415 (what refuses is loaded already)

        told = tell_as_json(error) if "--json" in sys.argv else tell(error)
        if not told:
            raise
        sys.exit(2)


def _do() -> None:
    if sys.argv[1:] == ["serve"] and "_DOCCHAIN_COMPLETE" not in os.environ:
        from docchain.entrypoints.serving import serve  # noqa: PLC0415 - each loads its own

        serve()
    else:
        from typer import Abort  # noqa: PLC0415 - the same

        from docchain.entrypoints.cli.program import app  # noqa: PLC0415 - the same

        try:
            # whoever wants JSON gets faults of usage as JSON, too; what is returned then is the exit code
            sys.exit(app(prog_name="docchain", standalone_mode="--json" not in sys.argv) or 0)
        except Abort:
            sys.exit(1)
