"""What is veiled before a text goes to a remote model: nothing of a value stays, all of it comes back."""

import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docchain.features.ai.port import Message
from docchain.features.ai.privacy.detect import detect
from docchain.features.ai.privacy.schemas import texts_in, with_texts
from docchain.features.ai.privacy.service import VeilFactory
from docchain.features.ai.privacy.veiling import Veil
from docchain.platform.processes import ProcessPool

MARK = re.compile(r"⟦[A-Z]+_\d+(?:_\d+)?⟧")
PIECES = st.sampled_from(
    ["Juan Pérez", "JUAN PÉREZ", "pérez", "12345678Z", "ES91 2100 0418 4502 0005 1332", "+34 612 345 678",
     "a@b.example", "calle Mayor, 12", "1.250,00 €", "12/03/2025", "⟦NAME_1⟧", "NAME_1", "⟦", "⟧", "【", "〛", "[", "]",
     "(", "*", "_", "1", "2", " ", " ", ", ", "\n", "la factura", "Total", "{", "}", "\\", '"', "李明", "O'Neil-Smith",
     "ID_2_3", "Kowalski", "é", "ß", "İ"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=200)


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["identifiers", "names", "strict", "off"]))
def test_what_was_veiled_comes_back_whole(text, level):
    veil = Veil(level)
    assert veil.back(veil.put(text)) == text


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_no_value_that_was_found_stays_in_any_text(first, second):
    veil = Veil()
    found = [span.text for text in (first, second) for span in detect(text)]
    veil.put(first)
    sent = MARK.sub("\n", veil.put(second)), MARK.sub("\n", veil.put(first))
    for value in found:
        whole = re.compile(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])")
        assert not any(whole.search(text) for text in sent)


@settings(deadline=None)
@given(TEXTS, st.data())
def test_pieces_of_an_answer_come_back_as_the_whole_does(text, data):
    veil = Veil()
    sent = veil.put(text)
    restorer, told, at = veil.back_stream(), [], 0
    while at < len(sent):
        size = data.draw(st.integers(1, 7))
        told.append(restorer.feed(sent[at : at + size]))
        at += size
    assert "".join([*told, restorer.end()]) == text


@pytest.mark.parametrize("before", ["x" * 60, "、" * 200, "a" * 63 + "、", "(" * 100])
def test_a_mark_in_a_long_run_without_spaces_comes_back(before):
    veil = Veil()
    veil.put("Firma don Juan Pérez.")
    restorer = veil.back_stream()
    told = [restorer.feed(piece) for piece in f"{before}⟦NAME_1⟧" + "、" * 70]
    assert "".join([*told, restorer.end()]) == before + "Juan Pérez" + "、" * 70


@pytest.mark.parametrize("name", ["Íñigo Núñez Ibáñez", "Élena Ávila", "Begoña Echeverría", "Óscar Güell"])
def test_a_name_in_letters_that_are_put_together_stays_here_and_comes_back_as_it_was(name):
    veil, text = Veil(), unicodedata.normalize("NFD", f"Firma {name} hoy.")
    sent = veil.put(text)
    assert sent == "Firma ⟦NAME_1⟧ hoy."
    assert veil.back(sent) == text


@pytest.mark.parametrize(
    "name", ["Wojci\u00adech Kowal\u00adczyk", "Kowal-\nczyk", "Kowal-\r\n  czyk", "KOWAL\u200bCZYK"]
)
def test_a_name_that_is_broken_stays_here_whole(name):
    veil, text = Veil(), f"Firma {name} hoy."
    sent = veil.put(text)
    assert sent == "Firma ⟦NAME_1⟧ hoy."
    assert veil.back(sent) == text


def test_a_word_that_only_joins_is_no_value_elsewhere():
    sent = Veil().put("Don Juan Pérez, DNI 12345678Z y Begoña Echeverría. Compran vino y queso y agua.")
    assert sent == "Don ⟦NAME_1⟧, DNI ⟦ID_1⟧ ⟦NAME_2⟧ ⟦NAME_3⟧. ⟦NAME_4⟧ vino y queso y agua."


def test_a_mark_in_escapes_comes_back_and_a_longer_name_with_one_in_it_stays():
    veil = Veil()
    veil.put("Firma don Juan Pérez.")
    restorer = veil.back_stream(quoted=True)
    escaped = r'{"who": "\u27e6NAME_1\u27e7"}'
    assert "".join([*map(restorer.feed, escaped), restorer.end()]) == '{"who": "Juan Pérez"}'
    assert veil.back("FILE_NAME_1 and __NAME_1__") == "FILE_NAME_1 and __Juan Pérez__"


def test_json_stays_json_whatever_a_value_has_in_it():
    veil, value = Veil(), 'Juan "el\\Rubio" Pérez'
    veil.learn(value, [("person", 0, len(value))])
    sent = veil.cover(value)
    answer = json.dumps({"who": f"Es {sent}."}, ensure_ascii=False)
    restorer = veil.back_stream(quoted=True)
    streamed = "".join([*map(restorer.feed, answer), restorer.end()])
    assert json.loads(streamed) == json.loads(veil.back(answer, quoted=True)) == {"who": f"Es {value}."}
    assert veil.back(f"Es {sent}.") == f"Es {value}."


