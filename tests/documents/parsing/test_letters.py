import numpy as np
import pytest
from onnxruntime import InferenceSession

from docchain.features.documents.parsing.letters import without_ideographs
from docchain.features.documents.parsing.recognizer import RECOGNITION


@pytest.fixture(scope="module")
def models():
    whole = RECOGNITION.read_bytes()
    return [InferenceSession(model) for model in (whole, without_ideographs(whole))]


def characters(model):
    return model.get_modelmeta().custom_metadata_map["character"].splitlines()


def test_the_cut_model_knows_letters_digits_and_signs_but_no_ideographs(models):
    whole, cut = map(characters, models)

    assert set("aZ09ñÑáéíóúüçÀß€£$%¿ºª°—…“”") <= set(cut)
    assert {"中", "の", "税"} & set(whole) == {"中", "の", "税"}
    assert {"中", "の", "税"} & set(cut) == set()
    assert (len(whole), len(cut)) == (18708, 1748)


def test_the_cut_model_prefers_the_same_letters_as_the_whole_one(models):
    line = np.random.default_rng(7).random((1, 3, 48, 320), dtype=np.float32)
    whole, cut = (model.run(None, {"x": line})[0] for model in models)
    known = ["", *characters(models[0]), " "]
    places = [known.index(character) for character in ["", *characters(models[1]), " "]]
    among_these = whole[..., places] / whole[..., places].sum(axis=-1, keepdims=True)

    assert cut.shape == (1, 40, 1750)
    np.testing.assert_allclose(cut, among_these, atol=1e-4)
