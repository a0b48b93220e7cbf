"""From evidence to the share that is right; its one rule: `evals/calibrate.py` writes the table."""

from bisect import bisect_right
from typing import Final, Literal

Reader = Literal["invoice", "label"]
"""Who read a value: the readers of invoices and receipts, or labels, sentences and numbered fields."""

# written by evals/calibrate.py: begin
CURVES: Final[dict[Reader, tuple[tuple[float, float], ...]]] = {
    "invoice": (
        (0.0, 0.0),
        (0.299, 0.25),
        (0.474, 0.84),
        (0.592, 0.84),
        (0.737, 0.84),
        (0.83, 0.84),
        (0.849, 0.84),
        (0.85, 0.974),
        (0.876, 0.974),
        (0.926, 0.99),
        (0.979, 0.99),
        (1.0, 0.99),
    ),
    "label": (
        (0.0, 0.0),
        (0.566, 0.571),
        (0.779, 0.84),
        (0.799, 0.84),
        (0.8, 0.96),
        (0.817, 0.96),
        (0.887, 0.966),
        (1.0, 0.99),
    ),
}
# written by evals/calibrate.py: end


def calibrated(reader: Reader, evidence: float) -> float:
    """How often values with this much evidence were right, between the points that were measured."""
    curve = CURVES[reader]
    at = min(max(bisect_right(curve, (evidence, 1.0)), 1), len(curve) - 1)
    (left, low), (right, high) = curve[at - 1], curve[at]
    share = (min(max(evidence, left), right) - left) / (right - left)
    return round(low + share * (high - low), 3)
