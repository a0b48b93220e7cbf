"""The limiter: whose request it is, which policy counts for it, and what is left of that."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import UUID

from docchain.platform.addresses import counted_as
from docchain.platform.limits.counting import Count, InMemory, counter_of
from docchain.platform.limits.policies import Policies, Policy, narrowed, policies_of
from docchain.platform.settings_protection import RateSettings
from docchain.platform.work import Actor

_KNOWN: Final = 50_000
_FRESH: Final = 3.0
CLASSES: Final = ("read", "write", "sign_in")
Chosen = Callable[[], Awaitable[Mapping[UUID, Mapping[str, Any]]]]
"""What workspaces chose, by workspace."""


class Subject:
    """Who is counted, and in which workspace; `counted` has the names of policy and count by class."""

    __slots__ = ("counted", "kind", "workspace")

    def __init__(self, kind: str, key: str, workspace: UUID | None = None) -> None:
        self.kind = kind
        self.workspace = workspace
        self.counted = {class_: (f"{kind}.{class_}", f"{key}.{class_}") for class_ in CLASSES}


class Limiter:
    """What doors find at `services.limiter`.

    Args:
        settings: policies, and where they are counted.
        chosen: what workspaces chose instead.
    """

    def __init__(self, settings: RateSettings, chosen: Chosen | None = None) -> None:
        self.is_on = settings.rate_limiting
        self.policies = policies_of(settings.rate_limits)
        self._chosen = chosen
        self._narrowed: dict[UUID, tuple[object, Policies]] = {}
        self._subjects: dict[bytes, Subject] = {}
        self._addresses: dict[str, Subject] = {}
        self._looked = float("-inf")
        self.counter = counter_of(settings)
        self.memory = self.counter if isinstance(self.counter, InMemory) else None
        """Where nobody has to be waited for."""

    def known(self, credentials: bytes) -> Subject | None:
        """Whose credentials these are, once they have been let in."""
        return self._subjects.get(credentials)

    def at(self, address: str) -> Subject:
        """Who calls from there."""
        found = self._addresses.get(address)
        if found is None:
            if len(self._addresses) >= _KNOWN:
                self._addresses.clear()
            found = self._addresses[address] = Subject("ip", counted_as(address))
        return found

    def learn(self, credentials: bytes, actor: Actor) -> None:
        """These credentials stand for this actor."""
        if len(self._subjects) >= _KNOWN:
            self._subjects.clear()
        self._subjects[credentials] = subject_of(actor)

    async def refresh(self, *, at_once: bool = False) -> None:
        """Look what workspaces chose, if the last look was some seconds ago."""
        if self._chosen is None or not (at_once or self.is_due()):
            return
        self._looked = time.monotonic()
        chosen = await self._chosen()
        for workspace, value in chosen.items():
            if workspace not in self._narrowed or self._narrowed[workspace][0] != value:
                self._narrowed[workspace] = (value, narrowed(self.policies, value.get("policies", {})))

    def is_due(self) -> bool:
        """Whether it is time to look what workspaces chose."""
        return self._chosen is not None and time.monotonic() - self._looked >= _FRESH

    def policy(self, subject: Subject, class_: str) -> Policy:
        policies = self.policies
        if self._narrowed and subject.workspace is not None and subject.workspace in self._narrowed:
            policies = self._narrowed[subject.workspace][1]
        return policies[subject.counted[class_][0]]

    async def look(self, subject: Subject, class_: str) -> tuple[Policy, Count]:
        policy = self.policy(subject, class_)
        return policy, await self.counter.look(subject.counted[class_][1], policy)

    async def close(self) -> None:
        await self.counter.close()


def subject_of(actor: Actor) -> Subject:
    """A key is counted by itself; a user over all sessions."""
    if actor.key_id is not None:
        return Subject("key", str(actor.key_id), actor.workspace_id)
    return Subject("user", str(actor.user_id or actor.name), actor.workspace_id)
