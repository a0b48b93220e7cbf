"""What orders for many workflows refuse."""

from collections.abc import Sequence

from docchain.engine.definition import Fault
from docchain.platform.errors import Conflict, FieldFault, Invalid


class TooManyWorkflows(Invalid):
    code = "too_many_workflows"
    title = "The order reaches too many workflows"

    def __init__(self, most: int) -> None:
        fault = FieldFault("workflows", f"reach more than {most:,} workflows", self.code)
        super().__init__(
            f"One order reaches {most:,} workflows at most.",
            errors=[fault],
            hint="Split it, or narrow the filter; DOCCHAIN_BULK_WORKFLOWS_MAX is the limit.",
        )


class DefinitionRefused(Invalid):
    code = "definition_invalid"
    title = "The workflow or its inputs have faults"

    def __init__(self, faults: Sequence[Fault]) -> None:
        told = [FieldFault(fault.path, fault.message, fault.code, fault.node) for fault in faults]
        count = "One fault" if len(told) == 1 else f"{len(told)} faults"
        super().__init__(f"{count}; the first: {faults[0]}" if faults else self.title, errors=told)


class NameTaken(Conflict):
    code = "workflow_name_taken"
    title = "There is a workflow of this name"

    def __init__(self, name: str, handles: Sequence[str]) -> None:
        fault = FieldFault("workflow", f"is the name of {', '.join(handles)}", self.code)
        super().__init__(
            f"{', '.join(handles)} {'is' if len(handles) == 1 else 'are'} named {name!r} already.",
            errors=[fault],
            hint="Import it with on_conflict=rename, update or allow.",
        )


class BadBundle(Invalid):
    code = "bad_bundle"
    title = "The bundle cannot be read"
