import pytest

from docchain.features.documents.parsing.model import decode
from docchain.features.documents.parsing.parse import parse


@pytest.fixture
def read():
    """Parse and decode."""

    def reader(data, name, media_type=None, limits=None, languages=("es", "en")):
        return decode(parse(data, name, media_type, languages, limits))

    return reader
