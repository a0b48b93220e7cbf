"""Counting by one moment a subject, when it would be through with all it asked (GCRA): in memory, or in Redis."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import structlog

from docchain.platform.limits.policies import Policy
from docchain.platform.settings_protection import RateSettings

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = structlog.get_logger(__name__)
_MOST: Final = 200_000
_AWAY: Final = 5.0
_SCRIPT: Final = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local pause, burst, spend = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local due = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local ahead = due + pause - now
local over = ahead - pause * burst
if spend == '1' and over <= 0.000001 then
  redis.call('SET', KEYS[1], string.format('%.6f', due + pause), 'PX', math.ceil(ahead * 1000) + 1)
end
return {string.format('%.6f', over), string.format('%.6f', due - now)}
"""


class Count(NamedTuple):
    """`wait` is 0 for a request that is answered; `remaining` may follow at once; in `full` seconds all may."""

    wait: float
    remaining: int
    full: float


def _count(policy: Policy, before: float, *, spends: bool) -> Count:
    """`before`: seconds for which what was asked already lasts."""
    pause, room = policy.pause, policy.room
    ahead = before + pause if spends else before
    if ahead > room:
        return Count(ahead - room, 0, before) if spends else Count(0.0, 0, before)
    return Count(0.0, int((room - ahead) / pause), ahead)


class Counter(Protocol):
    async def take(self, key: str, policy: Policy) -> Count: ...

    async def look(self, key: str, policy: Policy) -> Count:
        """The same without asking for anything."""
        ...

    async def close(self) -> None:
        """Nobody is counted any more."""
        ...


class InMemory:
    """Counts of this process.

    Args:
        now: seconds that never go back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._due: dict[str, float] = {}

    def take_now(self, key: str, policy: Policy) -> Count:
        now = self._now()
        due = self._due.get(key)
        if due is None and len(self._due) >= _MOST:
            self._forget(now)
        before = 0.0 if due is None or due <= now else due - now
        count = _count(policy, before, spends=True)
        if not count.wait:
            self._due[key] = now + count.full
        return count

    async def take(self, key: str, policy: Policy) -> Count:
        return self.take_now(key, policy)

    async def look(self, key: str, policy: Policy) -> Count:
        now = self._now()
        return _count(policy, max(0.0, self._due.get(key, now) - now), spends=False)

    async def close(self) -> None:
        """Nothing is open here."""

    def _forget(self, now: float) -> None:
        """Who has nothing outstanding is as good as new; if all have, the oldest half is forgiven."""
        self._due = {key: due for key, due in self._due.items() if due > now}
        if len(self._due) >= _MOST:
            self._due = dict(list(self._due.items())[_MOST // 2 :])


class InRedis:
    """Counts that all servers share.

    While Redis does not answer, this process counts by itself: nobody is shut out, and not everybody is let in.

    Args:
        url: where Redis is.
        timeout: seconds that a request waits for it.
        meanwhile: counts while it is away.
    """

    def __init__(self, url: str, timeout: float, meanwhile: InMemory) -> None:
        self._url = url
        self._timeout = timeout
        self._meanwhile = meanwhile
        self._client: Redis | None = None
        self._away_until = float("-inf")
        self.is_away = False

    async def take(self, key: str, policy: Policy) -> Count:
        answer = await self._ask(key, policy, "1")
        if answer is None:
            return self._meanwhile.take_now(key, policy)
        over, before = answer
        return Count(over, 0, before) if over > 1e-6 else _count(policy, before, spends=True)  # noqa: PLR2004 - as above

    async def look(self, key: str, policy: Policy) -> Count:
        answer = await self._ask(key, policy, "0")
        return await self._meanwhile.look(key, policy) if answer is None else _count(policy, answer[1], spends=False)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, key: str, policy: Policy, spends: str) -> tuple[float, float] | None:
        if time.monotonic() < self._away_until:
            return None
        try:
            told: Any = await self._connected().eval(  # type: ignore[no-untyped-call, unused-ignore] # its types are loose
                _SCRIPT, 1, f"docchain:rate:{policy.name}:{key}", f"{policy.pause:.9f}", str(policy.burst), spends
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, requests are answered
            self._away_until = time.monotonic() + _AWAY
            if not self.is_away:
                log.warning("rate_limits_alone", error=type(error).__name__, hint="Redis does not answer.")
            self.is_away = True
            return None
        if self.is_away:
            log.info("rate_limits_together")
        self.is_away = False
        return float(told[0]), float(told[1])

    def _connected(self) -> "Redis":
        if self._client is None:
            from redis.asyncio import Redis  # noqa: PLC0415 - only who uses it pays for its import

            self._client = Redis.from_url(
                self._url, socket_timeout=self._timeout, socket_connect_timeout=self._timeout, max_connections=64
            )
        return self._client


def counter_of(settings: RateSettings) -> Counter:
    """Where the operator wants to have it counted."""
    memory, url = InMemory(), settings.redis_url.get_secret_value()
    return InRedis(url, settings.rate_timeout, memory) if url else memory
