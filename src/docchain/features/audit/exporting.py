"""Exports: a chain's checkpoints and entries as lines of JSON, which anybody can verify without the database."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO, Any, Final
from uuid import UUID

import msgspec

from docchain.features.audit.chain import Checkpoint
from docchain.features.audit.domain import canonical, digest, moment
from docchain.features.audit.errors import BadExport
from docchain.features.audit.repository import CURSOR, ChainRepository
from docchain.features.audit.verifying import CHECKPOINT, ChainVerifier, Finding, Verdict
from docchain.platform.cursors import peek_position
from docchain.platform.work import Work

FORMAT: Final = 1
_BEGIN: Final = b'{"entry":'
_MIDDLE: Final = b',"position":'
_KIND: Final = "docchain_audit"


def write_export(work: Work, file: IO[bytes], chains: Iterable[UUID]) -> dict[str, int]:
    """Write the chains one after the other; returns how many entries and checkpoints there were."""
    rows, counted = ChainRepository(work.session), {"chains": 0, "checkpoints": 0, "entries": 0}
    until = peek_position(work, CURSOR)
    for chain in chains:
        counted["chains"] += 1
        head = {_KIND: FORMAT, "chain": str(chain), "exported_at": moment(work.now), "sealed_until": until}
        file.write(msgspec.json.encode(head) + b"\n")
        for checkpoint in rows.checkpoints(chain):
            counted["checkpoints"] += 1
            file.write(msgspec.json.encode({"checkpoint": checkpoint.to_json()}) + b"\n")
        for row in rows.entries(chain):
            counted["entries"] += 1
            file.write(b"%s%s%s%d}\n" % (_BEGIN, canonical(row), _MIDDLE, row[0]))
    return counted


def verify_chain(work: Work, chain: UUID, trusted: Iterable[str] = (), known: str = "") -> Verdict:
    """Verify a chain where it is stored."""
    rows = ChainRepository(work.session)
    verifier = ChainVerifier(str(chain), trusted, known, peek_position(work, CURSOR))
    for checkpoint in rows.checkpoints(chain):
        verifier.checkpoint(checkpoint)
    for row in rows.entries(chain):
        verifier.entry(row[0], digest(canonical(row)))
    return verifier.finish()


def verify_export(
    file: IO[bytes], trusted: Iterable[str] = (), known: dict[str, str] | None = None
) -> Iterator[Verdict]:
    """Verify an export, chain by chain; neither a database nor settings are needed.

    Args:
        file: the lines.
        trusted: public keys whose signatures count; none: those of the file itself.
        known: by chain, the last checkpoint of an earlier export.

    Raises:
        BadExport: it is something else.
    """
    trusted, known, verifier = list(trusted), dict(known or {}), None
    for number, line in enumerate(file, 1):
        if (entry := _entry(line)) is not None:
            if verifier is None:
                raise BadExport("The first line does not say which chain follows.", hint="Export it again.")
            verifier.entry(*entry)
            continue
        told = _told(line, number)
        if _KIND in told:
            if verifier is not None:
                yield verifier.finish()
            chain = str(told.get("chain"))
            until = told.get("sealed_until")
            verifier = ChainVerifier(chain, trusted, known.pop(chain, ""), until if isinstance(until, int) else 0)
        elif verifier is None or "checkpoint" not in told:
            raise BadExport(f"Line {number} is neither an entry nor a checkpoint.", hint="Export it again.")
        else:
            verifier.checkpoint(_checkpoint(told["checkpoint"], number))
    if verifier is None:
        raise BadExport("The file is empty.", hint="Make one with `docchain audit export`.")
    yield verifier.finish()
    for chain in known:
        said = "the chain is missing, which the earlier export has"
        yield Verdict(chain, findings=[Finding(0, CHECKPOINT, said, chain)])


def _entry(line: bytes) -> tuple[int, bytes] | None:
    """Position and digest, of the bytes as they stand; nothing of an entry has to be understood."""
    if not line.startswith(_BEGIN):
        return None
    entry, found, rest = line.rstrip(b"\r\n").rpartition(_MIDDLE)
    with suppress(ValueError):
        if found and rest.endswith(b"}") and rest[:-1].isdigit():
            return int(rest[:-1]), digest(entry.removeprefix(_BEGIN))
    return None


def _told(line: bytes, number: int) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(line)
    except msgspec.DecodeError:
        told = None
    if not isinstance(told, dict):
        raise BadExport(f"Line {number} is no JSON object.", hint="Export it again, or restore the line.")
    return told


def _checkpoint(told: Any, number: int) -> Checkpoint:
    try:
        return Checkpoint.from_json(told)
    except (TypeError, ValueError, KeyError):
        raise BadExport(f"The checkpoint in line {number} cannot be read: it was altered.") from None
