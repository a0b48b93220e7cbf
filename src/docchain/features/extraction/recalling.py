"""How steps come to what people corrected; its one rule: who keeps corrections is handed in from above."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID


class Recalls(Protocol):
    """Who keeps corrections."""

    async def knows(self, workspace: UUID, schema: str) -> bool:
        """Whether anything was ever corrected for this `schema_key`."""
        ...

    async def like(
        self, workspace: UUID, schema: str, fingerprint: Mapping[str, Any], buckets: Sequence[int]
    ) -> list[dict[str, Any]]:
        """Examples of papers that are laid out like this one, the newest first."""
        ...
