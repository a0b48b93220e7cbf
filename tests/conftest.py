"""Servers and instruments of our own that tests of every folder may use."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def postgres_server() -> Iterator:
    """A PostgreSQL server that starts when the first test asks for it."""
    from postgres_server import PostgresServer  # noqa: PLC0415 - most tests need no driver

    server = PostgresServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres_server) -> str:
    """An empty database of its own."""
    return postgres_server.new_database()


@pytest.fixture(scope="session")
def fsync_counter(tmp_path_factory) -> Path:
    """A library to preload: each fsync of the process becomes a line of the file named by FSYNC_LOG."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        if os.environ.get("CI"):
            pytest.fail("Counting fsyncs needs Linux and a C compiler: apt-get install gcc libc6-dev.")
        pytest.skip("Counting fsyncs needs Linux and a C compiler; on Debian: apt-get install gcc libc6-dev.")
    library = tmp_path_factory.mktemp("shim") / "count_fsyncs.so"
    source = Path(__file__).parent / "count_fsyncs.c"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (our own program)
    return library
