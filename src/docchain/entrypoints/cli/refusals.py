"""Refusals told on the command line: every fault with its path, and what to do next; never a traceback."""

import json
from typing import Any, Final

from rich.text import Text

from docchain.engine.definition import DefinitionError, Fault
from docchain.engine.failures import KindTakenError
from docchain.engine.journal import JournalError
from docchain.entrypoints.cli.console import errors
from docchain.platform.engines import FAULTS
from docchain.platform.errors import FieldFault, Refusal
from docchain.platform.schema import NewerSchemaError
from docchain.platform.settings import SettingsError

_CROSS: Final = Text("✗", style="bold red")


def tell_as_json(error: Exception) -> bool:
    """Print the problem document of a refusal; false for anything else."""
    problem = problem_of(error)
    if problem is not None:
        errors.print(json.dumps(problem, ensure_ascii=False))
    return problem is not None


def tell(error: Exception) -> bool:
    """Print what a refusal says; false for anything else."""
    match error:
        case DefinitionError():
            for fault in error.faults:
                errors.print(_CROSS, _placed(fault))
        case Refusal():
            errors.print(_CROSS, error.detail)
            for item in error.errors:
                errors.print(" ", _placed(item))
            if error.hint:
                errors.print(" ", error.hint)
        case SettingsError() | NewerSchemaError() | JournalError() | KindTakenError():
            errors.print(_CROSS, str(error))
        case Exception() if type(error) in FAULTS:
            errors.print(_CROSS, f"The database cannot be used: {getattr(error, 'orig', error)}.")
        case OSError(filename=None, strerror=str(reason)):
            errors.print(_CROSS, f"{reason}.")
        case OSError(filename=str(name), strerror=str(reason)):
            errors.print(_CROSS, f"{name}: {reason}.")
        case _:
            return False
    return True


def _placed(fault: Fault | FieldFault) -> Text:
    return Text.assemble((fault.path, "bold"), " " if fault.path else "", fault.message)


def problem_of(error: Exception) -> dict[str, Any] | None:
    """What the API would answer; where it has no such answer, `settings` or `storage` is the code."""
    match error:
        case DefinitionError():
            told = [{"path": fault.path, "message": fault.message, "code": fault.code} for fault in error.faults]
            return _problem("definition_invalid", "The workflow or its inputs have faults", str(error), errors=told)
        case Refusal():
            told = [{"path": fault.path, "message": fault.message, "code": fault.code} for fault in error.errors]
            return _problem(error.code, error.title, error.detail, errors=told, hint=error.hint, **error.members)
        case SettingsError() | NewerSchemaError() | JournalError() | KindTakenError():
            return _problem("settings", "It cannot start", str(error))
        case Exception() if type(error) in FAULTS:
            return _problem("storage", "The database cannot be used", str(getattr(error, "orig", error)))
        case OSError(strerror=str(reason)):
            return _problem("storage", "A file cannot be used", f"{error.filename}: {reason}")
    return _usage(error)


def _usage(error: Any) -> dict[str, Any] | None:
    """What typer refuses is known by its shape: the classes are none of its public names."""
    if not hasattr(error, "format_message"):
        return None
    context = getattr(error, "ctx", None)
    hint = f"`{context.command_path} --help` tells what it takes." if context else ""
    return _problem("usage", "The command is not right", error.format_message(), errors=[], hint=hint)


def _problem(code: str, title: str, detail: str, **more: Any) -> dict[str, Any]:
    told = {"type": f"urn:docchain:problem:{code}", "title": title, "detail": detail, "code": code, **more}
    return {name: value for name, value in told.items() if value or name == "errors"}
