"""One group commit: everything that becomes durable with one fsync."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Batch:
    """Rows by table; see `schema.py` for what the columns mean."""

    entries: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    open_runs: list[tuple[bytes, bytes, int, int | None]] = field(default_factory=list)
    closed_runs: list[bytes] = field(default_factory=list)
    effects: list[tuple[bytes, str, int, str, str, int]] = field(default_factory=list)
    blobs: list[tuple[bytes, bytes, bytes]] = field(default_factory=list)
    definitions: list[tuple[str, str]] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)

    @property
    def has_only_entries(self) -> bool:
        """Nobody waits, nothing is on its way, nothing is new: runs that start and end at once are like that."""
        return not (
            self.open_runs or self.closed_runs or self.effects or self.blobs or self.definitions or self.cursors
        )
