"""Makes the judged set: papers of every topic, ordinary papers around them, and questions with their answers.

`topics.jsonl` has what was written by hand, by topic: two papers in Spanish, two in English, questions that share a
word with their answers (`asks`), and questions that share none (`means`).

`python evals/search/make.py` writes `documents.jsonl` and `queries.jsonl`; the same every time.
Grades: 2 for a paper about what is asked, in its language; 1 for one in the other language; exact ones only 2.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
TOPICS: Final[list[dict[str, Any]]] = [
    json.loads(line) for line in (HERE / "topics.jsonl").read_text(encoding="utf-8").splitlines()
]
_SUPPLIERS: Final = ("Talleres Ruiz", "Norte Papel", "Gráficas Luna", "Harbour Tools", "Brightwater Ltd", "Café Sol")
_GOODS: Final = {
    "es": ("tornillos", "papel", "tinta", "madera", "guantes", "cables", "pintura", "etiquetas"),
    "en": ("screws", "paper", "ink", "timber", "gloves", "cables", "paint", "labels"),
}
_FRAMES: Final = {
    "es": (
        "Factura {number} de {supplier} por {count} unidades de {goods}.",
        "Pedido {number} a {supplier}: {count} paquetes de {goods}.",
        "Presupuesto {number} de {supplier} para {goods}, válido {count} días.",
    ),
    "en": (
        "Invoice {number} of {supplier} for {count} units of {goods}.",
        "Order {number} to {supplier}: {count} packs of {goods}.",
        "Quotation {number} of {supplier} for {goods}, valid for {count} days.",
    ),
}
_ORDINARY: Final = 96


def documents() -> Iterator[dict[str, Any]]:
    for topic in TOPICS:
        for language in ("es", "en"):
            for number, text in enumerate(topic[language], 1):
                yield {"id": f"{topic['topic']}-{language}-{number}", "language": language, "text": text}
    chance = random.Random(5)  # noqa: S311 - the same papers every time
    for language, frames in _FRAMES.items():
        for number in range(_ORDINARY):
            text = frames[number % len(frames)].format(
                number=f"{2026 if language == 'es' else 7026}-{100 + number}",
                supplier=chance.choice(_SUPPLIERS),
                count=chance.randint(2, 900),
                goods=chance.choice(_GOODS[language]),
            )
            yield {"id": f"paper-{language}-{number}", "language": language, "text": text}


def queries() -> Iterator[dict[str, Any]]:
    spanish = set(_spanish())
    for topic in TOPICS:
        name = topic["topic"]
        for half, asked in (("words", topic["asks"]), ("meaning", topic["means"])):
            for text in asked:
                own = "es" if text in spanish else "en"
                grades = {f"{name}-{tongue}-{n}": 2 if tongue == own else 1 for tongue in ("es", "en") for n in (1, 2)}
                yield {"query": text, "language": own, "half": half, "grades": grades}
    for language, number in (("es", 3), ("es", 40), ("es", 77), ("en", 12), ("en", 53), ("en", 90)):
        found = next(item for item in documents() if item["id"] == f"paper-{language}-{number}")
        asked = found["text"].split(" ")[1].strip(":")
        yield {"query": asked, "language": language, "half": "words", "grades": {found["id"]: 2}}


def _spanish() -> Iterator[str]:
    """Questions with words alternate between the languages, and those of meaning are in the other one first."""
    for index, topic in enumerate(TOPICS):
        if index % 2 == 0:
            yield from topic["asks"]
            if len(topic["means"]) > 1:
                yield topic["means"][0]
        else:
            yield topic["means"][0]


def main() -> None:
    for name, rows in (("documents", documents()), ("queries", queries())):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (HERE / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{len(lines)} {name}")


if __name__ == "__main__":
    main()
