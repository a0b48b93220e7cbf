"""Prompts that only name a known task; its one rule: the verb at the start decides, and the answer says where it went.

Method: the first words of a prompt against verbs of our own lists, Spanish and English.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from docchain.features.ai.local.lists import fold

Routed = Literal[
    "summarize", "extract", "classify", "translate", "keywords", "sentiment", "language", "entities", "readability"
]
_HEAD: Final = 200
_POLITE: Final = (
    r"^\s*(?:(?:por favor|please|can you|could you|puedes|podrias|hazme|haz|give me|dame|make|write|escribe)[,\s]+)*"
)
_VERBS: Final[dict[Routed, str]] = {
    "keywords": r"(?:extrae|lista|saca|extract|list|find|get)?\s*(?:las |the )?(?:palabras clave|keywords|key phrases)",
    "sentiment": r"(?:anali[zs]a|analy[sz]e|detecta?|what is|cual es)\s+(?:el |the )?(?:sentimi?ent|tono|tone)",
    "language": r"(?:detecta|detect|identify|identifica|what|que|en que)\s+(?:el |the |is the )?(?:idioma|language)",
    "readability": r"(?:mide|measure|analiza|analyze)\s+(?:la |the )?(?:legibilidad|readability)",
    "entities": r"(?:extrae|extract|lista?|find|encuentra)\s+(?:las |the |all )?(?:entidades|entities|names)",
    "translate": r"(?:traduce|traducir|traduzca|translate)\b",
    "summarize": r"(?:un |a )?(?:resume|resumir|resumen|resuma|resumeme|summari[sz]e|summary|sum up)\b",
    "classify": r"(?:clasifica|clasificar|clasifique|classify|categori[sz]e|label|etiqueta)\b",
    "extract": r"(?:extrae|extraer|extraiga|extract|saca)\b",
}
_ROUTES: Final = [(task, re.compile(_POLITE + verb)) for task, verb in _VERBS.items()]


@dataclass(frozen=True, slots=True)
class Route:
    """Which method a prompt asks for, and the text that it gives to it, if any."""

    task: Routed
    text: str


def route_of(prompt: str) -> Route | None:
    """Where a prompt goes that begins with a known verb; nothing for free writing."""
    head = fold(prompt[:_HEAD])
    task = next((task for task, pattern in _ROUTES if pattern.match(head)), None)
    return Route(task, _given(prompt)) if task else None


def _given(prompt: str) -> str:
    """What follows the first colon or line break of the instruction."""
    match = re.search(r":\s|\n", prompt[: 2 * _HEAD])
    return prompt[match.end() :].strip() if match else ""
