"""Reading an e-invoice ends with the request that asked for it."""

import asyncio

import pytest

from docchain.features.extraction.einvoice.errors import EInvoiceUnreadable
from docchain.features.extraction.einvoice.presence import while_there


async def test_who_leaves_ends_the_work():
    ended = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("the child is free")

    messages = iter([{"type": "http.request"}, {"type": "http.disconnect"}])

    async def receive():
        await asyncio.sleep(0)
        return next(messages)

    with pytest.raises(EInvoiceUnreadable, match="has gone"):
        await while_there(receive, work())

    assert ended == ["the child is free"]


async def test_who_stays_is_answered():
    async def work():
        return "read"

    async def receive():
        await asyncio.Event().wait()

    assert await while_there(receive, work()) == "read"
