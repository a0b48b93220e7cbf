"""Prices of models, of the operator or of bundled lists: by what was asked for, never by what a server says."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from docchain.features.ai.port import Usage
from docchain.platform.settings_ai import AiSettings

_MILLION: Final = Decimal(1_000_000)
_LISTED: Final[Mapping[str, str]] = {"openai": "openai", "anthropic": "anthropic", "google": "google"}


def price_of(settings: AiSettings, provider: str, model: str, usage: Usage) -> Decimal | None:
    """US dollars for a usage, or None where nobody knows the model's price."""
    if chosen := settings.ai_prices.get(f"{provider}/{model}"):
        return _linear(chosen.input, chosen.output, usage)
    if server := settings.ai_compatible.get(provider):
        if server.price_in is None or server.price_out is None:
            return None
        return _linear(server.price_in, server.price_out, usage)
    return _listed(provider, model, usage) if provider in _LISTED else None


def _linear(price_in: float, price_out: float, usage: Usage) -> Decimal:
    return (Decimal(str(price_in)) * usage.tokens_in + Decimal(str(price_out)) * usage.tokens_out) / _MILLION


def _listed(provider: str, model: str, usage: Usage) -> Decimal | None:
    from genai_prices import Usage as Counted  # noqa: PLC0415 - slow to import, and few calls need it
    from genai_prices import calc_price  # noqa: PLC0415 - the same

    counted = Counted(input_tokens=usage.tokens_in, cache_read_tokens=usage.cached_in, output_tokens=usage.tokens_out)
    try:
        return Decimal(calc_price(counted, model, provider_id=_LISTED[provider]).total_price)
    except LookupError:
        return None
