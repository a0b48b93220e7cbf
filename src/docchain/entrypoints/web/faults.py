"""What the engine refuses, said over HTTP."""

from fastapi import Request
from fastapi.responses import JSONResponse

from docchain.engine.definition import DefinitionError
from docchain.platform.errors import FieldFault, Invalid
from docchain.platform.web.problems import render


class DefinitionInvalid(Invalid):
    code = "definition_invalid"
    title = "The workflow or its inputs have faults"


async def definition_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DefinitionError)  # noqa: S101 - how it was registered
    faults = [FieldFault(fault.path, fault.message, fault.code) for fault in error.faults]
    count = "One fault" if len(faults) == 1 else f"{len(faults)} faults"
    detail = f"{count}; the first: {error.faults[0]}" if faults else str(error)
    return render(request.scope, DefinitionInvalid(detail, errors=faults))
