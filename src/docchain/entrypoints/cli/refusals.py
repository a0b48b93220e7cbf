"""Refusals told on the command line: every fault with its path, and what to do next; never a traceback."""

from typing import Final

from rich.text import Text

from docchain.engine.definition import DefinitionError, Fault
from docchain.engine.journal import JournalError
from docchain.entrypoints.cli.console import errors
from docchain.platform.engines import FAULTS
from docchain.platform.errors import FieldFault, Refusal
from docchain.platform.schema import NewerSchemaError
from docchain.platform.settings import SettingsError

_CROSS: Final = Text("✗", style="bold red")


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
        case SettingsError() | NewerSchemaError() | JournalError():
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
