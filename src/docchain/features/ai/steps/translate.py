"""The step `ai.translate`: a text in another language, part by part; no local method can."""

from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from docchain.engine.kinds import Params, Result
from docchain.features.ai.port import Ask, Task
from docchain.features.ai.steps.shared import AiStep, Asked, Asking, TextParams, instructed
from docchain.features.documents import DocumentRef

_MERGED: Final = "the parts were translated one after the other and joined"
_LANGUAGE: Final = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$"
_WINDOW: Final = 8_000
"""Characters of a part: a translation is as long as its text."""
_A_TOKEN: Final = 2


class TranslateParams(TextParams):
    """Into which language."""

    model_config = ConfigDict(populate_by_name=True)

    to: str = Field(pattern=_LANGUAGE, description="Code of the language, such as `en` or `es`.")
    from_: str | None = Field(None, alias="from", pattern=_LANGUAGE, description="Of the text; else it tells itself.")
    as_document: str | None = Field(None, max_length=200, description="Name of a document that is made of it.")


class TranslateResult(Result):
    """In another language."""

    text: str
    to: str
    document: DocumentRef | None = None
    ai: Asked


class Translate(AiStep):
    """Translates a text or a document. It needs a remote model, or a server of your own."""

    name = "ai.translate"
    title = "Translate"
    task: ClassVar[Task] = "translate"
    params: ClassVar[type[Params]] = TranslateParams
    result: ClassVar[type[BaseModel]] = TranslateResult

    async def work(self, params: TranslateParams, asking: Asking) -> TranslateResult:
        reading = await asking.read(params.text, params.document)
        source = f" from the language with the code {params.from_}" if params.from_ else ""
        default = (
            f"Translate the document{source} into the language with the code {params.to}. Answer with nothing else."
        )
        told = await asking.instruction(params, default)
        said: list[str] = []
        for part in asking.windows(reading, _MERGED, _WINDOW):
            local = {"text": part.text, "to": params.to}
            most = max(256, len(part.text) // _A_TOKEN)
            messages = instructed(told, reading, part.text)
            ask = Ask("translate", messages, max_tokens=most, language=params.to, prompt=asking.prompt, local=local)
            said.append((await asking.call(ask, stream=True)).text)
        text = "\n\n".join(said)
        kept = await asking.keep(params.as_document, text.encode(), "text/markdown", params.document)
        return TranslateResult(text=text, to=params.to, document=kept, ai=asking.said())
