"""The lock of a data folder: one process executes runs on it; a second one would tear the journal."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from docchain.platform.settings import SettingsError


class DataInUse(SettingsError):
    """Another process holds the lock."""


@contextlib.contextmanager
def only_engine(data_dir: Path) -> Iterator[None]:
    """Hold the lock.

    Raises:
        DataInUse: another process holds it.
    """
    with (data_dir / "engine.lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataInUse(
                f"Another docchain process works on {data_dir.resolve()}. Stop it, or choose another folder with "
                "DOCCHAIN_DATA_DIR (or --data-dir)."
            ) from None
        yield
