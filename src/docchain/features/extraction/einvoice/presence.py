"""Work for somebody who waits; its one rule: who leaves frees the child that works for them."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

from docchain.features.extraction.einvoice.errors import EInvoiceUnreadable

T = TypeVar("T")


async def while_there(receive: Receive, working: Coroutine[Any, Any, T]) -> T:
    """The result of the work, which ends when its client hangs up.

    Raises:
        EInvoiceUnreadable: nobody waits for it any more.
    """
    work, left = asyncio.create_task(working), asyncio.create_task(_left(receive))
    try:
        await asyncio.wait((work, left), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise EInvoiceUnreadable("Whoever asked has gone.", hint="Ask again.")
        return work.result()
    finally:
        work.cancel()
        left.cancel()
        await asyncio.gather(work, left, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
