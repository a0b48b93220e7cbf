"""What search tells the event log."""

from typing import Final

KIND: Final = "search"
REBUILD: Final = "search_rebuild"
REBUILD_ORDERED: Final = "search.rebuild_ordered"
REBUILD_ENDED: Final = "search.rebuild_ended"
SAVED: Final = "search.saved"
CHANGED: Final = "search.changed"
REMOVED: Final = "search.removed"
