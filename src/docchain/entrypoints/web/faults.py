"""What the engine refuses, said over HTTP."""

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse

from docchain.engine.definition import DefinitionError
from docchain.platform.errors import FieldFault, Invalid, Refusal
from docchain.platform.web.problems import render

_log = structlog.get_logger("docchain.web")


class DefinitionInvalid(Invalid):
    code = "definition_invalid"
    title = "The workflow or its inputs have faults"


async def definition_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DefinitionError)  # noqa: S101 - how it was registered
    faults = [FieldFault(fault.path, fault.message, fault.code, fault.node) for fault in error.faults]
    count = "One fault" if len(faults) == 1 else f"{len(faults)} faults"
    detail = f"{count}; the first: {error.faults[0]}" if faults else str(error)
    return render(request.scope, DefinitionInvalid(detail, errors=faults))


class JournalAway(Refusal):
    code = "journal_unavailable"
    title = "The engine's journal cannot be read"
    status = 503


async def journal_away(request: Request, error: Exception) -> JSONResponse:
    _log.error("journal_unread", error=str(error), path=request.url.path)
    refusal = JournalAway(
        "What runs did cannot be read now; nothing of it is lost.",
        hint="Try again in a moment; runs go on by themselves.",
    )
    return render(request.scope, refusal)
