"""Turns at a narrow place are shared between workspaces; within one, first come, first served."""

import asyncio
from uuid import UUID

import pytest

from docchain.platform.processes import ChildBusy, ProcessPool
from docchain.platform.turns import Turns, on_behalf_of, workspace_served

A, B, C = (UUID(int=number) for number in (1, 2, 3))


class Place:
    """Callers that stay until they are let go; remembers in which order they came in."""

    def __init__(self, places):
        self.turns = Turns(places)
        self.came = []
        self._gates = {}
        self.tasks = {}

    async def _stay(self, name, whose):
        async with self.turns.place(whose):
            self.came.append(name)
            await self._gates[name].wait()

    async def arrive(self, name, whose):
        self._gates[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._stay(name, whose))
        await settle()

    async def leave(self, *names):
        for name in names:
            self._gates[name].set()
            await self.tasks[name]
            await settle()


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_flood_of_one_workspace_does_not_keep_another_waiting():
    place = Place(2)
    for number in range(10):
        await place.arrive(f"a{number}", A)
    await place.arrive("b0", B)
    await place.arrive("b1", B)
    assert place.came == ["a0", "a1"]
    await place.leave("a0")
    assert place.came == ["a0", "a1", "b0"]
    await place.leave("b0")
    assert place.came == ["a0", "a1", "b0", "b1"]
    await place.leave("a1", "b1")
    assert place.came == ["a0", "a1", "b0", "b1", "a2", "a3"]


async def test_with_one_place_workspaces_take_turns():
    place = Place(1)
    for name in ("a0", "a1", "a2", "b0", "b1", "c0"):
        await place.arrive(name, {"a": A, "b": B, "c": C}[name[0]])
    for _ in range(6):
        await place.leave(place.came[-1])
    assert place.came == ["a0", "b0", "c0", "a1", "b1", "a2"]


async def test_who_is_cancelled_while_waiting_or_inside_leaves_the_place_to_others():
    place = Place(1)
    for name in ("a0", "a1", "a2"):
        await place.arrive(name, A)
    place.tasks["a1"].cancel()
    await settle()
    assert place.turns.waiting(A) == 1
    place.tasks["a0"].cancel()
    await settle()
    assert place.came == ["a0", "a2"]
    await place.leave("a2")
    await place.arrive("b0", B)
    assert place.came == ["a0", "a2", "b0"]


async def test_who_is_cancelled_in_the_moment_of_the_turn_hands_it_on():
    place = Place(1)
    async with place.turns.place(A):
        await place.arrive("a1", A)
        await place.arrive("b0", B)
    place.tasks["b0"].cancel()
    await settle()
    assert place.came == ["a1"]


async def test_children_are_shared_between_workspaces():
    pool = ProcessPool(size=1)
    ended = []

    async def call(name, whose):
        with on_behalf_of(whose):
            assert workspace_served() == whose
            await pool.run("time:sleep", 0.05, timeout=20)
        ended.append(name)

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(8):
                group.create_task(call(f"a{number}", A))
            await asyncio.sleep(0)
            group.create_task(call("b", B))
    finally:
        await pool.close()
    assert ended.index("b") == 1
    assert [name for name in ended if name != "b"] == [f"a{number}" for number in range(8)]


async def test_a_workspace_whose_queue_is_full_leaves_room_for_others():
    pool = ProcessPool(size=1, queue=2)

    async def call(whose):
        with on_behalf_of(whose):
            return await pool.run("time:sleep", 0.05, timeout=20)

    try:
        flood = [asyncio.create_task(call(A)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(ChildBusy, match="2 calls of this workspace wait for a child process already"):
            await call(A)
        assert await call(B) is None
        await asyncio.gather(*flood)
    finally:
        await pool.close()
