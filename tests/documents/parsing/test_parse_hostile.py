import made
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from docchain.features.documents.parsing.failures import Unreadable
from docchain.features.documents.parsing.parse import parse

NAMES = ["a.pdf", "a.docx", "a.xlsx", "a.pptx", "a.html", "a.md", "a.txt", "a.csv", "a.eml", "a.png", "a.tiff", "a"]
WHOLE = {
    "a.pdf": made.pdf("= Hola\n#table(columns: 3, ..range(9).map(str))"),
    "a.docx": made.docx("# Hola", [["a", "b"], ["c", "d"]]),
    "a.xlsx": made.xlsx(Hoja=[["a", 1.5]]),
    "a.pptx": made.pptx(["Hola"]),
    "a.eml": made.eml("Hola", "x", b_docx=made.docx("y")),
    "a.png": made.image(made.pdf("Hola"), dpi=30),
    "a.webp": made.image(made.pdf("Hola"), "WEBP", dpi=30),
}
HEADS = [b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"From: a\nSubject: b\n", b"<html>"]
few = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outcome(data, name):
    """Bytes of a parsed document or a reason; anything else is a bug and raises."""
    try:
        return parse(data, name)
    except Unreadable as refused:
        assert refused.message.startswith(name)  # noqa: PT017 -- both outcomes are fine
        return refused.code


@few
@given(st.sampled_from(HEADS), st.binary(max_size=400), st.sampled_from(NAMES))
def test_any_bytes_are_parsed_or_refused(head, tail, name):
    assert outcome(head + tail, name)


@few
@example('"', "a.csv")
@given(st.text(max_size=300), st.sampled_from(["a.html", "a.md", "a.txt", "a.csv", "a.eml"]))
def test_any_text_is_parsed_or_refused(text, name):
    assert outcome(text.encode("utf-8", "surrogatepass"), name)


@few
@given(st.sampled_from(sorted(WHOLE)), st.floats(0, 1))
def test_a_truncated_file_is_parsed_or_refused(name, share):
    data = WHOLE[name]
    assert outcome(data[: int(len(data) * share)], name)


@few
@given(st.sampled_from(sorted(set(WHOLE) - {"a.png", "a.webp"})), st.data())
def test_a_file_with_a_flipped_byte_is_parsed_or_refused(name, draw):
    data = bytearray(WHOLE[name])
    at = draw.draw(st.integers(0, len(data) - 1))
    data[at] ^= draw.draw(st.integers(1, 255))
    assert outcome(bytes(data), name)


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "/srv/x.pdf", "..\\x.pdf"])
def test_a_path_in_a_name_is_only_its_last_part(name):
    with pytest.raises(Unreadable) as refused:
        parse(b"%PDF-", name)
    assert "/" not in str(refused.value)
