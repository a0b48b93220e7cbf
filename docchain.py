"""Lets `python -m docchain` work in a checkout with only the requirements installed; the package itself is in src/."""

import importlib
import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))
sys.modules.pop("docchain", None)

if __name__ == "__main__":
    runpy.run_module("docchain", run_name="__main__", alter_sys=True)
else:
    sys.modules[__name__] = importlib.import_module("docchain")
