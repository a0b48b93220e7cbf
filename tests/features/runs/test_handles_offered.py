"""Handles that begin with what was typed are found among all, not among the newest only."""

import pytest

from docchain.engine.definition import read_spec
from docchain.features.runs import RunOrder, RunService
from docchain.features.runs.tables import RunRow
from docchain.platform.references import named_like

SPEC = read_spec({"workflow": "w", "steps": []})


@pytest.fixture
async def offered(house):
    orders = [RunOrder(SPEC, {})] * 120
    await house.database.write(lambda work: RunService(work).start_many(orders), house.actors["ana"])

    async def ask(typed, most=50, who="ana"):
        def found(work):
            return [row.number for row in named_like(work, RunRow, "run", typed, most)]

        return await house.database.read(found, house.actors[who])

    return ask


async def test_a_number_is_found_by_its_first_digits(offered):
    assert await offered("run_12") == [120, 12]
    assert await offered("run_7") == [*range(79, 69, -1), 7]
    assert await offered("run_120") == [120]
    assert await offered("run_999") == []


async def test_the_newest_come_first_while_no_digit_was_typed(offered):
    assert await offered("", 3) == [120, 119, 118]
    assert await offered("run_", 2) == [120, 119]
    assert await offered("ru", 1) == [120]


@pytest.mark.parametrize("typed", ["workflow_1", "run_x", "run_0", "run_\u0661", "12", "run_" + "9" * 40])
async def test_what_no_handle_begins_with_finds_nothing(offered, typed):
    assert await offered(typed) == []


async def test_another_workspace_is_offered_none(offered):
    assert await offered("run_12", who="eve") == []
