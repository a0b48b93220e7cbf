"""The two READMEs are one document in two languages."""

import re

from doc_pages import ROOT, Page

ENGLISH, SPANISH = Page(ROOT / "README.md"), Page(ROOT / "README.es.md")


def _without_comments(text: str) -> list[str]:
    lines = (re.sub(r"(^|\s+)#.*$", "", line) for line in text.splitlines())
    return [line for line in lines if line.strip()]


def test_both_have_the_same_outline():
    assert [level for level, _ in ENGLISH.headings()] == [level for level, _ in SPANISH.headings()]


def test_both_show_the_same_commands_and_workflows():
    for language in ("sh", "yaml"):
        english = [_without_comments(block.text) for block in ENGLISH.blocks(language)]
        assert english
        assert english == [_without_comments(block.text) for block in SPANISH.blocks(language)]


def test_each_links_to_the_other():
    assert "](README.es.md)" in ENGLISH.text
    assert "](README.md)" in SPANISH.text
