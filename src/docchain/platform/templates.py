"""Text templates from users: Jinja in a sandbox without what could eat the memory, and a cap on what comes out."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_TEMPLATE = 256 * 1024
MAX_OUTPUT = 2 * 1024 * 1024
MAX_RANGE = 10_000
HUGE = 10**30
GROWING_METHODS = {"format", "format_map", "center", "ljust", "rjust", "zfill", "expandtabs", "translate"}
GROWING_FILTERS = ("format", "center", "indent", "xmlattr", "pprint", "filesizeformat")
GROWING_GLOBALS = ("lipsum", "cycler", "joiner", "namespace")

Finalize = Callable[[Any], Any]


class TemplateFault(Exception):
    """A template that cannot be rendered; `line` is where, if known."""

    code = "template.fault"

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def render_text(template: str, data: Mapping[str, Any], finalize: Finalize | None = None) -> str:
    """Fill the template with `data`; `finalize` sees every value that the template writes."""
    compiled = _compiled(template, finalize)
    parts: list[str] = []
    size = 0
    try:
        for part in compiled.generate(dict(data)):
            size += len(part)
            if size > MAX_OUTPUT:
                raise TemplateFault(f"The template writes more than {MAX_OUTPUT:,} characters; let it write less.")
            parts.append(part)
    except TemplateError as error:
        raise TemplateFault(f"The template cannot be filled: {error}. {_advice(error)}") from None
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise TemplateFault(f"The template cannot be filled: {error or type(error).__name__}.") from None
    return "".join(parts)


def check_template(template: str) -> None:
    """Raise `TemplateFault` when the template's syntax is wrong."""
    _compiled(template, None)


def _compiled(template: str, finalize: Finalize | None) -> Template:
    if len(template) > MAX_TEMPLATE:
        raise TemplateFault(f"The template is longer than {MAX_TEMPLATE:,} characters; make it shorter.")
    try:
        return _sandbox(finalize).from_string(template)
    except TemplateSyntaxError as error:
        raise TemplateFault(f"Line {error.lineno} of the template: {error.message}.", error.lineno) from None
    except (RecursionError, MemoryError, SyntaxError):
        raise TemplateFault("The template is nested too deeply; make it simpler.") from None


def _advice(error: TemplateError) -> str:
    if isinstance(error, SecurityError):
        return "Templates only read values."
    return "Check the names, or give a default: {{ name | default('') }}."


class _Sandbox(ImmutableSandboxedEnvironment):
    """Refuses what multiplies text: `*`, `%` and `**` on anything but plain numbers, and padding."""

    intercepted_binops = frozenset({"*", "%", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not (_is_number(left) and _is_number(right)):
            raise SecurityError(f"{operator} works on numbers only" if operator != "**" else "** is not available")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str | bytes) and attr in GROWING_METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)


@cache
def _sandbox(finalize: Finalize | None) -> Environment:
    environment = _Sandbox(
        undefined=StrictUndefined,
        autoescape=False,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in GROWING_FILTERS:
        environment.filters.pop(name, None)
    for name in GROWING_GLOBALS:
        environment.globals.pop(name, None)
    environment.globals["range"] = _short_range
    return environment


def _short_range(*arguments: int) -> range:
    found = range(*arguments)
    if len(found) > MAX_RANGE:
        raise SecurityError(f"range() gives at most {MAX_RANGE:,} numbers")
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and -HUGE < value < HUGE
