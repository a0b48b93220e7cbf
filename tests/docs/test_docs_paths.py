"""What the documentation points to is there."""

import re

import pytest
from doc_pages import ROOT, Page, pages

_TOP = ("src", "docs", "tests", "scripts", "examples", "bench", "evals", ".ci")
_PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, _TOP))})/[\w./-]*[\w/]")
_FILE_OF_ROOT = re.compile(r"`([\w.-]+\.(?:md|toml|txt|ini|py)|Makefile|LICENSE|\.importlinter|\.env\.example)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_ROLES = (
    "api",
    "steps",
    "reader",
    "service",
    "repository",
    "tables",
    "schemas",
    "events",
    "errors",
    "domain",
    "__init__",
)
_ELSEWHERE = {f"{role}.py" for role in _ROLES} | {"bootstrap.py", "requirements_simple.txt"}


@pytest.mark.parametrize("page", pages(), ids=str)
def test_every_path_a_page_names_exists(page: Page):
    named = {match.rstrip("/") for match in _PATH.findall(page.text)}
    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("page", pages(), ids=str)
def test_every_file_of_the_root_that_a_page_names_exists(page: Page):
    named = set(_FILE_OF_ROOT.findall(page.prose)) - _ELSEWHERE
    beside = page.path.parent
    assert {name for name in named if not (ROOT / name).exists() and not (beside / name).exists()} == set()


@pytest.mark.parametrize("page", pages(), ids=str)
def test_every_relative_link_and_its_anchor_resolve(page: Page):
    broken = []
    for target in _LINK.findall(page.prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.path.parent / path).resolve() if path else page.path
        if not linked.exists() or (anchor and anchor not in Page(linked).anchors()):
            broken.append(target)
    assert broken == []


def test_every_package_is_in_the_readmes_map_of_the_tree():
    packages = [
        path.parent.name
        for folder in ("features", "engine", "entrypoints")
        for path in (ROOT / "src/docchain" / folder).glob("*/__init__.py")
    ]
    for readme in ("README.md", "README.es.md"):
        text = Page(ROOT / readme).text
        assert [name for name in packages if not re.search(rf"[ │├└─]{name}/", text)] == [], readme
