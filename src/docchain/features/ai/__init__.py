"""AI: answers of models, remote or local, that can be traced, paid for, graded and corrected.

Names load when they are first used: starting a server loads nothing of it, and local answers load no library of others.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from docchain.features.ai.building import Ai, AiGround, AiHouse
    from docchain.features.ai.cost.by_model import ModelUse, use_by_model
    from docchain.features.ai.errors import ProviderNotConfigured, ProviderUnknown
    from docchain.features.ai.evaluation.quality import corrected_runs, quality_by_model
    from docchain.features.ai.learning.reviews import Review, note_review
    from docchain.features.ai.learning.schemas import ExampleLine
    from docchain.features.ai.learning.service import examples_of
    from docchain.features.ai.port import Origin
    from docchain.features.ai.step_list import ai_kinds

__all__ = [
    "Ai",
    "AiGround",
    "AiHouse",
    "ExampleLine",
    "ModelUse",
    "Origin",
    "ProviderNotConfigured",
    "ProviderUnknown",
    "Review",
    "ai_kinds",
    "corrected_runs",
    "examples_of",
    "note_review",
    "quality_by_model",
    "use_by_model",
]

_HOMES: Final = {
    **dict.fromkeys(("Ai", "AiGround", "AiHouse"), "building"),
    **dict.fromkeys(("ProviderNotConfigured", "ProviderUnknown"), "errors"),
    **dict.fromkeys(("ModelUse", "use_by_model"), "cost.by_model"),
    **dict.fromkeys(("corrected_runs", "quality_by_model"), "evaluation.quality"),
    **dict.fromkeys(("Review", "note_review"), "learning.reviews"),
    "ExampleLine": "learning.schemas",
    "examples_of": "learning.service",
    "Origin": "port",
    "ai_kinds": "step_list",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
