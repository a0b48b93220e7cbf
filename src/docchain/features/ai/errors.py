"""What models and their money refuse; each says which setting or which action helps."""

import math
from collections.abc import Iterable

from docchain.platform.errors import Busy, Conflict, Denied, FieldFault, Invalid, Refusal


class ProviderUnknown(Invalid):
    code = "ai_provider_unknown"
    title = "There is no such provider"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no provider {name[:40]!r}.", hint=f"Take `auto`, or one of: {', '.join(known)}.")


class ProviderNotConfigured(Conflict):
    code = "ai_provider_not_configured"
    title = "This provider is not set up"


class CapabilityMissing(Invalid):
    code = "capability_missing"
    title = "No provider that may be asked can do this"

    def __init__(self, missing: str, setting: str) -> None:
        super().__init__(missing, hint=setting)
        self.members = {"setting": setting}


class NothingLeaves(Denied):
    code = "ai_nothing_leaves"
    title = "This workspace sends nothing to remote models"


class BudgetReached(Conflict):
    code = "ai_budget_reached"
    title = "A budget for models is used up"

    def __init__(self, detail: str, budget: str) -> None:
        super().__init__(detail, hint=f"Raise {budget} with PATCH /ai/budgets/{budget}, or wait for its next period.")
        self.members = {"budget": budget}


class ProviderUnavailable(Busy):
    code = "ai_provider_unavailable"
    title = "The provider does not answer now"

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail, hint="Try again later, or put another provider into the order.")
        self.retry_after = None if retry_after is None else math.ceil(retry_after)


class ProviderRefused(Refusal):
    code = "ai_provider_refused"
    title = "The provider refused the request"
    status = 502


class OutputInvalid(Refusal):
    code = "ai_output_invalid"
    title = "The model's answer does not fit what was asked for"
    status = 502

    def __init__(self, detail: str, errors: Iterable[FieldFault] = ()) -> None:
        super().__init__(detail, errors=errors, hint="Ask for less at once, or take a stronger model.")


class DocumentUnreadable(Invalid):
    code = "ai_document_unreadable"
    title = "This document cannot be read"


class InputMissing(Invalid):
    code = "ai_input_missing"
    title = "There is nothing to work on"


class SchemaInvalid(Invalid):
    code = "ai_schema_invalid"
    title = "The schema is no JSON Schema"

    def __init__(self, fault: str) -> None:
        super().__init__(fault, hint="See https://json-schema.org, draft 2020-12.")


class InputRefused(Invalid):
    code = "ai_input_refused"
    title = "The local method cannot work on this"
