"""What attempts, steps and runs cost: sums of what steps reported, exact, one amount a currency."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from pydantic import ConfigDict, Field

from docchain.engine.machine.facts import Charge
from docchain.platform.model import Model

COST_EXAMPLE: Final[dict[str, Any]] = {
    "amounts": [{"amount": "0.0042", "currency": "USD"}],
    "tokens_in": 1840,
    "tokens_out": 212,
    "parts": [
        {"what": "gpt-4o-mini", "amount": "0.0042", "currency": "USD", "tokens_in": 1840, "tokens_out": 212},
    ],
}


class Amount(Model):
    """Money: a decimal number as text, and its currency."""

    amount: str = Field(examples=["0.0042"])
    currency: str = Field(examples=["USD"])


class CostPart(Model):
    """What was paid for one thing."""

    what: str = Field(description="What was paid for, such as a model.")
    amount: str | None = Field(description="Null where only tokens were reported.")
    currency: str | None
    tokens_in: int
    tokens_out: int


class Cost(Model):
    """What steps reported that they cost. The runs that a run called have their own."""

    model_config = ConfigDict(json_schema_extra={"example": COST_EXAMPLE})

    amounts: list[Amount] = Field(description="One a currency; currencies are never added up.")
    tokens_in: int
    tokens_out: int
    parts: list[CostPart] = Field(description="The same by what was paid for.")


def cost_of(charges: Iterable[Charge]) -> Cost | None:
    """The sum; `None` where nothing was reported."""
    parts: dict[tuple[str, str], tuple[Decimal, int, int]] = {}
    totals: dict[str, Decimal] = {}
    for charge in charges:
        amount, tokens_in, tokens_out = parts.get((charge.what, charge.currency), (Decimal(0), 0, 0))
        given = Decimal(charge.amount)
        whole = amount + given, tokens_in + charge.tokens_in, tokens_out + charge.tokens_out
        parts[charge.what, charge.currency] = whole
        if charge.currency:
            totals[charge.currency] = totals.get(charge.currency, Decimal(0)) + given
    if not parts:
        return None
    return Cost(
        amounts=[Amount(amount=f"{total:f}", currency=currency) for currency, total in sorted(totals.items())],
        tokens_in=sum(part[1] for part in parts.values()),
        tokens_out=sum(part[2] for part in parts.values()),
        parts=[_part(what, currency, *part) for (what, currency), part in sorted(parts.items())],
    )


def _part(what: str, currency: str, amount: Decimal, tokens_in: int, tokens_out: int) -> CostPart:
    told = f"{amount:f}" if currency else None
    return CostPart(what=what, amount=told, currency=currency or None, tokens_in=tokens_in, tokens_out=tokens_out)
