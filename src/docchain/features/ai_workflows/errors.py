"""What the AI workflows refuse."""

from collections.abc import Iterable

from docchain.platform.errors import Conflict, Invalid, NotFound, Stale


class AiWorkflowNotFound(NotFound):
    code = "ai_workflow_not_found"
    title = "There is no such AI workflow"

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"There is no AI workflow {reference[:100]} in this workspace.",
            hint="GET /ai-workflows lists them; other workflows are at /workflows.",
        )


class TemplateNotFound(NotFound):
    code = "ai_template_not_found"
    title = "There is no such template"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no template {name[:100]!r}.", hint=f"Take one of: {', '.join(known)}.")


class TemplateTaken(Conflict):
    code = "ai_template_taken"
    title = "A template has this name already"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a template {name!r} already.", hint="Give yours another name.")


class TemplateShipped(Conflict):
    code = "ai_template_shipped"
    title = "This template comes with the product"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} stays as it is.", hint="Make a template of your own: POST /ai-workflows/templates.")


class TemplateChanged(Stale):
    code = "ai_template_changed"
    title = "The template changed since you read it"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not what you read any more.", hint=f"GET /ai-workflows/templates/{name}")


class TooManyTemplates(Conflict):
    code = "ai_template_limit"
    title = "The workspace has as many templates as it may"

    def __init__(self, most: int) -> None:
        super().__init__(f"A workspace keeps {most:,} templates of its own.", hint="Raise DOCCHAIN_AI_TEMPLATES.")


class NothingForTemplate(Invalid):
    code = "ai_template_empty"
    title = "A template needs a definition"

    def __init__(self) -> None:
        super().__init__("Give either `definition` or `from_workflow`.", hint="`from_workflow` names an AI workflow.")


class LinkNotFound(NotFound):
    code = "chain_link_not_found"
    title = "There is no such link in this chain"

    def __init__(self, reference: str, chain: str) -> None:
        super().__init__(
            f"The chain of {chain} has no link {reference[:100]}.", hint=f"GET /ai-workflows/{chain}/chain"
        )


class LinkChanged(Stale):
    code = "chain_link_changed"
    title = "The link changed since you read it"


class LinkNotReady(Conflict):
    code = "chain_link_not_ready"
    title = "This link has no document yet"

    def __init__(self, handle: str, run: str, status: str) -> None:
        super().__init__(
            f"{handle} has no document to go on from: its run {run} is {status}.",
            hint=f"Wait for the end of {run}, retry it, or branch from a link before.",
        )


class ChainTooLong(Conflict):
    code = "chain_too_long"
    title = "The chain has as many links as it may"

    def __init__(self, most: int) -> None:
        super().__init__(f"A chain has {most:,} links at most.", hint="Begin another AI workflow, with its document.")


class ChainTooLarge(Conflict):
    code = "chain_too_large"
    title = "The chain is too large for one document"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"Its documents have more than {most:,} bytes together.", hint="Take `format=md`, or fewer links."
        )


class NotRendered(Invalid):
    code = "chain_not_rendered"
    title = "The chain cannot be set as this format"
