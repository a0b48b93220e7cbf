"""Pieces of an answer on their way to whoever listens: what was veiled is whole again before it is handed on."""

from docchain.features.ai.port import Deltas
from docchain.features.ai.privacy.veiling import Veil


class Heard:
    """Hands on pieces; who heard the beginning of an answer that nobody finished is told that it does not count."""

    def __init__(self, deltas: Deltas) -> None:
        self._deltas = deltas
        self._spoke = False

    async def __call__(self, piece: str | None) -> None:
        self._spoke = piece is not None
        await self._deltas(piece)

    async def restart(self) -> None:
        """Another answer begins."""
        if self._spoke:
            await self(None)


class Restored:
    """Hands on pieces with the values that stayed here.

    Args:
        heard: takes them.
        veil: knows the values.
        quoted: whether the answer is JSON.
    """

    def __init__(self, heard: Heard, veil: Veil, *, quoted: bool = False) -> None:
        self._heard, self._veil, self._quoted = heard, veil, quoted
        self._stream = veil.back_stream(quoted=quoted)

    async def __call__(self, piece: str | None) -> None:
        if piece and (restored := self._stream.feed(piece)):
            await self._heard(restored)

    async def end(self) -> None:
        if rest := self._stream.end():
            await self._heard(rest)

    async def restart(self) -> None:
        """Another answer begins."""
        self._stream = self._veil.back_stream(quoted=self._quoted)
        await self._heard.restart()
