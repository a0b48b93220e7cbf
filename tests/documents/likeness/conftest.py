import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "filing"))  # the place is the same

from filing_place import a_place


@pytest.fixture
async def place(tmp_path):
    async with a_place(tmp_path / "data") as place:
        yield place
