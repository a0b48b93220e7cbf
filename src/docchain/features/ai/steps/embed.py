"""The step `ai.embed`: vectors of texts, made on this machine; in a run they go to a document, not into its state."""

import json
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field

from docchain.engine.kinds import Params, Result
from docchain.features.ai.errors import InputRefused
from docchain.features.ai.port import Ask, Message, Task
from docchain.features.ai.steps.shared import AiStep, Asked, Asking, TextParams
from docchain.features.documents import DocumentRef


class EmbedParams(TextParams):
    """Of which texts."""

    texts: list[Annotated[str, Field(max_length=20_000)]] = Field([], max_length=500, description="Instead of one.")


class EmbedResult(Result):
    """How many vectors of which model."""

    model: str
    dimension: int
    count: int
    document: DocumentRef | None = Field(None, description="Of a run: a JSON document with `vectors`.")
    vectors: list[list[float]] | None = Field(None, description="Of a request: the vectors themselves.")
    ai: Asked


class Embed(AiStep):
    """Turns texts into vectors whose nearness is nearness in meaning."""

    name = "ai.embed"
    title = "Embed"
    task: ClassVar[Task] = "embed"
    params: ClassVar[type[Params]] = EmbedParams
    result: ClassVar[type[BaseModel]] = EmbedResult

    async def work(self, params: EmbedParams, asking: Asking) -> EmbedResult:
        if params.prompt_name is not None:
            raise InputRefused("ai.embed makes vectors of texts, and takes no prompt.", hint="Leave out `prompt_name`.")
        texts = params.texts or [(await asking.read(params.text, params.document)).text]
        answer = await asking.call(Ask("embed", (Message("user", ""),), local={"texts": texts}))
        found: dict[str, Any] = dict(answer.value)
        vectors = found["vectors"]
        document = None
        if asking.context is not None:
            content = json.dumps({"model": found["model"], "vectors": vectors}).encode()
            document = await asking.keep("vectors.json", content, "application/json", params.document)
        return EmbedResult(
            model=found["model"],
            dimension=found["dimension"],
            count=found["count"],
            document=document,
            vectors=vectors if document is None else None,
            ai=asking.said(),
        )
