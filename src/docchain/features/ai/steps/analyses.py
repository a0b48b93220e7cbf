"""What looks at a text are like, and how those at its parts become one; pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from docchain.features.ai.json_schema import closed

DEFAULT_MERGED: Final = (
    "sentiment: mean; language: the most frequent; keywords and entities: all, the surest of each; summary: joined; "
    "classification: mean of each label; readability: over the parts' words"
)
_MOST: Final = 500
_KEYWORDS: Final = 20
_SURE: Final = {"type": "number"}
_LISTS: Final = {"keywords": "score", "entities": "confidence"}


def schema_of(wanted: Sequence[str], labels: Mapping[str, str]) -> dict[str, Any]:
    """The JSON Schema that a model answers in."""
    text = {"type": "string"}
    looks: dict[str, dict[str, Any]] = {
        "sentiment": {"label": {"type": "string", "enum": ["positive", "neutral", "negative"]}, "score": _SURE},
        "keywords": {"keywords": {"type": "array", "items": closed({"text": text, "score": _SURE})}},
        "summary": {"summary": text},
        "language": {"code": text},
        "entities": {"entities": {"type": "array", "items": closed({"kind": text, "text": text})}},
        "classification": {"label": {"type": "string", "enum": list(labels)} if labels else text},
    }
    return closed({name: closed({**looks[name], "confidence": _SURE}) for name in wanted})


def merged(found: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> dict[str, Any]:
    """One of all; of a single part, that one."""
    if len(found) == 1:
        return dict(found[0])
    names = dict.fromkeys(name for part in found for name in part)
    return {name: _one(name, [part[name] for part in found if name in part], labels) for name in names}


def _one(name: str, looks: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> dict[str, Any]:
    sure = round(sum(float(look.get("confidence") or 0) for look in looks) / len(looks), 3)
    told = {"confidence": sure, "method": str(looks[0].get("method", ""))}
    if name in _LISTS:
        return {name: _united(looks, name), **told}
    if name == "summary":
        sentences = [sentence for look in looks for sentence in look.get("sentences") or []]
        return {"summary": " ".join(str(look["summary"]) for look in looks), "sentences": sentences, **told}
    if name == "language":
        return {"code": Counter(str(look.get("code")) for look in looks).most_common(1)[0][0], **told}
    if name == "classification":
        return {**_class(looks, labels), "method": told["method"]}
    score = sum(float(look.get("score") or 0) for look in looks) / len(looks)
    nearest = min(looks, key=lambda look: abs(float(look.get("score") or 0) - score))
    return {**nearest, "score": round(score, 3), **told}


def _united(looks: Sequence[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    """Entities as they stand; of keywords the best of each, best first."""
    found = [dict(item) for look in looks for item in look.get(name) or []]
    if name == "entities":
        return found[:_MOST]
    best: dict[str, dict[str, Any]] = {}
    for item in sorted(found, key=lambda item: -float(item.get("score") or 0)):
        best.setdefault(str(item["text"]).casefold(), item)
    return list(best.values())[:_KEYWORDS]


def _class(looks: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> dict[str, Any]:
    sums: Counter[str] = Counter()
    for look in looks:
        for item in look.get("labels") or [{"label": look.get("label"), "confidence": look.get("confidence")}]:
            sums[str(item["label"])] += float(item.get("confidence") or 0) / len(looks)  # type: ignore[assignment] # means
    ranked = [{"label": label, "confidence": round(sums[label], 3)} for label in sorted(labels, key=lambda x: -sums[x])]
    unsure = any(look.get("unsure") for look in looks)
    return {"label": ranked[0]["label"], "labels": ranked, "confidence": ranked[0]["confidence"], "unsure": unsure}
