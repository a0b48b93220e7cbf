"""A version's texts and its variables: its one rule: what a variable stands for is written, and never read again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docchain.features.ai.calling.schemas import schema_fault
from docchain.features.ai.prompts.domain import digest_of, fault_of, text_of
from docchain.features.ai.prompts.errors import PromptInvalid, VariablesInvalid
from docchain.features.ai.prompts.schemas import Variable, VersionRequest
from docchain.platform.errors import FieldFault


@dataclass(frozen=True, slots=True)
class Checked:
    """A version that may be saved; only `checked` makes one."""

    wanted: VersionRequest
    digest: str


def checked(wanted: VersionRequest) -> Checked:
    """A version without faults; for a thread, for schemas may be large.

    Raises:
        PromptInvalid: with every fault.
    """
    faults = [*_template_faults("text", wanted), *_template_faults("system", wanted)]
    for name, variable in wanted.variables.items():
        faults += _variable_faults(f"variables.{name}", variable)
    if wanted.output_schema is not None and (fault := schema_fault(wanted.output_schema)):
        faults.append(FieldFault("output_schema", fault, "schema"))
    if faults:
        raise PromptInvalid(f"{faults[0].path}: {faults[0].message}", errors=faults)
    return Checked(wanted, digest_of(wanted.model_dump(mode="json", exclude={"notes"})))


def given_values(variables: Mapping[str, Variable], given: Mapping[str, Any]) -> dict[str, Any]:
    """What each variable stands for, documents as they were named.

    Raises:
        VariablesInvalid: with every missing, unknown or wrong one.
    """
    unknown = [name for name in given if name not in variables]
    known = ", ".join(variables)[:300] or "none"
    faults = [FieldFault(f"variables.{name}", f"is unknown; there are: {known}", "unknown") for name in unknown]
    values: dict[str, Any] = {}
    for name, variable in variables.items():
        value = given.get(name)
        values[name] = variable.default if value is None else value
        if values[name] is None and variable.required:
            faults.append(FieldFault(f"variables.{name}", f"is missing; it is a {variable.type}", "missing"))
        elif value is not None:
            wrong = fault_of(variable.type, value, variable.values)
            faults += [FieldFault(f"variables.{name}", wrong, "type")] if wrong else []
    if faults:
        raise variables_refused(faults)
    return values


def variables_refused(faults: list[FieldFault]) -> VariablesInvalid:
    """The refusal of some variables, with the first one in its sentence."""
    return VariablesInvalid(f"{faults[0].path}: {faults[0].message}", errors=faults)


def filled(template: str, values: Mapping[str, Any]) -> str:
    """The text of a template without faults; no value is taken for a template."""
    from docchain.platform.templates import Named, plain_parts  # noqa: PLC0415 - Jinja loads slowly

    parts = plain_parts(template) if template else []
    return "".join(text_of(values.get(part.name)) if isinstance(part, Named) else part for part in parts)


def names_in(template: str) -> list[str]:
    """The names that a template writes.

    Raises:
        TemplateFault: it does more.
    """
    from docchain.platform.templates import Named, plain_parts  # noqa: PLC0415 - the same

    return list(dict.fromkeys(part.name for part in plain_parts(template) if isinstance(part, Named)))


def _template_faults(field: str, wanted: VersionRequest) -> Iterator[FieldFault]:
    from docchain.platform.templates import TemplateFault  # noqa: PLC0415 - the same

    template: str = getattr(wanted, field)
    if field == "text" and not template.strip():
        yield FieldFault(field, "is empty", "empty")
    try:
        names = names_in(template)
    except TemplateFault as fault:
        yield FieldFault(
            field, f"{fault} Put what is to stay as it is between {{% raw %}} and {{% endraw %}}.", "syntax"
        )
        return
    for name in names:
        if name not in wanted.variables:
            yield FieldFault(f"variables.{name}", f"is used in `{field}`, but not declared", "undeclared")
        elif field == "system" and wanted.variables[name].type == "document":
            yield FieldFault(field, f"{name} is a document: name it in `text`, where it is data", "document")


def _variable_faults(path: str, variable: Variable) -> Iterator[FieldFault]:
    if (variable.type == "enum") != bool(variable.values):
        yield FieldFault(f"{path}.values", "are for an enum, which needs some", "values")
    elif variable.default is not None and variable.type == "document":
        yield FieldFault(f"{path}.default", "a document has none", "document")
    elif variable.default is not None and (wrong := fault_of(variable.type, variable.default, variable.values)):
        yield FieldFault(f"{path}.default", wrong, "type")
