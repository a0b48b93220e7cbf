"""Verifying a chain: every entry against the digest that was sealed; names what was altered, deleted or moved. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from docchain.features.audit.chain import NOTHING, Checkpoint, Leaf, is_signed

ALTERED: Final = "altered"
DELETED: Final = "deleted"
INSERTED: Final = "inserted"
REORDERED: Final = "reordered"
CHECKPOINT: Final = "checkpoint"
_TOLD: Final = 100


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that is not as it was sealed, at a position of the log."""

    position: int
    kind: str
    said: str
    chain: str = ""


@dataclass(slots=True)
class Verdict:
    """What verifying one chain found; `findings` are the first ones, in the order of the log."""

    chain: str
    entries: int = 0
    checkpoints: int = 0
    unsealed: int = 0
    last: str = NOTHING
    keys: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


class ChainVerifier:
    """Takes the checkpoints of a chain, then its entries, in the order in which they are stored.

    Args:
        chain: whose.
        trusted: public keys whose signatures count; none: those that are found, which the verdict then tells.
        known: digest of a checkpoint that an earlier export ended with; it has to be in the chain still.
        until: the position up to which the sealer has read; whatever is there must be sealed.
    """

    def __init__(self, chain: str, trusted: Iterable[str] = (), known: str = "", until: int = 0) -> None:
        self._verdict = Verdict(chain)
        self._trusted = set(trusted)
        self._known = known
        self._until = until
        self._leaves: dict[int, bytes] = {}
        self._unsure: list[tuple[int, int]] = []
        self._doubt: int | None = None
        self._number, self._end, self._seen = 0, 0, 0
        self._strays: list[Leaf] = []
        self._changed: list[Leaf] = []
        self._lost: dict[int, bytes] = {}
        self._found: list[Finding] = []

    def checkpoint(self, given: Checkpoint) -> None:
        verdict = self._verdict
        verdict.checkpoints += 1
        verdict.keys.add(given.public_key)
        trouble = self._trouble(given)
        if self._doubt is None and (trouble or given.number > self._number + 1):
            self._doubt = self._end + 1
        if trouble:
            self._find(CHECKPOINT, given.first, f"checkpoint {given.number} {trouble}")
        else:
            self._trust(given)
        self._number, self._end = given.number, max(self._end, given.last)
        verdict.last = given.digest
        if given.digest == self._known:
            self._known = ""

    def _trust(self, given: Checkpoint) -> None:
        self._leaves.update(given.leaf_list())
        if self._doubt is not None:
            self._unsure.append((self._doubt, given.first - 1))
            self._doubt = None

    def _trouble(self, given: Checkpoint) -> str:
        if given.number != self._number + 1:
            which = f"{self._number + 1}" if given.number == self._number + 2 else f"{self._number + 1}…"
            self._find(CHECKPOINT, self._end + 1, f"checkpoint {which} is missing")
        elif given.previous != self._verdict.last:
            return "does not follow the one before: one of them was altered"
        if given.chain != self._verdict.chain or given.true_digest() != given.digest:
            return "was altered"
        if self._trusted and given.public_key not in self._trusted:
            return "was signed with another key"
        return "" if is_signed(given) else "has a wrong signature"

    def entry(self, position: int, digest: bytes) -> None:
        verdict = self._verdict
        verdict.entries += 1
        if position <= self._seen:
            self._strays.append((position, digest))
            return
        self._seen = position
        sealed = self._leaves.pop(position, None)
        if sealed == digest:
            return
        if sealed is not None:
            self._changed.append((position, digest))
            self._lost[position] = sealed
        elif position > max(self._end, self._until):
            verdict.unsealed += 1
        elif not self._is_unsure(position):
            self._strays.append((position, digest))

    def finish(self) -> Verdict:
        self._lost |= self._leaves
        where = {digest: position for position, digest in self._lost.items()}
        moved: set[int] = set()
        changed = {position for position, _ in self._changed}
        for position, digest in [*self._changed, *self._strays]:
            sealed = where.get(digest)
            if sealed is not None:
                moved.add(sealed)
                self._find(REORDERED, position, _moved(position, sealed))
            elif position in changed:
                self._find(ALTERED, position, f"entry {position} was altered")
            else:
                self._find(INSERTED, position, f"entry {position} was inserted")
        for position in self._lost.keys() - moved - changed:
            self._find(DELETED, position, f"entry {position} was deleted")
        if self._known:
            said = f"the chain does not go on from the checkpoint {self._known[:16]}… of the earlier export"
            self._find(CHECKPOINT, self._end, said)
        self._verdict.findings = sorted(self._found)[:_TOLD]
        return self._verdict

    def _is_unsure(self, position: int) -> bool:
        """Whether the checkpoint that would tell is itself not to be trusted, which was told."""
        if self._doubt is not None and position >= self._doubt:
            return True
        return any(first <= position <= last for first, last in self._unsure)

    def _find(self, kind: str, position: int, said: str) -> None:
        self._found.append(Finding(position, kind, said, self._verdict.chain))


def _moved(position: int, sealed: int) -> str:
    if position == sealed:
        return f"entry {position} comes out of order"
    return f"entry {position} holds what was sealed as entry {sealed}: they were reordered"
