import pytest

from docchain.features.documents.parsing.model import decode
from docchain.features.documents.parsing.parse import parse


@pytest.fixture
def read():
    """Parse and decode."""

    def reader(data, name, media_type=None, limits=None):
        return decode(parse(data, name, media_type, ("es", "en"), limits))

    return reader
