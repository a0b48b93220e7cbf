"""How sure a value is; its one rule: independent evidence adds up, doubt multiplies."""

from collections.abc import Iterable

HIGHEST = 0.99


def evidence(*shares: float) -> float:
    """Independent reasons together: each removes its share of the doubt that is left."""
    doubt = 1.0
    for share in shares:
        doubt *= 1.0 - min(max(share, 0.0), HIGHEST)
    return 1.0 - doubt


def rivalry(best: float, others: Iterable[float]) -> float:
    """A factor below 1 when another value stands nearly as well."""
    second = max(others, default=0.0)
    if best <= 0 or second <= 0:
        return 1.0
    closeness = second / best
    return 1.0 if closeness < 0.75 else 1.0 - 0.6 * min((closeness - 0.75) / 0.25, 1.0)  # noqa: PLR2004


def printed(confidence: float, reading: float) -> float:
    """Weighed with how well the words themselves were read (1 unless OCR)."""
    return round(min(confidence, HIGHEST) * min(1.0, 0.55 + 0.5 * reading), 3)
