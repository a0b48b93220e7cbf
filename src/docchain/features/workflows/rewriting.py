"""A definition's text, rewritten where its data changed and nowhere else: comments and order of the rest stay."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import yaml

from docchain.engine.definition import DefinitionError, read_text
from docchain.features.workflows.text_items import Items, Unsure, end_of, line_end, line_start
from docchain.features.workflows.writing import as_entry, as_json, as_yaml, in_line

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Edit(NamedTuple):
    start: int
    end: int
    text: str


def rewritten(text: str, wanted: dict[str, Any]) -> str:
    """The text, changed so that it reads as `wanted`; if that cannot be done in place it is written anew."""
    if text.lstrip().startswith("{"):
        return as_json(wanted)
    try:
        old, root = read_text(text), yaml.compose(text, Loader=_Loader)
        edited = _applied(text, 0, len(text), list(_edits(text, root, old, wanted)))
        if _same(read_text(edited), wanted):
            return edited
    except (Unsure, DefinitionError, yaml.YAMLError):
        pass
    return as_yaml(wanted)


def _same(one: Any, other: Any) -> bool:
    """Other than `==`, this tells 1 from 1.0 and from true."""
    return one == other and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _applied(text: str, start: int, end: int, edits: Sequence[Edit]) -> str:
    """A part of the text with its edits."""
    parts, place = [], start
    for edit in sorted(edits):
        if edit.start < place:
            raise Unsure
        parts += [text[place : edit.start], edit.text]
        place = edit.end
    return "".join([*parts, text[place:end]])


def _edits(text: str, node: Any, old: Any, new: Any) -> Iterator[Edit]:
    """Of a mapping; in a flow (`{a: 1}`) or in block style, one entry a line."""
    if not (isinstance(node, yaml.MappingNode) and isinstance(old, dict) and isinstance(new, dict)):
        raise Unsure
    entries = {key.value: (key, value) for key, value in node.value}
    if node.flow_style and (old.keys() != new.keys()):
        yield Edit(node.start_mark.index, node.end_mark.index, in_line(new))
        return
    for name, (key, value) in entries.items():
        if name not in new:
            yield _without(text, node, key, value)
        elif not _same(old[name], new[name]):
            yield from _changed(text, (key, value), old[name], new[name], in_flow=bool(node.flow_style))
    if added := {name: value for name, value in new.items() if name not in old}:
        yield _added(text, node, added)


def _changed(text: str, entry: tuple[Any, Any], old: Any, new: Any, *, in_flow: bool) -> Iterator[Edit]:
    key, value = entry
    if isinstance(value, yaml.MappingNode) and isinstance(new, dict) and old.keys() & new.keys():
        yield from _edits(text, value, old, new)
    elif _is_list_of_steps(value, old, new):
        yield _of_steps(text, value, old, new)
    elif in_flow:
        yield Edit(value.start_mark.index, value.end_mark.index, in_line(new))
    else:
        colon = text.index(":", key.end_mark.index) + 1
        yield Edit(colon, max(colon, end_of(text, value)), as_entry(new, key.start_mark.column))


def _without(text: str, node: Any, key: Any, value: Any) -> Edit:
    start = line_start(text, key.start_mark.index)
    if text[start : key.start_mark.index].strip():  # the first key stands behind a dash
        following = [other for other, _ in node.value if other.start_mark.index > key.start_mark.index]
        if not following:
            raise Unsure
        return Edit(key.start_mark.index, following[0].start_mark.index, "")
    return Edit(start, line_end(text, end_of(text, value)), "")


def _added(text: str, node: Any, added: dict[str, Any]) -> Edit:
    if not node.value:
        raise Unsure
    place = line_end(text, end_of(text, node))
    break_ = "" if text[:place].endswith("\n") else "\n"
    return Edit(place, place, break_ + as_yaml(added, node.value[0][0].start_mark.column))


def _is_list_of_steps(node: Any, old: Any, new: Any) -> bool:
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not old or not new:
        return False
    return isinstance(new, list) and all(isinstance(item, dict) and "id" in item for item in (*old, *new))


def _of_steps(text: str, node: Any, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Edit:
    """Each step keeps its text and the comments right above it, wherever it goes."""
    items = Items(text, node)
    places = _places(old, new)
    written: list[tuple[int | None, str]] = []
    for step, place in zip(new, places, strict=True):
        if place is None:
            written.append((None, as_yaml([step], items.column)))
            continue
        start, end = items.part(place)
        edits = [] if _same(old[place], step) else list(_edits(text, node.value[place], old[place], step))
        written.append((place, _applied(text, start, end, edits)))
    return Edit(items.start, items.end, items.joined(written))


def _places(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[int | None]:
    """Where each step stood; one that has another name now is known by the place it has kept."""
    known = {step["id"]: place for place, step in enumerate(old)}
    if len(known) < len(old):
        raise Unsure
    places = [known.get(step["id"]) for step in new]
    if len(old) == len(new):
        free = set(range(len(old))) - set(places)
        places = [place if found is None and place in free else found for place, found in enumerate(places)]
    return places
