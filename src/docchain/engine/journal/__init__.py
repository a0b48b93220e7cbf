"""The journal: append-only facts of all runs, committed in groups, one fsync each."""

from docchain.engine.journal.batch import Batch
from docchain.engine.journal.port import Journal, JournalError, JournalUnavailableError, LeaseLostError
from docchain.engine.journal.sqlite import SqliteJournal

__all__ = ["Batch", "Journal", "JournalError", "JournalUnavailableError", "LeaseLostError", "SqliteJournal"]
