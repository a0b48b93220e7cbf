"""What a text is about, in its own phrases; its one rule: none begins or ends with a word that says nothing.

Method: YAKE! (Campos et al., Information Sciences 509, 2020) as the parser's library has it, its phrases then judged by
rules of our own: none crosses a function word at its edges, none is part of a better one, and each stands in the text.
Of a text too short for that, its words that say something, in their order.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from docchain.features.ai.local.lists import content_words, fold, folded_words, function_words

LOOKED_AT: Final = 60_000
METHOD: Final = "yake"
_MORE: Final = 6
_SHORT: Final = 3
_BARE: Final = 0.3
_JOINING: Final = frozenset({"de", "del", "of"})


@dataclass(frozen=True, slots=True)
class Keyword:
    """`text` as it is first written; `score`: 0 to 1, the higher the better."""

    text: str
    score: float
    start: int
    end: int
    count: int
    method: str = METHOD


def keywords_of(text: str, language: str, most: int = 10) -> list[Keyword]:
    """Up to `most` phrases, best first; runs in a child process."""
    looked = text[:LOOKED_AT]
    plain = fold(looked) if len(fold(looked)) == len(looked) else looked.lower()
    found: list[Keyword] = []
    scored = _scored(looked, language, most * _MORE)
    for phrase, score in scored or [(word, _BARE) for word in content_words(looked, language)]:
        keyword = _placed(phrase, score, looked, plain, language)
        if keyword is not None and not any(_same(keyword, other) for other in found):
            found.append(keyword)
        if len(found) == most:
            break
    return found


def _scored(text: str, language: str, most: int) -> list[tuple[str, float]]:
    import asyncio  # noqa: PLC0415 - in a child process only

    import xberg  # noqa: PLC0415 - heavy: in a child process only

    wanted = xberg.KeywordConfig(
        algorithm=xberg.KeywordAlgorithm.YAKE, max_keywords=most, language="en" if language == "en" else "es"
    )
    config = xberg.ExtractionConfig(use_cache=False, keywords=wanted)
    given = xberg.ExtractInput(
        kind=xberg.ExtractInputKind.BYTES, bytes=text.encode(), filename="a.txt", mime_type="text/plain"
    )

    async def asked() -> Any:
        return await xberg.extract(given, config)

    answer = asyncio.run(asked())
    read = answer.results[0] if getattr(answer, "results", None) else answer
    scored = [(str(word.text), float(word.score)) for word in read.extracted_keywords or []]
    return sorted(scored, key=lambda pair: -pair[1])


def _placed(phrase: str, score: float, text: str, plain: str, language: str) -> Keyword | None:
    words, idle = folded_words(phrase), function_words(language)
    while words and words[0] in idle:
        words = words[1:]
    while words and words[-1] in idle:
        words = words[:-1]
    if (
        not words
        or any(word in idle and word not in _JOINING for word in words)
        or (len(words) == 1 and len(words[0]) <= _SHORT)
    ):
        return None
    places = list(re.finditer(r"\b" + r"[ \t]+".join(map(re.escape, words)) + r"\b", plain))
    if not places:
        return None
    start, end = places[0].span()
    return Keyword(text[start:end], round(max(0.0, min(1.0, score)), 3), start, end, len(places))


def _same(one: Keyword, other: Keyword) -> bool:
    """Whether they share half of their words, singular or plural."""
    mine, others = ({word.rstrip("es") for word in folded_words(item.text)} for item in (one, other))
    return 2 * len(mine & others) >= len(mine | others) or mine <= others or others <= mine
