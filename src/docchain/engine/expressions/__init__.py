"""Expressions: CEL over the run's data and `${…}` values; deterministic, bounded, without I/O."""

from docchain.engine.expressions.cel import Expression, ExpressionError
from docchain.engine.expressions.values import Template, compile_value

__all__ = ["Expression", "ExpressionError", "Template", "compile_value"]
