"""The templates that come with the product: files beside this one, read once."""

from functools import cache
from importlib.resources import files
from typing import Any, Final

from docchain.engine.definition import read_text
from docchain.features.ai_workflows.schemas import AiTemplate

_FOLDER: Final = "template_files"
FIRST: Final = {
    "content_generation": "payment_reminder",
    "text_analysis": "analyze_text",
    "document_processing": "process_document",
    "extraction": "extract_invoice",
    "classification": "classify_message",
    "summarization": "summarize_text",
    "translation": "translate_text",
    "question_answering": "ask_document",
    "custom": "free_prompt",
}
"""What a type takes where no template is named and no definition given."""


@cache
def shipped() -> dict[str, AiTemplate]:
    """By name, in the order of their types."""
    found = [_read(file.read_text("utf-8")) for file in files(__package__).joinpath(_FOLDER).iterdir()]
    order = list(FIRST)
    found.sort(key=lambda one: (order.index(one.workflow_type), one.name))
    return {one.name: one for one in found}


def _read(text: str) -> AiTemplate:
    told: dict[str, Any] = read_text(text)
    return AiTemplate(**{"works_offline": True, "custom": False, **told})
