"""A storm of requests over the whole published API, valid and broken, at a real server; says what it found.

make test-hostile    or, once:    python tests/hostile/storm.py --database sqlite --seconds 60 --seed 1
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent)]

from real_server import RealServer  # noqa: E402

from postgres_server import PostgresServer  # noqa: E402 - after the path

LIMITS = {"DOCCHAIN_LIVE_HEARTBEAT": "1", "DOCCHAIN_OUTGOING_TIMEOUT": "2"}


@contextmanager
def database_url(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield ""
        return
    server = PostgresServer()
    server.start()
    try:
        yield server.new_database()
    finally:
        server.remove()


def storm(server: RealServer, *options: str) -> subprocess.CompletedProcess[str]:
    """Let schemathesis work on a server; it returns 0 only if no check failed."""
    command = [str(Path(sys.executable).with_name("st")), "--config-file", str(HERE / "schemathesis.toml"), "run"]
    command += [f"{server.url}/openapi.json", "-H", f"Authorization: Bearer {server.token}", "--no-color", *options]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "schemathesis_hooks"}
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    folder = server.log.parent
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


def faults_of(server: RealServer) -> list[str]:
    """What the server wrote about failures of its own."""
    return [line for line in server.log.read_text().splitlines() if "[error" in line or "Traceback" in line]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    asked = parser.parse_args()
    options = ["--max-time", str(asked.seconds), "--phases", asked.phases]
    if asked.seed is not None:
        options += ["--seed", str(asked.seed)]
    with (
        database_url(asked.database) as url,
        tempfile.TemporaryDirectory() as folder,
        RealServer(Path(folder), url, **LIMITS) as server,
    ):
        done = storm(server, *options)
        sys.stdout.write(done.stdout + done.stderr)
        faults = faults_of(server)
    sys.stdout.write("\n".join(faults[:50]))
    return done.returncode or bool(faults)


if __name__ == "__main__":
    sys.exit(main())
