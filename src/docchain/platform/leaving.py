"""The end of a process that cannot do its work any more: at once, told plainly, and not as a success."""

import os
import sys
from typing import Final, NoReturn

BROKEN: Final = 70
"""The exit status; a supervisor starts the process again."""


def leave_broken(what: str) -> NoReturn:
    """Call only when nothing is lost by leaving without any further step."""
    sys.stderr.write(f"{what} This process ends: start it again, no run is lost.\n")
    sys.stderr.flush()
    os._exit(BROKEN)
