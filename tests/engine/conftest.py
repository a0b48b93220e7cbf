"""The drivers as fixtures: `drive(script)` opens one over the scripted kinds."""

from collections.abc import AsyncIterator

import pytest
from drivers import LocalDriver, SimulationDriver
from hypothesis import settings
from scripted import Script, kinds_of

settings.register_profile("full", max_examples=1_000, print_blob=True)
"""Ten times the examples: `pytest --hypothesis-profile full`, as `make test-simulation` does."""


@pytest.fixture(params=[SimulationDriver, LocalDriver], ids=["simulation", "local"])
async def drive(request, tmp_path) -> AsyncIterator:
    opened = []

    async def open_driver(script: Script):
        driver = request.param(kinds_of(script), tmp_path)
        opened.append(driver)
        await driver.open()
        return driver

    yield open_driver
    for driver in opened:
        await driver.close()
