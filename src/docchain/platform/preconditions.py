"""The state that a change was made on: a change of another state is refused, so that nobody's work is lost."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from pydantic import BaseModel

from docchain.platform.errors import Stale


@dataclass(frozen=True, slots=True)
class Expected:
    """The states that a client wants to change; without tags, any."""

    tags: frozenset[str] | None = None

    def met_by(self, state: str | int) -> bool:
        return self.tags is None or etag_of(state) in self.tags

    def check(self, state: str | int, stale: Stale) -> None:
        """Refuse a change of another state than was read; the refusal tells the present ETag.

        Args:
            state: what stands in the ETag of the resource, such as its revision.
            stale: how that is told.
        """
        if not self.met_by(state):
            stale.etag = etag_of(state)
            raise stale


ANY: Final = Expected()


def etag_of(state: str | int) -> str:
    return f'"{state}"'


def state_of(shown: BaseModel) -> str:
    """The state of what has no revision: a digest of all that is shown."""
    return sha256(shown.model_dump_json().encode()).hexdigest()[:32]
