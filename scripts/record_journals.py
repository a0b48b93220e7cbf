"""Record journals of this release as fixtures: `python scripts/record_journals.py release-2`.

Every later release must fold them to the same states. Record once a release, when its facts are settled; never again.
"""

import runpy
import sys
from pathlib import Path
from typing import Final

RECORDING: Final = Path(__file__).resolve().parents[1] / "tests" / "engine"

if __name__ == "__main__":
    sys.path.insert(0, str(RECORDING))
    runpy.run_path(str(RECORDING / "recording.py"), run_name="__main__")
