"""Generated pages say what the code says."""

import runpy

import pytest
from doc_pages import GENERATED, ROOT


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return runpy.run_path(str(ROOT / "scripts/write_reference.py"))["pages"]()


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_current(name: str, written: dict[str, str]):
    assert (ROOT / name).read_text(encoding="utf-8") == written[name], f"{name} is stale; run `make docs`"


def test_every_generated_page_is_checked(written: dict[str, str]):
    assert sorted(written) == sorted(GENERATED)
