"""What a running step notes beside its result: log lines and costs; bounded, masked, durable with its outcome."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

import msgspec

from docchain.engine.machine.facts import Charge, Line
from docchain.platform.secrecy import masked, masked_text

Level = Literal["debug", "info", "warning", "error"]
LEVELS: Final = ("debug", "info", "warning", "error")
_LONGEST_MESSAGE: Final = 4_000
_MOST_CHARGES: Final = 50
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_as_text = msgspec.json.Encoder(enc_hook=str).encode
_plain = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class NoteLimits:
    """How much one attempt may log; what is beyond is counted, and the last line says how much was cut."""

    lines: int = 200
    bytes: int = 65_536


class Notes:
    """What one attempt noted."""

    __slots__ = ("_bytes", "_charges", "_cut", "_cut_bytes", "_limits", "_lines")

    def __init__(self, limits: NoteLimits) -> None:
        self._limits = limits
        self._lines: list[Line] = []
        self._bytes = self._cut = self._cut_bytes = 0
        self._charges: dict[tuple[str, str], Charge] = {}

    def log(self, level: Level, message: str, fields: Mapping[str, Any]) -> None:
        """Keep a line, or count it among those that were cut."""
        if level not in LEVELS:
            raise ValueError(f"{level!r} is no level; use one of {', '.join(LEVELS)}.")
        text = masked_text(str(message).encode(errors="replace").decode())
        encoded = _encoded(fields)
        size = len(text[:_LONGEST_MESSAGE].encode()) + len(encoded)
        if self._cut or len(self._lines) >= self._limits.lines or self._bytes + size > self._limits.bytes:
            self._cut += 1
            self._cut_bytes += size
            return
        self._bytes += size
        self._lines.append(Line(_now(), level, _shortened(text), masked(_plain(encoded))))

    def charge(self, charge: Charge) -> None:
        """Add to what the attempt cost so far, by what was paid for and its currency."""
        known = charge.amount == "0" or _CURRENCY.fullmatch(charge.currency)
        if not (Decimal(charge.amount).is_finite() and known):
            raise ValueError("An amount is a finite decimal number with a currency of three letters, such as EUR.")
        key = (charge.what if len(self._charges) < _MOST_CHARGES else "", charge.currency)
        before = self._charges.get(key, Charge(currency=charge.currency))
        self._charges[key] = Charge(
            f"{Decimal(before.amount) + Decimal(charge.amount):f}",
            charge.currency,
            before.tokens_in + charge.tokens_in,
            before.tokens_out + charge.tokens_out,
            key[0],
        )

    def kept(self) -> tuple[list[Line], list[Charge]]:
        """What goes into the journal; cut lines are told by one line more."""
        lines = self._lines
        if self._cut:
            most = f"{self._limits.lines:,} lines and {self._limits.bytes:,} bytes"
            message = f"{self._cut:,} more lines ({self._cut_bytes:,} bytes) were cut: one attempt may log {most}."
            lines = [*lines, Line(_now(), "warning", message, {"cut": self._cut})]
        return lines, list(self._charges.values())


def amount_of(amount: Decimal | str | int) -> str:
    """The amount as journals keep it.

    Raises:
        TypeError: for a float, which no money is.
        ValueError: for what is no number.
    """
    if isinstance(amount, float):
        raise TypeError("Give an amount as a decimal or as text: a float loses cents.")
    try:
        return f"{Decimal(amount):f}"
    except InvalidOperation:
        raise ValueError(f"{amount!r} is no amount.") from None


def _encoded(fields: Mapping[str, Any]) -> bytes:
    """Whatever a step hands in can be told; what is no JSON as its text."""
    try:
        return _as_text(_texts_masked(masked(fields)))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        return _as_text({"unreadable": str(error)})


def _texts_masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked_text(value.encode(errors="replace").decode())
    if isinstance(value, Mapping):
        return {str(name): _texts_masked(item) for name, item in value.items()}
    return [_texts_masked(item) for item in value] if isinstance(value, list | tuple) else value


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST_MESSAGE:
        return text
    return f"{text[:_LONGEST_MESSAGE]}… ({len(text) - _LONGEST_MESSAGE:,} characters cut)"


def _now() -> int:
    return time.time_ns() // 1_000
