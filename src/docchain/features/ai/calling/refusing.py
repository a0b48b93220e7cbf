"""What is told when nobody of an order answered: of whoever could have, first of all."""

from collections.abc import Sequence
from typing import Final

from docchain.features.ai import errors
from docchain.features.ai.port import ProviderFailedError

BUSY: Final = frozenset({"unavailable", "timeout", "rate_limited"})


class Unable(ProviderFailedError):
    """A provider that cannot; which setting would help."""

    def __init__(self, missing: str, setting: str) -> None:
        super().__init__(missing, failure="capability_missing")
        self.setting = setting


def is_worth_telling(refused: Sequence[tuple[str, Exception]]) -> bool:
    """Whether somebody before was asked, or would have been; not that a local method cannot."""
    return any(not isinstance(error, Unable) for _, error in refused)


def refusal(refused: Sequence[tuple[str, Exception]], known: Sequence[str]) -> Exception:
    """What is told when nobody answered: of whoever could have, first of all."""
    ranked = sorted(refused, key=lambda one: isinstance(one[1], Unable))
    name, error = ranked[0] if ranked else ("auto", Unable("Nobody is in the order of providers.", "DOCCHAIN_AI_ORDER"))
    if isinstance(error, Unable):
        return errors.CapabilityMissing(str(error), error.setting)
    if not isinstance(error, ProviderFailedError):
        return error
    sentence = str(error)
    if error.failure == "not_configured":
        return errors.ProviderNotConfigured(sentence) if name in known else errors.ProviderUnknown(name, known)
    if error.failure in BUSY:
        return errors.ProviderUnavailable(sentence, error.retry_after)
    if error.failure == "bad_output":
        return errors.OutputInvalid(sentence)
    if error.failure == "capability_missing":
        return errors.CapabilityMissing(sentence, "DOCCHAIN_AI_ORDER")
    return errors.InputRefused(sentence) if name == "local" else errors.ProviderRefused(sentence)
