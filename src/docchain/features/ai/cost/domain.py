"""The rules of budgets; no input or output here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Final, Literal
from uuid import UUID

Scope = Literal["workspace", "workflow", "document", "run", "provider"]
Period = Literal["run", "day", "month", "total"]
OnSoft = Literal["warn", "cheaper", "person"]
BUDGET: Final = "ai_budget"
"""What budgets are called, in handles and events."""
CURRENCY: Final = "USD"
_NANO: Final = Decimal(1_000_000_000)


@dataclass(frozen=True, slots=True)
class Spender:
    """On whose behalf a call is made; budgets of any of these are asked."""

    provider: str
    run: UUID | None = None
    workflow: UUID | None = None
    document: UUID | None = None

    def named(self, scope: str) -> str:
        """The id by which budgets of a scope name it; empty where the scope does not fit."""
        if scope == "provider":
            return self.provider
        found = {"run": self.run, "workflow": self.workflow, "document": self.document}.get(scope)
        return "" if found is None else str(found)


def nanos(money: Decimal) -> int:
    """Billionths, never less than the amount."""
    return int((money * _NANO).to_integral_value(ROUND_CEILING))


def money(nano: int) -> Decimal:
    return (Decimal(nano) / _NANO).normalize() + Decimal(0)


def touches(scope: str, scope_id: str, period: str, spender: Spender) -> bool:
    """Whether a call counts towards a budget."""
    if period == "run" and spender.run is None:
        return False
    return scope == "workspace" or bool(scope_id and scope_id == spender.named(scope))


def slot(period: str, at: datetime, run: UUID | None) -> str:
    """The period of a budget that a call falls into; days and months are those of UTC."""
    if period == "day":
        return at.strftime("%Y-%m-%d")
    if period == "month":
        return at.strftime("%Y-%m")
    return f"run:{run}" if period == "run" else "total"


def free(hard: int | None, used: Iterable[int]) -> int | None:
    """What is left below a hard limit; None where there is none."""
    return None if hard is None else max(hard - sum(used), 0)
