import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docchain.features.documents import clean_name
from docchain.features.documents.domain import media_type_of


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("factura 2026-017.pdf", "factura 2026-017.pdf"),
        ("Años y señales.pdf", "Años y señales.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("C:\\Users\\ana\\factura.pdf", "factura.pdf"),
        ("a:b", "a_b"),
        ("R: Factura 12.pdf", "R_ Factura 12.pdf"),
        ("factura.pdf\0.exe", ".exe".strip(".")),
        ("fac\r\ntura\x1b[31m.pdf", "fac tura[31m.pdf"),
        ("exe.\u202efdp.scr", "exe.fdp.scr"),
        ('a"b<c>d|e?f*g:h.pdf', "a_b_c_d_e_f_g_h.pdf"),
        ("", "document"),
        ("..", "document"),
        ("   ...  ", "document"),
        ("/", "document"),
        (".bashrc", "bashrc"),
        ("n" * 10_000 + ".pdf", "n" * 196 + ".pdf"),
        ("ñ" * 10_000 + ".pdf", "ñ" * 98 + ".pdf"),
        ("a." + "x" * 10_000, "a." + "x" * 198),
    ],
)
def test_a_name_becomes_one_plain_file_name(given_name, kept):
    assert clean_name(given_name) == kept


@given(st.text(max_size=400))
def test_no_name_escapes_its_folder_or_hides_anything(given_name):
    name = clean_name(given_name)

    assert name == clean_name(name)
    assert 1 <= len(name.encode()) <= 200
    assert not set(name) & set('/\\\0<>:"|?*')
    assert name[0] not in ". "
    assert name[-1] not in ". "
    assert not any(unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Zl", "Zp") for mark in name)


@pytest.mark.parametrize(
    ("declared", "name", "kept"),
    [
        ("application/pdf", "a.bin", "application/pdf"),
        ("Text/HTML; charset=utf-8", "a.bin", "text/html"),
        ("application/octet-stream", "a.pdf", "application/pdf"),
        (None, "a.EML", "message/rfc822"),
        ("text/html\r\nSet-Cookie: x", "a.md", "text/markdown"),
        ("", "unknown", "application/octet-stream"),
    ],
)
def test_the_media_type_is_the_declared_one_or_follows_from_the_name(declared, name, kept):
    assert media_type_of(declared, name) == kept
