"""The whole API in a storm of valid and broken requests, briefly; `make test-hostile` goes on for longer."""

import pytest
from real_server import RealServer
from storm import LIMITS, faults_of, storm

SHARES = {"examples,coverage": 20, "fuzzing": 6, "stateful": 14}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_breaks_and_everything_is_as_described(database, request, tmp_path):
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    with RealServer(tmp_path, url, **LIMITS) as server:
        for phases, seconds in SHARES.items():
            done = storm(server, "--seed", "1", "--max-time", str(seconds), "--phases", phases)
            assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
        assert faults_of(server) == []
