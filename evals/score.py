"""Runs the product on documents with known answers and says how much is right: `python evals/score.py`."""

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pypdfium2
from make_layouts import HOLDOUT, LAYOUTS, make
from tally import Tally

ROOT = Path(__file__).parents[1]
SAMPLE_KEYS = {
    "number": ("invoice_number",),
    "date": ("date",),
    "currency": ("currency",),
    "net": ("amount_untaxed",),
    "total": ("amount",),
    "seller_tax_id": ("vat", "static_vat"),
}
SETS = {"frozen": ("Frozen layouts", LAYOUTS), "holdout": ("Held-out layouts", HOLDOUT)}
Results = dict[str, dict[str, Any]]


def read_results(text: str) -> Results:
    """One JSON object a line, by file name; other lines are somebody's progress."""
    objects = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return {Path(item["file"]).name: item for item in objects}


def run(command: str, workflow: Path, files: list[Path]) -> Results:
    with tempfile.TemporaryDirectory() as data:
        arguments = [*shlex.split(command), "run", str(workflow), *map(str, files), "--json", "--data-dir", data]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603  # the caller's own command
    results = read_results(done.stdout)
    if not results:
        raise SystemExit(f"`{command} run` printed no results. It said:\n{done.stderr[-2000:]}")
    return results


def _in_text(pdf: Path, value: str) -> bool:
    """Whether the page prints this id at all: nobody can extract what only the answer file knows."""
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    plain = [re.sub(r"\W", "", text) for text in ("".join(pages), value)]
    return plain[1] in plain[0]


def sample_answers(pdf: Path) -> dict[str, Any]:
    """Answers in the shape of ours from the JSON beside a sample."""
    known = json.loads(pdf.with_suffix(".json").read_text("utf-8"))
    known = known[0] if isinstance(known, list) else known
    fields = {}
    for name, keys in SAMPLE_KEYS.items():
        value = next((known[key] for key in keys if known.get(key) is not None), None)
        if value is not None and (name != "seller_tax_id" or _in_text(pdf, value)):
            fields[name] = {"value": str(value)}
    return {"file": pdf.name, "fields": fields, "partial": True}


def score(title: str, answers: list[dict[str, Any]], results: Results) -> Tally:
    tally = Tally(title)
    for item in answers:
        tally.add(item, results.get(item["file"]))
    return tally


def _score_layouts(options: argparse.Namespace, title: str, layouts: Path) -> Tally:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        files = make(folder, layouts)
        answers = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.answers.json"))]
        if options.results:
            return score(title, answers, read_results(options.results.read_text("utf-8")))
        return score(title, answers, run(options.docchain, options.workflow, files))


def _score_samples(options: argparse.Namespace) -> Tally:
    files = [path for path in sorted(options.samples.glob("*.pdf")) if path.with_suffix(".json").exists()]
    if not files:
        raise SystemExit(f"{options.samples} has no PDF with a JSON answer beside it. Give another --samples folder.")
    results = run(options.docchain, options.workflow, files)
    return score(f"Samples in {options.samples}", [sample_answers(path) for path in files], results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workflow", type=Path, default=ROOT / "examples/invoice_intake/workflow.yaml")
    parser.add_argument("--docchain", default=str(Path(sys.executable).with_name("docchain")), help="the command")
    parser.add_argument("--results", type=Path, help="score these JSON lines of the layouts instead of running")
    parser.add_argument("--set", choices=[*SETS, "both"], default="both", help="which layouts")
    parser.add_argument("--samples", type=Path, help="a folder of PDFs with JSON answers beside them")
    parser.add_argument("--details", action="store_true", help="name every value that is not right")
    parser.add_argument("--json", type=Path, help="write the shares here too")
    return parser.parse_args()


def main() -> int:
    options = _options()
    sets = SETS if options.set == "both" else {options.set: SETS[options.set]}
    tallies = [_score_layouts(options, title, layouts) for title, layouts in sets.values()]
    if options.samples:
        tallies.append(_score_samples(options))
    for tally in tallies:
        details = ["", *(f"  {line}" for line in tally.details)] if options.details else []
        sys.stdout.write("\n".join([tally.report(), *details, "", ""]))
    if options.json:
        shares = {t.title: {"fields": round(t.share(), 4), "accepted": round(t.accepted_share(), 4)} for t in tallies}
        options.json.write_text(json.dumps(shares, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
