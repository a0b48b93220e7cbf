"""Search in OpenSearch: the contract of all, against a server that speaks its language."""

from collections.abc import AsyncIterator, Iterator

import pytest
from contract import HERE, IndexContract, put, vector
from osmem_server import OsmemServer

from docchain.features.search.errors import SearchAway
from docchain.features.search.opensearch import OpenSearchIndex
from docchain.features.search.port import READY, Batch, Put


@pytest.fixture(scope="module")
def server() -> Iterator[OsmemServer]:
    with OsmemServer.start() as started:
        yield started
    started.process.stdout.close()  # which it forgets


@pytest.fixture
async def index(server: OsmemServer) -> AsyncIterator[OpenSearchIndex]:
    with server.clone() as clone:
        opened = OpenSearchIndex(clone.url, "usem3")
        await opened.open()
        yield opened
        await opened.close()


class TestOpenSearch(IndexContract):
    pass


async def test_vectors_are_kept_when_a_name_changes_even_where_none_are_compared(index: OpenSearchIndex):
    first = put("Uno", "primero", vectors=vector(1.0) + vector(0.0, 1.0))
    await index.apply(HERE, Batch([first], position=1))
    await index.apply(HERE, Batch([Put(first.entry, "segundo", "es", READY, None)], position=2))
    assert await index.carry(HERE, [first.entry.id]) == {first.entry.id: first.vectors}
    assert (await index.sizes(HERE))["passages"] == 2
    assert not index.capabilities.vectors


async def test_a_server_that_is_not_there_is_named():
    nobody = OpenSearchIndex("http://127.0.0.1:1", "usem3", seconds=5)
    with pytest.raises(SearchAway, match="opensearch does not do what search asks of it") as problem:
        await nobody.apply(HERE, Batch([put("Uno", "primero")]))
    assert "DOCCHAIN_SEARCH_URL" in (problem.value.hint or "")
    await nobody.close()
