"""The state that a change was made on: a change of another state is refused, so that nobody's work is lost."""

import json
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
        return self.tags is None or any(tag.strip('"').partition(_AND)[0] == str(state) for tag in self.tags)

    def check(self, state: str | int, stale: Stale) -> None:
        """Refuse a change of another state than was read; the refusal tells the present ETag.

        Args:
            state: what stands in the ETag of the resource, such as its revision.
            stale: how that is told.
        """
        if not self.met_by(state):
            stale.etag = etag_of(state)
            raise stale


_AND: Final = "."
ANY: Final = Expected()


def etag_of(state: str | int, *told: str) -> str:
    """The ETag of a state.

    Args:
        state: what a change is checked against, such as a revision.
        told: names of other things that are told along; they make another answer, but no other state to change.
    """
    return f'"{state}{_AND}{sha256(json.dumps(told).encode()).hexdigest()[:12]}"' if told else f'"{state}"'


def state_of(shown: BaseModel) -> str:
    """The state of what has no revision: a digest of all that is shown."""
    return sha256(shown.model_dump_json().encode()).hexdigest()[:32]
