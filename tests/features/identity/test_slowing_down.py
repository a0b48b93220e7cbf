"""Guessing is slowed down per user, address and pair; whoever signed in from a place before is not locked out there."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from callers import connect

from docchain.platform.passwords import Passwords
from docchain.platform.settings import SecuritySettings

ADMIN = {"username": "admin", "password": "admin123"}
HOME, AWAY, THIEF = "192.0.2.10", "192.0.2.20", "203.0.113.9"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def security():
    return SecuritySettings(sign_in_failures=3, sign_in_failures_user=6, sign_in_failures_address=8)


async def attempt(app, address, **changes):
    async with connect(app, address) as client:
        return await client.post("/auth/login", json=ADMIN | changes)


async def statuses(app, address, times, **changes):
    return [(await attempt(app, address, **changes)).status_code for _ in range(times)]


async def test_the_wait_doubles_with_each_failure_and_ends_with_success(app, clock):
    assert await statuses(app, HOME, 3, password="no") == [401, 401, 401]
    waits = []
    for _ in range(2):
        refused = await attempt(app, HOME, password="no")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
        waits.append(int(refused.headers["retry-after"]))
        clock.advance(seconds=waits[-1])
        assert (await attempt(app, HOME, password="no")).status_code == 401
    assert waits == [2, 4]
    clock.advance(seconds=8)
    assert await statuses(app, HOME, 2) == [200, 200]
    assert await statuses(app, HOME, 3, password="no") == [401, 401, 401]


async def test_the_wait_has_an_end(app, clock):
    for _ in range(20):
        await attempt(app, HOME, password="no")
        clock.advance(seconds=300)
    assert (await attempt(app, HOME)).status_code == 200


async def test_failures_elsewhere_do_not_lock_out_where_the_user_came_from_before(app, clock):
    assert (await attempt(app, HOME)).status_code == 200
    for number in range(1, 7):
        assert (await attempt(app, f"203.0.113.{number}", password="no")).status_code == 401
    stranger = await attempt(app, AWAY)
    assert (stranger.status_code, stranger.json()["code"]) == (429, "too_many_attempts")
    assert (await attempt(app, HOME)).status_code == 200
    clock.advance(seconds=int(stranger.headers["retry-after"]))
    assert (await attempt(app, AWAY)).status_code == 200


async def test_an_address_that_tries_many_names_has_to_wait(app):
    for number in range(8):
        assert (await attempt(app, THIEF, username=f"user{number}")).status_code == 401
    assert (await attempt(app, THIEF, username="somebody-else")).status_code == 429
    assert (await attempt(app, THIEF)).status_code == 429
    assert (await attempt(app, HOME)).status_code == 200


async def test_a_user_of_ones_own_does_not_reset_the_address(app):
    for number in range(7):
        await attempt(app, THIEF, username=f"user{number}")
        assert (await attempt(app, THIEF)).status_code == 200
    await attempt(app, THIEF, username="user8")
    assert (await attempt(app, THIEF)).status_code == 429


async def test_names_that_nobody_has_are_slowed_down_alike(app):
    answers = [await attempt(app, HOME, username="nobody") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[3].json()["detail"] == "Wait 2 s before the next sign-in."


async def test_guesses_at_the_same_moment_win_nothing(app):
    answers = await asyncio.gather(*(attempt(app, THIEF, password=f"guess{number}") for number in range(20)))
    tried = sum(answer.status_code == 401 for answer in answers)
    assert 3 <= tried <= 4  # two are checked at the same time
    assert sum(answer.status_code == 429 for answer in answers) == 20 - tried


class TestQueue:
    @pytest.fixture
    async def passwords(self):
        made = Passwords(threads=1, queue=2)
        yield made
        made.close()

    async def test_more_than_may_wait_are_told_to_come_again(self, app, passwords):
        going_on = threading.Event()
        passwords._threads.submit(going_on.wait)  # noqa: SLF001 - or the machine's speed decides who waits
        tasks = [asyncio.create_task(attempt(app, f"192.0.2.{number}")) for number in range(10)]
        try:
            while sum(task.done() for task in tasks) < 7:
                await asyncio.wait([task for task in tasks if not task.done()], return_when=asyncio.FIRST_COMPLETED)
        finally:
            going_on.set()
        answers = await asyncio.gather(*tasks)
        told = sorted(answer.status_code for answer in answers)
        assert told == [200] * 3 + [503] * 7
        busy = next(answer for answer in answers if answer.status_code == 503)
        assert (busy.json()["code"], busy.headers["retry-after"]) == ("passwords_busy", "2")
        assert (await attempt(app, HOME)).status_code == 200


class TestSecondFactor:
    @pytest.fixture
    def factors(self, sign_in):
        """Asks everybody for a code."""

        async def methods(_user_id):
            return ["totp"]

        sign_in.second_factors.append(SimpleNamespace(methods=methods))

    @pytest.mark.usefixtures("factors")
    async def test_a_right_password_is_not_enough_for_who_has_a_second_factor(self, app, sign_in):
        asked = await attempt(app, HOME)
        assert (asked.status_code, asked.json()["code"]) == (401, "second_factor_required")
        assert asked.json()["methods"] == ["totp"]
        assert "set-cookie" not in asked.headers
        assert str(sign_in.challenges.read(asked.json()["challenge"]))
        wrong = await attempt(app, HOME, password="no")
        assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_credentials")

    @pytest.mark.usefixtures("factors")
    async def test_a_challenge_is_good_for_some_minutes_only(self, app, sign_in, clock):
        challenge = (await attempt(app, HOME)).json()["challenge"]
        clock.advance(minutes=5)
        with pytest.raises(Exception, match="not valid, or has expired"):
            sign_in.challenges.read(challenge)
