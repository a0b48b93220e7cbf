"""Prompts of the library with their variables filled in; its one rule: what documents say is fenced, as data."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar
from uuid import UUID

from pydantic import ValidationError

from docchain.features.ai.asking import RenderedPrompt
from docchain.features.ai.port import Origin, PromptRef
from docchain.features.ai.prompts.domain import named
from docchain.features.ai.prompts.filling import filled, given_values, variables_refused
from docchain.features.ai.prompts.schemas import PromptVersion, Rendered
from docchain.features.ai.prompts.service import PromptService
from docchain.features.ai.prompts.versions import Named, VersionService
from docchain.features.ai.reading import Readings
from docchain.features.ai.steps.shared import DATA, fenced
from docchain.features.documents import DocumentRef
from docchain.platform.database import Database
from docchain.platform.errors import FieldFault
from docchain.platform.settings_ai import MOST_CHARS
from docchain.platform.work import Actor, Work

T = TypeVar("T")
References = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class Looks(Protocol):
    """Reads the database, with somebody's rights."""

    async def __call__(self, transaction: Callable[[Work], T], /) -> T: ...


class Library:
    """Finds and fills prompts.

    Args:
        readings: what documents say.
        look: how prompts are read.
        references: what the documents that are given refer to; it refuses those that are not for whoever asks.
    """

    def __init__(self, readings: Readings, look: Looks, references: References) -> None:
        self._readings, self._look, self._references = readings, look, references

    async def rendered(self, origin: Origin, reference: str, given: Mapping[str, Any]) -> RenderedPrompt:
        """The version that is meant, filled.

        Raises:
            Refusal: there is none, the variables do not fit, or a document cannot be read.
        """
        return await self._rendered(origin, *named(reference), given)

    async def shown(self, origin: Origin, prompt: str, version: Named, given: Mapping[str, Any]) -> Rendered:
        """The same, for people to see."""
        made = await self._rendered(origin, prompt, version, given)
        return Rendered(
            prompt=made.ref.name,
            version=made.ref.version,
            digest=made.ref.digest,
            system=made.system,
            text=made.text,
            output_schema=None if made.schema is None else dict(made.schema),
            provider=made.provider,
            model=made.model,
            temperature=made.temperature,
            max_tokens=made.max_tokens,
        )

    async def _rendered(self, origin: Origin, prompt: str, which: Named, given: Mapping[str, Any]) -> RenderedPrompt:
        version = await self._look(lambda work: VersionService(work).read(PromptService(work).row(prompt), which))
        values = given_values(version.variables, given)
        papers = {
            name: values[name]
            for name, variable in version.variables.items()
            if variable.type == "document" and values[name] is not None
        }
        named_by, cut = await self._references(papers), False
        references = {name: DocumentRef.model_validate(one) for name, one in named_by.items()}
        for name, reference in references.items():
            reading = await self._readings.of(origin.workspace, reference)
            values[name], cut = fenced(reading.text, reading.name), cut or reading.cut
        text, system = await asyncio.to_thread(_filled, version, values)
        told = [system, DATA] if papers else [system]
        documents = frozenset(reference.document_id for reference in references.values())
        return RenderedPrompt(
            PromptRef(version.name, version.number, version.digest),
            text,
            "\n".join(filter(None, told)),
            version.output_schema,
            version.provider,
            version.model,
            version.temperature,
            version.max_tokens,
            documents,
            cut,
        )


def library_of_runs(database: Database, readings: Readings, workspace: UUID) -> Library:
    """For steps: they name documents by references, and no others."""
    actor = Actor(None, "system", workspace)

    async def look(transaction: Callable[[Work], T]) -> T:
        return await database.read(transaction, actor)

    return Library(readings, look, _referred)


async def _referred(given: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, value in given.items():
        try:
            DocumentRef.model_validate(value)
        except ValidationError:
            wrong = "must be a document of an input or of a step, such as `${steps.read.document}`"
            raise variables_refused([FieldFault(f"variables.{name}", wrong, "type")]) from None
    return given


def _filled(version: PromptVersion, values: Mapping[str, Any]) -> tuple[str, str]:
    text, system = filled(version.text, values), filled(version.system, values)
    if len(text) + len(system) > MOST_CHARS:
        wrong = f"make the prompt longer than {MOST_CHARS:,} characters; give the longest as `document` of the step"
        raise variables_refused([FieldFault("variables", wrong, "too_long")])
    return text, system
