"""Made papers for learning: ten layouts on a grid of letters, twenty papers each, the same at every run.

`{name}` is printed where it stands; a line that begins with `*` is printed for every item of the paper.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random

from docchain.features.documents import Page, ParsedDocument, Word

LAYOUTS = Path(__file__).parent / "stream"
EACH = 20
FIELDS = (
    "number", "date", "due_date", "seller", "buyer", "seller_tax_id", "buyer_tax_id", "currency", "net", "tax", "total",
)  # fmt: skip
_WIDE, _HIGH, _EDGE = 6.0, 12.0, 36.0
_CENT = Decimal("0.01")
_MONTHS = {
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_BUYERS = {
    "es": [
        ("Talleres Aranda S.L.", "B4109233"), ("Colegio Santa Inés", "G2811045"), ("Hotel Marqués", "A0733120"),
        ("Frutas Belmonte S.A.", "A3004518"), ("Óptica Lareo", "B3622014"), ("Cooperativa Sorgin", "F0147786"),
    ],
    "en": [
        ("Marlow Bakery", "43521870"), ("Pine Hall School", "28840117"), ("Rowe & Sons", "51904426"),
        ("Ashdown Clinic", "70112935"), ("Tidewater Hotel", "33057814"), ("Quill Press", "94417062"),
    ],
}  # fmt: skip
_ITEMS = {
    "es": ["Servicio mensual", "Material diverso", "Revisión anual", "Mano de obra", "Embalaje", "Desplazamiento"],
    "en": ["Monthly service", "Sundry material", "Yearly review", "Labour", "Packing", "Travel"],
}


@dataclass(frozen=True)
class Made:
    """A paper, its layout, its place among those of its layout (1 is the first), and what is right; None: not on it."""

    layout: str
    place: int
    document: ParsedDocument
    answers: dict[str, str | None]


def stream(seed: int = 2026) -> list[Made]:
    """All papers in the order in which they come in: mixed, those of a layout in their order."""
    random = Random(seed)  # noqa: S311 - papers that are the same at every run
    layouts = sorted(LAYOUTS.glob("*.txt"))
    waiting = {path.stem: list(_papers(path, random)) for path in layouts}
    order = [path.stem for path in layouts for _ in range(EACH)]
    random.shuffle(order)
    return [waiting[name].pop(0) for name in order]


def digest(papers: list[Made]) -> str:
    """What `stream.lock` holds: every word of every paper, and what is right."""
    told = "\n".join(f"{made.layout} {made.place} {made.document.text} {made.answers}" for made in papers)
    return hashlib.sha256(told.encode()).hexdigest()


def _papers(path: Path, random: Random) -> Iterator[Made]:
    lines = path.read_text("utf-8").splitlines()
    told = dict(line[3:].split("=", 1) for line in lines if line.startswith("#: "))
    body = [line for line in lines if not line.startswith("#: ")]
    start = random.randrange(100, 900)
    for place in range(1, EACH + 1):
        start += random.randrange(1, 9)
        printed, answers, items = _filled(told, random, start)
        text = [line.format(**printed) for raw in body for line in _repeated(raw, items)]
        said = {name: value if _prints("\n".join(body), name) else None for name, value in answers.items()}
        yield Made(path.stem, place, _drawn(text), said)


def _prints(body: str, name: str) -> bool:
    return name in ("seller", "currency") or re.search(rf"\{{{name}[:}}]", body) is not None


def _repeated(line: str, items: list[dict[str, str]]) -> list[str]:
    return [line[1:].format(**item) for item in items] if line.startswith("*") else [line]


def _filled(
    told: dict[str, str], random: Random, n: int
) -> tuple[dict[str, str], dict[str, str | None], list[dict[str, str]]]:
    language = told["lang"]
    day = date(2026, 1, 2) + timedelta(days=random.randrange(300))
    due, visit = day + timedelta(days=random.choice((15, 30, 45, 60))), day - timedelta(days=random.randrange(1, 9))
    amounts = [
        (random.randrange(1, 13), Decimal(random.randrange(500, 90_000)) / 100) for _ in range(random.randrange(1, 6))
    ]
    net = sum((count * price for count, price in amounts), Decimal(0))
    tax = (net * int(told["rate"]) / 100).quantize(_CENT)
    before = (net * random.randrange(2, 9) / 10).quantize(_CENT)
    name, digits = random.choice(_BUYERS[language])
    buyer_id = _cif(digits) if language == "es" else f"GB{_vat(digits)}"
    own = told["seller_tax_id"]
    seller_id = own and (_cif(own[:8]) if language == "es" else f"GB{_vat(own[2:10])}")

    money, dated = partial(_money, told), partial(_dated, told)
    number = told["number"].format(n=n)
    printed = {
        "number": number, "buyer": name, "buyer_tax_id": buyer_id, "seller_tax_id": seller_id, "date": dated(day),
        "due_date": dated(due), "visit": dated(visit), "net": money(net), "gross": money(net), "tax": money(tax),
        "total": money(net + tax), "order_amount": money(before), "order": f"P{random.randrange(1000, 9999)}",
        "order2": f"{random.randrange(10_000, 99_999)}",
    }  # fmt: skip
    items = [
        {
            "item": random.choice(_ITEMS[language]), "quantity": str(count), "price": money(price),
            "amount": money(count * price), "code": f"A{random.randrange(100, 999)}",
        }
        for count, price in amounts
    ]  # fmt: skip
    currency = (
        "GBP"
        if "£" in told["money"] or "freight" in told["seller"].lower()
        else "USD"
        if "$" in told["money"]
        else "EUR"
    )
    answers: dict[str, str | None] = {
        "number": number, "date": day.isoformat(), "due_date": due.isoformat(), "seller": told["seller"], "buyer": name,
        "seller_tax_id": seller_id, "buyer_tax_id": buyer_id, "currency": currency, "net": f"{net:.2f}",
        "tax": f"{tax:.2f}", "total": f"{net + tax:.2f}",
    }  # fmt: skip
    return printed, answers, items


def _money(told: dict[str, str], value: Decimal) -> str:
    text = f"{value:,.2f}"
    return told["money"].format(text.translate(str.maketrans(",.", ".,")) if told["lang"] == "es" else text)


def _dated(told: dict[str, str], value: date) -> str:
    month = _MONTHS[told["lang"]][value.month - 1]
    return value.strftime(told["date"].replace("{month}", month).replace("%-d", str(value.day)))


def _cif(head: str) -> str:
    """A Spanish company's id with its check digit, or letter where the first letter wants one."""
    digits = [int(char) for char in head[1:]]
    even, odd = sum(digits[1::2]), sum(sum(divmod(2 * digit, 10)) for digit in digits[::2])
    control = (10 - (even + odd) % 10) % 10
    return head + ("JABCDEFGHI"[control] if head[0] in "KPQSNW" else str(control))


def _vat(head: str) -> str:
    """A British VAT number: its first seven digits, and the two that make the weighted sum a multiple of 97."""
    total = sum(int(digit) * weight for digit, weight in zip(head[:7], range(8, 1, -1), strict=True))
    return f"{head[:7]}{97 - total % 97:02d}"


def _drawn(lines: list[str]) -> ParsedDocument:
    words = [
        Word(
            found[0],
            (
                _EDGE + found.start() * _WIDE, _EDGE + at * _HIGH, _EDGE + found.end() * _WIDE,
                _EDGE + (at + 1) * _HIGH - 2,
            ),
            at,
        )
        for at, line in enumerate(lines)
        for found in re.finditer(r"\S+", line)
    ]  # fmt: skip
    return ParsedDocument("text/plain", "\n".join(lines), [Page(1, 648, 842, "grid", words)])
