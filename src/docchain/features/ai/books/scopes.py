"""Whom a budget is for: what people name by a handle is kept by its id, or the budget would count nothing."""

from uuid import UUID

from docchain.features.documents import DocumentService
from docchain.features.runs import RunService
from docchain.platform.errors import FieldFault, Invalid
from docchain.platform.work import Work


def scope_id_of(work: Work, scope: str, named: str) -> str:
    """The id by which calls name it.

    Raises:
        Refusal: there is no such run or document, or a workflow is not named by its id.
    """
    if scope == "run":
        return str(RunService(work).read(named).id)
    if scope == "document":
        return str(DocumentService(work).read(named).id)
    if scope != "workflow":
        return named
    try:
        return str(UUID(named))
    except ValueError:
        fault = FieldFault("scope_id", "is no id of a workflow")
        raise Invalid(
            "A budget of a workflow names it by its id.", errors=[fault], hint="GET /workflows tells ids."
        ) from None
