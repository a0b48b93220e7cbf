"""Counts of verdicts for one set of documents, and the report they make."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from compare import FIELDS, covers, number_of, same_text, verdict

# what a workflow may call our fields
ALIASES = {
    "number": ("invoice_number",),
    "date": ("invoice_date", "issue_date"),
    "seller_name": ("supplier_name", "seller", "supplier"),
    "seller_tax_id": ("supplier_tax_id",),
    "buyer_name": ("customer_name", "buyer", "customer"),
    "buyer_tax_id": ("customer_tax_id",),
}
VERDICTS = ("right", "wrong", "missing", "invented")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:6.1%} ({part} of {whole})" if whole else "     -"


def _extracted(result: dict[str, Any], name: str) -> dict[str, Any]:
    fields = result.get("fields") or {}
    key = next((key for key in (name, *ALIASES.get(name, ())) if key in fields), name)
    value = fields.get(key)
    return value if isinstance(value, dict) else {"value": value}


def _cell(cell: Any) -> Any:
    """The value of a field-like cell; money and plain values are what they are."""
    return cell["value"] if isinstance(cell, dict) and "value" in cell else cell


def _line_values(result: dict[str, Any]) -> list[dict[str, Any]]:
    rows = _extracted(result, "lines")["value"] or result.get("lines") or []
    return [{key: _cell(cell) for key, cell in row.items()} for row in rows if isinstance(row, dict)]


@dataclass
class Tally:
    """Add one document after the other, then read `report()`."""

    title: str
    documents: int = 0
    finished: int = 0
    without_person: int = 0
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    boxes: Counter[bool] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)

    def add(self, answers: dict[str, Any], result: dict[str, Any] | None) -> None:
        self.documents += 1
        result = result or {}
        self.finished += bool(result.get("fields"))
        self.without_person += bool(result.get("accepted"))
        for name in FIELDS:
            if name in answers["fields"] or not answers.get("partial"):
                self._add_field(name, answers, result)
        if answers.get("lines"):
            self._add_lines(answers["lines"], _line_values(result))

    def _add_field(self, name: str, answers: dict[str, Any], result: dict[str, Any]) -> None:
        answer, got = answers["fields"].get(name), _extracted(result, name)
        found = verdict(name, got["value"], answer)
        if found is None:
            return
        self.fields[name, found] += 1
        taken = found != "missing" and got.get("accepted", result.get("accepted", False))
        if taken:
            self.accepted[found] += 1
        if found != "right":
            note = "  ACCEPTED" if taken else ""
            expected = (answer or {}).get("value")
            self.details.append(f"{answers['file']}: {name} {found}: {got['value']!r}, expected {expected!r}{note}")
        truth = answers.get("boxes", {}).get(name)
        if found == "right" and truth:
            box = got.get("box") or [0.0, 0.0, 0.0, 0.0]
            self.boxes[covers(int(got.get("page") or 1), box, truth)] += 1

    def _add_lines(self, expected: list[dict[str, Any]], got: list[dict[str, Any]]) -> None:
        left = list(got)
        self.lines["expected"] += len(expected)
        for line in expected:
            amount = number_of(line["amount"])
            pairs = [row for row in left if number_of(row.get("amount")) == amount]
            named = [row for row in pairs if same_text(row.get("description") or "", line["description"])]
            if match := (named or pairs)[:1]:
                left.remove(match[0])
                self.lines["amount"] += 1
                self.lines["described"] += bool(named)
                figures = [(line[key], match[0].get(key)) for key in ("quantity", "unit_price") if key in line]
                self.lines["whole"] += bool(named) and all(number_of(a) == number_of(b) for a, b in figures)
        self.lines["invented"] += len(left)

    def share(self) -> float:
        asked = sum(count for (_, found), count in self.fields.items() if found != "invented")
        return sum(count for (_, found), count in self.fields.items() if found == "right") / asked if asked else 0.0

    def accepted_share(self) -> float:
        return self.accepted["right"] / self.accepted.total() if self.accepted else 0.0

    def report(self) -> str:
        out = [f"{self.title}: {self.documents} documents, {self.finished} with fields", ""]
        out.append(f"  {'field':<14}{''.join(f'{name:>10}' for name in VERDICTS)}   share right")
        for name in FIELDS:
            counts = [self.fields[name, found] for found in VERDICTS]
            if any(counts):
                cells = "".join(f"{count:>10}" for count in counts)
                out.append(f"  {name:<14}{cells}   {_share(counts[0], sum(counts[:3]))}")
        right = sum(count for (_, found), count in self.fields.items() if found == "right")
        asked = sum(count for (_, found), count in self.fields.items() if found != "invented")
        out += ["", f"  fields right:                      {_share(right, asked)}"]
        out.append(f"  accepted without a person, right:  {_share(self.accepted['right'], self.accepted.total())}")
        out.append(f"  documents with no person needed:   {_share(self.without_person, self.documents)}")
        if self.boxes:
            out.append(f"  boxes right (of right values):     {_share(self.boxes[True], self.boxes.total())}")
        if whole := self.lines["expected"]:
            out.append(f"  line amounts right:                {_share(self.lines['amount'], whole)}")
            out.append(f"  lines with description too:        {_share(self.lines['described'], whole)}")
            out.append(f"  lines right in every cell:         {_share(self.lines['whole'], whole)}")
            out.append(f"  lines invented:                    {self.lines['invented']}")
        return "\n".join(out)
