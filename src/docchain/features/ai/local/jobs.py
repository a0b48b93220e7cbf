"""What a child process does for local language: one task in, plain data out; models load here and stay."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from docchain.features.ai.extraction.papers import read_paper
from docchain.features.ai.local.analysis import ANALYSES, analyze, summarized
from docchain.features.ai.local.answering import Source, answer
from docchain.features.ai.local.deciding import Option, decide
from docchain.features.ai.local.fields import fields_in
from docchain.features.ai.local.generation import generate
from docchain.features.ai.local.given import Given, NothingGiven, given_in, with_places
from docchain.features.ai.local.labels import classify
from docchain.features.ai.local.language import spoken
from docchain.features.ai.local.routing import Route, route_of
from docchain.features.ai.local.vectors import DIMENSION, MODEL, embedded

MOST_TEXTS: Final = 1_000
MOST_SOURCES: Final = 200
MOST_WORDS: Final = 10_000
_ROUTED_LOOKS: Final = frozenset({"keywords", "sentiment", "language", "entities", "readability"})
_SPANISH: Final[Mapping[str, str]] = {
    "sentiment": "sentimiento",
    "keywords": "palabras clave",
    "summary": "resumen",
    "language": "idioma",
    "entities": "entidades",
    "classification": "clasificación",
    "readability": "legibilidad",
    "positive": "positivo",
    "negative": "negativo",
    "neutral": "neutro",
}
"""What is said for people; data keeps its names."""
_FORMATS: Final[Mapping[str, str]] = {"date": "date", "email": "email", "number": "number", "integer": "number"}


class CannotDo(Exception):
    """No local method does it; the message says what would."""

    code = "capability_missing"


def work(task: str, local: Mapping[str, Any], prompt: str, language: str, most: int) -> dict[str, Any]:
    """Do a task.

    Args:
        task: which.
        local: its typed input; see each task below. A `path` is a `Path` to a parsed document.
        prompt: what a person wrote: a text to work on, a question, or an instruction.
        language: `es`, `en`, or nothing where the text shall tell.
        most: characters that are read.

    Returns:
        `text` (for people), `value` (the same as data), `confidence` and `method`.
    """
    job = _JOBS.get(task)
    if job is None:
        raise CannotDo(f"No local method can {task}.")
    return job(local, prompt, language, most)


def _answer(text: str, value: dict[str, Any], confidence: float | None = None, method: str = "") -> dict[str, Any]:
    sure = value.get("confidence") if confidence is None else confidence
    return {"text": text, "value": value, "confidence": sure, "method": method or value.get("method", "")}


def _told(value: dict[str, Any], given: Given) -> dict[str, Any]:
    placed: dict[str, Any] = with_places(value, given.pages)
    return {**placed, "cut": True} if given.cut else placed


def _summarize(local: Mapping[str, Any], prompt: str, _language: str, most: int) -> dict[str, Any]:
    """`text` or `path`; `sentences` (3) or `words`."""
    given = given_in(local, most, prompt)
    found = summarized(given.text, embedded, _count(local, "sentences") or 3, _count(local, "words"))
    return _answer(found["summary"], _told(found, given))


def _count(local: Mapping[str, Any], name: str) -> int | None:
    given = local.get(name)
    if given is not None and not (isinstance(given, int) and 0 < given <= MOST_WORDS):
        raise NothingGiven(f"`{name}` must be a whole number from 1 to {MOST_WORDS:,}.")
    return given


def _analyze(local: Mapping[str, Any], prompt: str, language: str, most: int) -> dict[str, Any]:
    """`text` or `path`; `analyses` (all), `labels` of the classification."""
    given = given_in(local, most, prompt)
    labels = _labels(local.get("labels") or {})
    wanted = local.get("analyses") or [name for name in ANALYSES if name != "classification" or labels]
    found = analyze(given.text, list(wanted), embedded, language=language, labels=labels)
    sure = min((part["confidence"] for part in found.values()), default=0.0)
    names = _SPANISH if spoken(given.text, language) == "es" else {}
    said = [(name, _in_short(part)) for name, part in found.items()]
    lines = [f"{names.get(name, name)}: {names.get(told, told)}" for name, told in said]
    text = names.get(said[0][1], said[0][1]) if len(said) == 1 else "\n".join(lines)
    return _answer(text, _told(found, given), sure, "+".join(str(part.get("method", "")) for part in found.values()))


def _in_short(part: Mapping[str, Any]) -> str:
    """What is said of an analysis in a line."""
    if "keywords" in part or "entities" in part:
        return ", ".join(item["text"] for item in (part.get("keywords") or part.get("entities") or [])[:10])
    return str(
        part.get("summary") or part.get("label") or part.get("code") or part.get("band") or part.get("missing", "")
    )


def _classify(local: Mapping[str, Any], prompt: str, _language: str, most: int) -> dict[str, Any]:
    """`text` or `path`; `labels` (names, or descriptions by name), `many`, `threshold`, `examples` by label."""
    given = given_in(local, most, prompt)
    labels = _labels(local.get("labels") or {})
    if not labels:
        raise NothingGiven("There is no label to choose from. Give `labels`: names, or descriptions by name.")
    found = classify(
        given.text, labels, embedded, many=bool(local.get("many")), threshold=float(local.get("threshold") or 0.5),
        examples=local.get("examples") or {},
    )  # fmt: skip
    return _answer(found.label or "", _told(asdict(found), given))


def _labels(given: Any) -> dict[str, str]:
    if isinstance(given, Mapping):
        return {str(name): str(told or "") for name, told in given.items()}
    return {str(name): "" for name in given}


def _extract(local: Mapping[str, Any], prompt: str, _language: str, most: int) -> dict[str, Any]:
    """`parsed` with a `paper` schema; else `text` or `path`, and `fields` or the properties of a JSON `schema`."""
    if "parsed" in local:
        value = read_paper(local)
        return _answer("", value, method=value["method"])
    given = given_in(local, most, prompt)
    fields = local.get("fields") or _properties(local.get("schema") or {})
    if not fields:
        raise NothingGiven("There is no field to look for. Give `fields`: by name, their `type` and `labels`.")
    found = fields_in(given.text, {name: told if isinstance(told, Mapping) else {} for name, told in fields.items()})
    told = {name: asdict(field) for name, field in found.items()}
    plain = {name: found[name].value if name in found else None for name in fields}
    sure = min((field.confidence for field in found.values()), default=0.0)
    value = {"value": plain, "fields": told, "missing": [name for name in fields if name not in found]}
    said = "\n".join(f"{name}: {text}" for name, text in plain.items() if text)
    return _answer(said, _told(value, given), sure, "labels+patterns")


def _properties(schema: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    described = schema.get("properties") or {}
    kinds = {name: str(told.get("format") or told.get("type") or "") for name, told in described.items()}
    return {name: {"type": _FORMATS.get(kind, "text")} for name, kind in kinds.items()}


def _ask(local: Mapping[str, Any], prompt: str, language: str, most: int) -> dict[str, Any]:
    """`question`; `sources`: each `document` and `text` or `path`, or one `text` or `path`."""
    question = str(local.get("question") or prompt)
    if not question.strip():
        raise NothingGiven("There is no question. Give `question`.")
    listed = list(local.get("sources") or [local])[:MOST_SOURCES]
    given = {str(told.get("document") or at): given_in(told, most // len(listed)) for at, told in enumerate(listed)}
    sources = [Source(document, text.text) for document, text in given.items()]
    found = answer(question, sources, embedded, spoken(question, language))
    value = asdict(found)
    value["citations"] = [with_places(quoted, given[quoted["document"]].pages) for quoted in value["citations"]]
    return _answer(found.answer, value)


def _decide(local: Mapping[str, Any], _prompt: str, _language: str, _most: int) -> dict[str, Any]:
    """`data`, `options` by name with `when` and `description`, `default`, `threshold`."""
    options = [
        Option(str(name), str(told.get("when") or ""), str(told.get("description") or ""))
        for name, told in (local.get("options") or {}).items()
    ]
    if not options:
        raise NothingGiven("There is nothing to choose from. Give `options`: by name, `when` or `description`.")
    default, threshold = local.get("default"), float(local.get("threshold") or 0.6)
    found = decide(local.get("data") or {}, options, embedded, default=default, threshold=threshold)
    return _answer(found.decision or "", asdict(found))


def _embed(local: Mapping[str, Any], prompt: str, _language: str, most: int) -> dict[str, Any]:
    """`texts`, or one `text` or `path`."""
    texts = [str(text) for text in local.get("texts") or [given_in(local, most, prompt).text]][:MOST_TEXTS]
    vectors = embedded(texts).round(5).tolist()
    value = {"model": MODEL, "dimension": DIMENSION, "count": len(vectors), "vectors": vectors, "method": MODEL}
    return _answer("", value, 1.0)


def _generate(local: Mapping[str, Any], prompt: str, language: str, most: int) -> dict[str, Any]:
    """`template` and `variables`; or a prompt that begins with a verb of another task, and perhaps `text` or `path`."""
    if template := local.get("template"):
        variables = local.get("variables") or {}
        found = generate(str(template), variables, spoken(" ".join(map(str, variables.values())), language))
        return _answer(found.text, asdict(found))
    route = route_of(prompt)
    if route is None or route.task == "translate":
        raise CannotDo("No local method writes freely or translates.")
    told = _routed(route, local, language, most)
    return {**told, "value": {"routed": route.task, **told["value"]}}


def _routed(route: Route, local: Mapping[str, Any], language: str, most: int) -> dict[str, Any]:
    given = local if local.get("text") or local.get("path") else {**local, "text": route.text}
    if route.task in _ROUTED_LOOKS:
        return _analyze({**given, "analyses": [route.task]}, "", language, most)
    if route.task == "extract" and not (local.get("fields") or local.get("schema")):
        return _analyze({**given, "analyses": ["entities"]}, "", language, most)
    return work(route.task, given, "", language, most)


_JOBS: Final[Mapping[str, Callable[[Mapping[str, Any], str, str, int], dict[str, Any]]]] = {
    "summarize": _summarize,
    "analyze": _analyze,
    "classify": _classify,
    "extract": _extract,
    "ask": _ask,
    "decide": _decide,
    "embed": _embed,
    "generate": _generate,
}
