"""What a route notes for its answer's headers, whatever then becomes of the answer; read where it is sent."""

from collections.abc import MutableMapping
from typing import Any, Final

_NOTES: Final = "docchain.notes"
_NO_CONTENT: Final = 204


class Notes:
    __slots__ = ("applied", "is_replayed", "is_short")

    def __init__(self) -> None:
        self.applied: list[str] = []
        self.is_replayed = False
        self.is_short = False

    def apply(self, preference: str) -> None:
        """A preference was followed."""
        if preference not in self.applied:
            self.applied.append(preference)

    def replay(self) -> None:
        """The answer is that of an earlier request with the same key."""
        self.is_replayed = True

    def shorten(self) -> None:
        """The answer, if it is a good one, needs no body."""
        self.is_short = True
        self.apply("return=minimal")

    def headers(self) -> dict[str, str]:
        told = {"Preference-Applied": ", ".join(self.applied)} if self.applied else {}
        return told | ({"Idempotency-Replayed": "true"} if self.is_replayed else {})


def notes_of(scope: MutableMapping[str, Any]) -> Notes:
    """The notes of a request."""
    notes: Notes = scope.setdefault(_NOTES, Notes())
    return notes
