"""Veils the messages of a call before they go to a remote model; its one rule: texts are read off the event loop."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from docchain.features.ai.asking import Redaction
from docchain.features.ai.port import Ask, Message
from docchain.features.ai.privacy.detect import detect_all
from docchain.features.ai.privacy.schemas import texts_in, with_texts
from docchain.features.ai.privacy.veiling import Place, Veil
from docchain.platform.threads import to_its_end

if TYPE_CHECKING:
    from docchain.platform.processes import ProcessPool

_SHORT: Final = 4_000
_JOB: Final = f"{detect_all.__module__}:{detect_all.__name__}"
NOTE: Final = (
    "Marks such as \u27e6NAME_1\u27e7 or \u27e6NUMBER_2\u27e7 stand for values that are kept from you. Take each as "
    "the value that it stands for, repeat it exactly as it is, and never make one up."
)


class VeilFactory:
    """Makes veils.

    Args:
        processes: where long texts are read.
        timeout: seconds that this may take.
    """

    def __init__(self, processes: "ProcessPool", timeout: float = 120.0) -> None:
        self._processes, self._timeout = processes, timeout

    async def veil(
        self, messages: Sequence[Message], level: Redaction, language: str = ""
    ) -> tuple[tuple[Message, ...], Veil]:
        """What may be sent, and what gives the answer its values back.

        The same messages give the same marks. Where anything is veiled, the model is told what marks are.

        Raises:
            ChildError: the texts could not be read in time; then nothing may be sent.
        """
        sent, _, veil = await self._veiled(messages, [], level, language)
        return sent, veil

    async def veil_ask(self, ask: Ask, level: Redaction) -> tuple[Ask, Veil]:
        """The same of a whole question: what its schema says is veiled, too.

        Raises:
            ChildError: as above.
        """
        said = [] if ask.schema is None else texts_in(ask.schema)
        sent, covered, veil = await self._veiled(ask.messages, said, level, ask.language)
        schema = None if ask.schema is None else with_texts(ask.schema, dict(zip(said, covered, strict=True)))
        return replace(ask, messages=sent, schema=schema), veil

    async def _veiled(
        self, messages: Sequence[Message], beside: list[str], level: Redaction, language: str
    ) -> tuple[tuple[Message, ...], list[str], Veil]:
        veil = Veil(level, language)
        if level == "off":
            return tuple(messages), beside, veil
        texts = [*(message.text for message in messages), *beside]
        found = await self._found(texts, level, language)
        covered = await to_its_end(_covered, veil, texts, found)
        veiled = tuple(replace(message, text=text) for message, text in zip(messages, covered, strict=False))
        return (_noted(veiled) if veil.count else veiled), covered[len(messages) :], veil

    async def _found(self, texts: list[str], level: Redaction, language: str) -> list[list[Place]]:
        if sum(map(len, texts)) <= _SHORT:
            return await to_its_end(detect_all, texts, language, level)
        found: list[list[Place]] = await self._processes.run(_JOB, texts, language, level, timeout=self._timeout)
        return found


def _covered(veil: Veil, texts: list[str], found: list[list[Place]]) -> list[str]:
    for text, places in zip(texts, found, strict=True):
        veil.learn(text, places)
    return [veil.cover(text, places) for text, places in zip(texts, found, strict=True)]


def _noted(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    first = messages[0]
    if first.role == "system":
        return (replace(first, text=f"{first.text}\n\n{NOTE}"), *messages[1:])
    return (Message("system", NOTE), *messages)
