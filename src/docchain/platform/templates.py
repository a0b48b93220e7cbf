"""Text templates from users: Jinja in a sandbox without chance or what could eat the memory, and a cap on the text."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_TEMPLATE = 256 * 1024
MAX_OUTPUT = 2 * 1024 * 1024
MAX_RANGE = 10_000
HUGE = 10**30
GROWING_METHODS = {
    "format",
    "format_map",
    "center",
    "ljust",
    "rjust",
    "zfill",
    "expandtabs",
    "translate",
    "join",
    "replace",
}
GROWING_FILTERS = ("format", "center", "indent", "xmlattr", "pprint", "filesizeformat")
CHANCE_FILTERS = ("random",)
GROWING_GLOBALS = ("lipsum", "cycler", "joiner", "namespace")
REPEATING_NODES = (
    nodes.Macro,
    nodes.CallBlock,
    nodes.AssignBlock,
    nodes.FilterBlock,
    nodes.Block,
    nodes.Extends,
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
)

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


@dataclass(frozen=True, slots=True)
class Named:
    """A place of a template where a name stands alone: `{{ name }}`."""

    name: str


def plain_parts(template: str) -> list[str | Named]:
    """The texts and names of a template that does nothing but write names; filling it takes no sandbox.

    Raises:
        TemplateFault: it does more, or its syntax is wrong.
    """
    found: list[str | Named] = []
    with _faults_told(template):
        for node in _sandbox(None).parse(template).body:
            for part in node.nodes if isinstance(node, nodes.Output) else [node]:
                if isinstance(part, nodes.TemplateData):
                    found.append(part.data)
                elif isinstance(part, nodes.Name):
                    found.append(Named(part.name))
                else:
                    raise TemplateFault(f"Line {part.lineno}: only names stand here, as {{{{ name }}}}.", part.lineno)
    return found


def _compiled(template: str, finalize: Finalize | None) -> Template:
    sandbox = _sandbox(finalize)
    with _faults_told(template):
        tree = sandbox.parse(template)
        for node in tree.find_all((*REPEATING_NODES, nodes.For)):
            if not isinstance(node, nodes.For) or node.recursive:
                kind = "recursive loops" if isinstance(node, nodes.For) else f"{type(node).__name__.lower()} blocks"
                raise TemplateFault(f"Line {node.lineno} of the template: {kind} are not available.", node.lineno)
        return sandbox.from_string(tree)


@contextmanager
def _faults_told(template: str) -> Iterator[None]:
    if len(template) > MAX_TEMPLATE:
        raise TemplateFault(f"The template is longer than {MAX_TEMPLATE:,} characters; make it shorter.")
    try:
        yield
    except TemplateSyntaxError as error:
        reason = str(error.message).rstrip(".")
        raise TemplateFault(f"Line {error.lineno} of the template: {reason}.", error.lineno) from None
    except (RecursionError, MemoryError, SyntaxError):
        raise TemplateFault("The template is nested too deeply; make it simpler.") from None


def _advice(error: TemplateError) -> str:
    if isinstance(error, SecurityError):
        return "Templates only read values."
    return "Check the names, or give a default: {{ name | default('') }}."


class _Generator(CodeGenerator):
    """Compiles `~` to a call that looks at the length first."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - the visitor's name
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class _Sandbox(ImmutableSandboxedEnvironment):
    """Refuses what multiplies text: `*`, `%` and `**` on anything but plain numbers, long sums, and padding."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"*", "%", "**", "+"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            raise SecurityError("** is not available")
        if not (_is_number(left) and _is_number(right)):
            if operator != "+":
                raise SecurityError(f"{operator} works on numbers only")
            _bounded(_length(left) + _length(right))
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str | bytes) and attr in GROWING_METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """No `format`: its widths pad without end."""

    def joined(self, parts: tuple[Any, ...]) -> str:
        texts = [str(part) for part in parts]
        _bounded(sum(map(len, texts)))
        return "".join(texts)


def _join(values: Any, separator: str = "") -> str:
    texts = [str(value) for value in values]
    _bounded(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def _replace(value: Any, old: str, new: str) -> str:
    text = str(value)
    _bounded(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def _bounded(length: int) -> None:
    if length > MAX_OUTPUT:
        raise SecurityError(f"a text grows past {MAX_OUTPUT:,} characters")


def _length(value: Any) -> int:
    return len(value) if hasattr(value, "__len__") else 0


@cache
def _sandbox(finalize: Finalize | None) -> Environment:
    environment = _Sandbox(
        undefined=StrictUndefined,
        autoescape=False,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        optimized=False,
    )
    for name in (*GROWING_FILTERS, *CHANCE_FILTERS):
        environment.filters.pop(name, None)
    for name in GROWING_GLOBALS:
        environment.globals.pop(name, None)
    environment.globals["range"] = _short_range
    environment.filters |= {"join": _join, "replace": _replace}
    return environment


def _short_range(*arguments: int) -> range:
    found = range(*arguments)
    if len(found) > MAX_RANGE:
        raise SecurityError(f"range() gives at most {MAX_RANGE:,} numbers")
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and -HUGE < value < HUGE
