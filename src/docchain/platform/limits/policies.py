"""Policies: how many requests who may make in which class, sustained and at once."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from docchain.platform.settings import SettingsError

USUAL: Final[Mapping[str, tuple[int, float, int]]] = {
    "ip.read": (30_000, 60.0, 5_000),
    "ip.write": (6_000, 60.0, 2_000),
    "ip.sign_in": (300, 60.0, 100),
    "user.read": (60_000, 60.0, 10_000),
    "user.write": (12_000, 60.0, 2_000),
    "key.read": (60_000, 60.0, 10_000),
    "key.write": (12_000, 60.0, 2_000),
}
"""By subject and class: requests, in so many seconds, and how many at once. Callers who are known are counted as
users or keys, all others by their address; sign-ins by address always."""


class Policy:
    """`amount` requests in `seconds`, of which `burst` may come at once."""

    def __init__(self, name: str, amount: int, seconds: float, burst: int) -> None:
        self.name = name
        self.amount = amount
        self.seconds = seconds
        self.burst = burst

    @cached_property
    def pause(self) -> float:
        """Seconds in which one more request is earned."""
        return self.seconds / self.amount

    @cached_property
    def room(self) -> float:
        """Seconds for which a whole burst lasts, and a little more than a clock can tell."""
        return self.pause * self.burst + 1e-8

    @cached_property
    def tag(self) -> bytes:
        return self.name.encode()

    @cached_property
    def told(self) -> bytes:
        """As the header `RateLimit-Policy` tells it."""
        return f'"{self.name}";q={self.amount};w={max(1, round(self.seconds))}'.encode()


Policies = Mapping[str, Policy]


def policies_of(chosen: Mapping[str, Sequence[Any]]) -> Policies:
    """The usual ones, and what the operator chose instead.

    Raises:
        SettingsError: there is no such policy.
    """
    if unknown := set(chosen) - set(USUAL):
        raise SettingsError(f"DOCCHAIN_RATE_LIMITS: {min(unknown)!r} is none of {', '.join(USUAL)}.")
    return {name: Policy(name, *chosen.get(name, usual)) for name, usual in USUAL.items()}


def narrowed(policies: Policies, chosen: Mapping[str, Sequence[Any]]) -> Policies:
    """What a workspace chose, where it is not more than the operator's."""
    return {name: _less(policy, chosen[name]) if name in chosen else policy for name, policy in policies.items()}


def _less(most: Policy, chosen: Sequence[Any]) -> Policy:
    wanted = Policy(most.name, *chosen)
    if wanted.pause < most.pause:
        wanted = Policy(most.name, most.amount, most.seconds, wanted.burst)
    return Policy(wanted.name, wanted.amount, wanted.seconds, min(wanted.burst, most.burst))
