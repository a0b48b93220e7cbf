"""The base of models of steps and answers: its validator is built when it is first used, not when it is imported."""

from typing import Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Model(BaseModel):
    """Not for bodies and queries of requests: the web framework builds those with their route."""

    model_config = ConfigDict(defer_build=True)


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("should be a number, not true or false")  # noqa: TRY004 - only a ValueError becomes a fault
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("should be a number")  # noqa: TRY004 - only a ValueError becomes a fault
    return value


NUMBER: Final = BeforeValidator(_number)
"""For whole numbers of bodies: `8.0` is one in JSON, text and flags are none."""
NO_FLAG: Final = BeforeValidator(_no_flag)
"""For numbers that may also come as text, such as those of addresses; `true` is none of them."""
