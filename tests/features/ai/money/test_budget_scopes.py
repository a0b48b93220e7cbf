"""A budget counts the calls of whom it names, by whichever name; it never counts nobody."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from docchain.features.ai.asking import Choice
from docchain.features.ai.books.schemas import BudgetRequest
from docchain.features.ai.books.service import BudgetService
from docchain.features.ai.errors import BudgetReached
from docchain.features.ai.port import Ask, Message
from docchain.platform.errors import Invalid, NotFound
from docchain.platform.work import Actor

PLACE = UUID(int=9)


def asks(text):
    return Ask("generate", (Message("user", text),))


async def budget(books, **wanted):
    body = BudgetRequest(period="total", **wanted)
    return await books.services.database.write(
        lambda work: BudgetService(work).create(body), Actor(None, "admin", books.workspace)
    )


async def test_a_workflows_budget_counts_its_calls_only(books):
    made = await budget(books, scope="workflow", scope_id=str(PLACE).upper(), hard=Decimal(45))
    assert (made.scope_id, made.left) == (str(PLACE), Decimal(45))
    theirs = replace(books.origin, workflow=PLACE)
    await books.calls.call(asks("one"), theirs, Choice())
    await books.calls.call(asks("two"), replace(theirs, workflow=UUID(int=8)), Choice())
    assert await books.used() == (0, 20, 0)
    with pytest.raises(BudgetReached, match=r"has 25 USD left; this call could take 30\.") as refused:
        await books.calls.call(asks("three"), theirs, Choice())
    assert refused.value.members == {"budget": made.handle}


async def test_what_names_nothing_is_refused(books):
    with pytest.raises(Invalid, match="names it by its id"):
        await budget(books, scope="workflow", scope_id="workflow_1", hard=1)
    for scope, named in (("run", "run_7"), ("document", "document_7")):
        with pytest.raises(NotFound):
            await budget(books, scope=scope, scope_id=named, hard=1)
