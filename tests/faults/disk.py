"""A disk that is full when we say so: a library, preloaded into the processes under test, refuses their writes."""

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).parent / "full_disk.c"


class Disk:
    """Below `root`, nothing can be written while it is full.

    Raises:
        RuntimeError: without a C compiler.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            raise RuntimeError("A full disk needs a C compiler; on Debian: apt-get install gcc libc6-dev.")
        library = folder / "full_disk.so"
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own program
        library.chmod(0o755)
        self._flag = folder / "disk-is-full"
        self.environment = {
            "LD_PRELOAD": str(library),
            "FULL_DISK_FLAG": str(self._flag),
            "FULL_DISK_ROOT": str(root),
        }

    def fill(self) -> None:
        self._flag.touch()

    def clear(self) -> None:
        self._flag.unlink(missing_ok=True)
