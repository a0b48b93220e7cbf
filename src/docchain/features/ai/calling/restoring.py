"""Pieces of an answer on their way to whoever listens: what was veiled is whole again before it is handed on."""

from docchain.features.ai.port import Deltas
from docchain.features.ai.privacy.veiling import Veil


class Restored:
    """Hands on pieces of an answer with the values that stayed here."""

    def __init__(self, deltas: Deltas, veil: Veil) -> None:
        self._deltas, self._stream = deltas, veil.back_stream()
        self.spoke = False

    async def __call__(self, piece: str) -> None:
        self.spoke = True
        if restored := self._stream.feed(piece):
            await self._deltas(restored)

    async def end(self) -> None:
        if rest := self._stream.end():
            await self._deltas(rest)