def test_what_a_schema_says_is_veiled_and_what_it_names_stays():
    schema = {
        "$ref": "#/$defs/Payment",
        "$defs": {"Payment": {"properties": {"title": {"title": "Juan", "pattern": "^Juan"}, "enum": {"const": 7}}}},
        "anyOf": [{"enum": ["Juan", 7, None], "default": {"Juan": ["Juan"]}}],
    }
    assert texts_in(schema) == ["Juan", "Juan", "Juan"]
    told = with_texts(schema, {"Juan": "J"})
    assert told["$defs"] == {
        "Payment": {"properties": {"title": {"title": "J", "pattern": "^Juan"}, "enum": {"const": 7}}}
    }
    assert (told["$ref"], told["anyOf"]) == ("#/$defs/Payment", [{"enum": ["J", 7, None], "default": {"Juan": ["J"]}}])


def test_one_value_has_one_mark_and_other_spellings_its_number():
    veil = Veil()
    first = veil.put("Don Juan Pérez García, DNI 12345678Z, debe 1.250,00 € desde el 12/03/2025.")
    second = veil.put("Se avisa a JUAN PÉREZ GARCÍA; Juan Pérez García no contesta. El sr. pérez sí.")
    assert first == "Don ⟦NAME_1⟧, DNI ⟦ID_1⟧, debe 1.250,00 € desde el 12/03/2025."
    assert second == "Se avisa a ⟦NAME_1_2⟧; ⟦NAME_1⟧ no contesta. El sr. ⟦NAME_2⟧ sí."
    assert veil.count == 3


@pytest.mark.parametrize(
    "written",
    ["⟦NAME_1⟧", "⟦name_1⟧", "⟦ NAME_1 ⟧", "⟦NAME 1⟧", "**⟦NAME_1⟧**", "⟦NAME\\_1⟧", "⟦NAME_1", "NAME_1⟧", "NAME_1",
     "NAME\\_1", "[NAME_1]", "[[NAME_1]]", "{{NAME_1}}", "<NAME_1>", "【NAME_1】", "⟦⟦NAME_1⟧⟧", "⟦**NAME_1**⟧"],
)  # fmt: skip
def test_a_mark_is_known_however_a_model_writes_it(written):
    veil = Veil()
    veil.put("Firma don Juan Pérez.")
    told = veil.back(f"Sí, {written} firma.")
    assert "Juan Pérez" in told
    assert not re.search("NAME_|name_1|[⟦⟧]", told)


@pytest.mark.parametrize("text", ["⟦NAME_9⟧", "NAME_10", "the name 1", "name_1: x", "FILENAME_1", "[1]"])
def test_what_is_no_mark_of_ours_stays(text):
    veil = Veil()
    veil.put("Firma don Juan Pérez.")
    assert veil.back(text) == text


def test_values_in_json_come_back_and_names_of_fields_stay():
    veil = Veil()
    veil.put('Vende "Blanca & Rey" a don Juan Pérez, IBAN ES91 2100 0418 4502 0005 1332.')
    answer = {"NAME_1": ["⟦NAME_1⟧", {"iban": "⟦IBAN_1⟧"}], "total": 3, "ok": True, "none": None}
    told = veil.back_value(answer)
    assert told["NAME_1"][1] == {"iban": "ES91 2100 0418 4502 0005 1332"}
    assert (told["total"], told["ok"], told["none"]) == (3, True, None)


def test_marks_that_a_text_brings_along_get_no_value_of_others():
    veil = Veil()
    sent = veil.put("Firma don Juan Pérez. Escribe ⟦NAME_1⟧ y NAME_1.")
    assert sent == "Firma don ⟦NAME_1⟧. Escribe ⟦MARK_1⟧ y ⟦MARK_2⟧."
    assert veil.back("⟦MARK_1⟧") == "⟦NAME_1⟧"


async def test_messages_share_their_marks_and_long_ones_are_read_elsewhere():
    pool = ProcessPool(1)
    try:
        factory = VeilFactory(pool)
        said = (Message("system", "Be brief."), Message("user", "don Luis Gil"), Message("assistant", "gil?"))
        sent, veil = await factory.veil(said, "strict")
        assert sent[0].text.startswith("Be brief.\n\nMarks such as ⟦NAME_1⟧")
        assert [message.text for message in sent[1:]] == ["don ⟦NAME_1⟧", "⟦NAME_2⟧?"]
        assert (veil.count, veil.back(sent[2].text)) == (2, "gil?")
        long = Message("user", "La factura es de Zoltan Kadar. " * 400)
        sent, veil = await factory.veil((long,), "strict")
        assert "Zoltan" not in sent[1].text
        assert (veil.count, veil.back(sent[1].text)) == (1, long.text)
        plain, veil = await factory.veil((Message("user", "suma dos y dos"),), "strict")
        assert ([message.text for message in plain], veil.count) == (["suma dos y dos"], 0)
        assert (await factory.veil(said, "off"))[0] == said
    finally:
        await pool.close()
