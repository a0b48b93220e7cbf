"""The README's walk over HTTP works as printed, against a real server."""

import json
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from doc_pages import ROOT, Page

PATIENCE = 90


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A server process on a free port; yields its address, which it prints when it is ready."""
    command = [sys.executable, "-m", "docchain", "serve", "--data-dir", str(tmp_path / "data"), "--port", "0"]
    options = {"cwd": ROOT, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **options) as process:  # noqa: S603 - our own
        assert process.stderr is not None
        try:
            address = next(found[0] for line in process.stderr if (found := re.search(r"http://[\d.]+:\d+", line)))
            Thread(target=deque, args=(process.stderr, 0), daemon=True).start()
            yield address
        finally:
            process.terminate()
            process.wait(PATIENCE)


def walk() -> str:
    blocks = [block.text for block in Page(ROOT / "README.md").blocks("sh") if "$BASE" in block.text]
    assert len(blocks) == 5
    return "\n".join(blocks)


def test_the_walk_over_http_works_as_printed(server: str, tmp_path: Path):
    script = "set -eu\n" + walk().replace("http://127.0.0.1:8000", server)
    answers = tmp_path / "answers"
    with answers.open("wb") as out:
        command = ["bash", "-c", script]
        path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        subprocess.run(command, cwd=ROOT, env=os.environ | path, stdout=out, timeout=PATIENCE, check=True)  # noqa: S603 - our own
    text, stream, live = re.split(
        r"(id: \d+\ndata: .*\n\n)(?=Connected to ws:)", answers.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    streamed = [
        json.loads(line.removeprefix("data: "))["event"] for line in stream.splitlines() if line.startswith("data: ")
    ]
    assert (streamed[0], streamed[-1]) == ("run.started", "run.finished")
    assert '"type":"events"' in live
    assert '"event":"run.finished"' in live
    lineage = json.JSONDecoder().raw_decode(text[text.rindex('{"run_id"') :])[0]
    assert lineage["value"] == {"amount": "5938.68", "currency": "EUR"}
    assert (lineage["page"], lineage["text"]) == (1, "5.938,68 €")
    assert lineage["sources"][0]["name"] == "factura_equipos.pdf"
