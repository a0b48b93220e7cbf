import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "parsing"))  # the made documents

from preview_place import a_place


@pytest.fixture
async def place(tmp_path):
    async with a_place(tmp_path) as place:
        yield place
