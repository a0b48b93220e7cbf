"""What the library of prompts refuses."""

from collections.abc import Iterable

from docchain.platform.errors import Conflict, FieldFault, Invalid, NotFound, Stale


class PromptNotFound(NotFound):
    code = "ai_prompt_not_found"
    title = "There is no such prompt"

    def __init__(self, reference: str) -> None:
        super().__init__(f"There is no prompt {reference[:100]!r}.", hint="GET /ai/prompts lists them.")


class PromptVersionNotFound(NotFound):
    code = "ai_prompt_version_not_found"
    title = "There is no such version of the prompt"

    def __init__(self, name: str, version: int | str) -> None:
        named = "no version yet" if version == "latest" else f"no version {version}"
        if isinstance(version, str) and version != "latest":
            named = f"no version with the label {version[:60]}"
        super().__init__(f"{name} has {named}.", hint=f"GET /ai/prompts/{name}/versions lists them.")


class PromptNotPublished(Conflict):
    code = "ai_prompt_not_published"
    title = "No version of this prompt is published"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"No version of {name} is published.",
            hint=f"POST /ai/prompts/{name}/publish, or name a version: {name}@1, {name}@latest.",
        )


class PromptNameTaken(Conflict):
    code = "ai_prompt_name_taken"
    title = "There is a prompt of this name"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is taken.", hint="Choose another name, or save a version of that prompt.")


class PromptUnchanged(Conflict):
    code = "ai_prompt_unchanged"
    title = "The newest version says the same"


class PromptChanged(Stale):
    code = "ai_prompt_changed"
    title = "The prompt changed since you read it"


class TooManyPrompts(Conflict):
    code = "ai_prompts_too_many"
    title = "There are as many as there may be"


class LabelReserved(Conflict):
    code = "ai_prompt_label_reserved"
    title = "This label cannot be set like this"


class PromptInvalid(Invalid):
    """Its errors say where: in the text, the variables, or the schema."""

    code = "ai_prompt_invalid"
    title = "The prompt cannot be saved like this"


class VariablesInvalid(Invalid):
    code = "ai_prompt_variables"
    title = "The variables do not fit the prompt"


class AiGateFailed(Conflict):
    """A gate refuses to publish a version.

    Args:
        detail: what fell short, in a sentence.
        errors: the differences, each with its path.
    """

    code = "ai_gate_failed"
    title = "The version is not as good as it has to be"

    def __init__(self, detail: str, errors: Iterable[FieldFault] = ()) -> None:
        super().__init__(detail, errors=errors, hint="Mend it, or publish with `force` and a `reason`.")
