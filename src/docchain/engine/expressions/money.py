"""Money in expressions: exact decimals with a currency; mixing currencies is an error, never a guess."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal, InvalidOperation
from functools import reduce
from typing import Any, Final

_DIGITS: Final = 40
_EXACT: Final = Context(prec=200)
_AMOUNT: Final = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,10})?")
_CODE: Final = re.compile(r"[A-Z]{3}")


def is_money(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() >= {"amount", "currency"}


def is_exact_money(value: Any) -> bool:
    """Money as doors take it: the amount a plain decimal text, the currency an ISO 4217 code."""
    if not is_money(value):
        return False
    amount, currency = value["amount"], value["currency"]
    right_amount = isinstance(amount, str) and _AMOUNT.fullmatch(amount) is not None
    return right_amount and isinstance(currency, str) and _CODE.fullmatch(currency) is not None


def _decimal(value: Any) -> Decimal:
    raw = value["amount"] if is_money(value) else value
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise TypeError(f"{raw!r} is no amount; give a number, a decimal string or a money value")
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        raise ValueError(f"{raw!r} is no amount; write it like 1234.56") from None
    if not number.is_finite() or len(number.as_tuple().digits) > _DIGITS or abs(number.adjusted()) > _DIGITS:
        raise ValueError(f"{str(raw)[:40]!r} is no amount of at most {_DIGITS} digits")
    return number


def _currency(*values: Any) -> str | None:
    currencies = {value["currency"] for value in values if is_money(value)} - {None, ""}
    if len(currencies) > 1:
        raise ValueError(f"amounts in different currencies: {', '.join(sorted(currencies))}")
    return currencies.pop() if currencies else None


def _money(number: Decimal, currency: str | None) -> dict[str, Any]:
    return {"amount": format(number, "f"), "currency": currency}


def money(amount: Any, currency: str) -> dict[str, Any]:
    return _money(_decimal(amount), currency)


def plus(left: Any, right: Any) -> dict[str, Any]:
    return _money(_EXACT.add(_decimal(left), _decimal(right)), _currency(left, right))


def minus(left: Any, right: Any) -> dict[str, Any]:
    return _money(_EXACT.subtract(_decimal(left), _decimal(right)), _currency(left, right))


def total(values: Iterable[Any]) -> dict[str, Any]:
    items = list(values)
    return _money(reduce(_EXACT.add, map(_decimal, items), Decimal(0)), _currency(*items))


def _comparison(test: Callable[[Decimal, Decimal], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        _currency(left, right)
        return test(_decimal(left), _decimal(right))

    return compare


exceeds = _comparison(lambda left, right: left > right)
at_least = _comparison(lambda left, right: left >= right)
same_amount = _comparison(lambda left, right: left == right)

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "money": money,
    "plus": plus,
    "minus": minus,
    "total": total,
    "exceeds": exceeds,
    "at_least": at_least,
    "same_amount": same_amount,
}
