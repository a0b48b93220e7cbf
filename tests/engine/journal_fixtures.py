"""Recorded journals, and what this release makes of them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from scripted import Script, kinds_of

from docchain.engine.definition import compile_plan, read_spec
from docchain.engine.machine import facts as f
from docchain.engine.machine.fold import fold
from docchain.features.runs.books import Books

RELEASES = Path(__file__).parent / "fixtures" / "journals"


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def expected_of(path: Path) -> dict[str, Any]:
    """By run: its folded state, its row of the list, and the events it gave rise to."""
    lines = lines_of(path)
    kinds = kinds_of(Script())
    plans = {line["definition"]: compile_plan(read_spec(line["body"]), kinds) for line in lines if "definition" in line}
    told: dict[str, Any] = {}
    for line in lines:
        if "run" not in line:
            continue
        run_id = line["run"]["id"]
        facts = f.decode(json.dumps(line["facts"]).encode())
        state = fold(plans[facts[0].definition], run_id, facts)
        told[run_id] = {"state": msgspec.to_builtins(state), **projection(run_id, facts)}
    return json.loads(json.dumps(told))


def projection(run_id: str, facts: list[f.Fact]) -> dict[str, Any]:
    started = facts[0]
    books = Books(UUID(run_id), UUID(started.workspace), started.label, started.actor)
    notes: list[Any] = []
    books.take(facts, notes)
    books.started = None
    row = {name: value for name, value in asdict(books).items() if name not in {"run_id", "workspace_id", "started"}}
    return {"row": row, "events": [[type_, at, told] for type_, _, at, told in notes]}
