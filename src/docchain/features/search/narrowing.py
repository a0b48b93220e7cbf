"""What a search may be narrowed and counted by: a kind, fact or date that nothing has is told, never swallowed."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from docchain.features.search.errors import BadFilter
from docchain.features.search.queries import AllOf, AnyOf, Between, Exactly, Filter, Node, Not
from docchain.features.search.query_text import DATES, narrowed
from docchain.features.search.sources import Source
from docchain.platform.errors import FieldFault

COUNTED: Final = frozenset({"kind", "month", "language"})
_OWN: Final = COUNTED | {"handle", *DATES.values()}
_CUSTOM: Final = "field."
"""Custom fields of documents are made by people."""


@dataclass(frozen=True, slots=True)
class Places:
    """What the fields of a request are called where it was made."""

    kinds: str = "kinds"
    filters: str = "filters"
    facets: str = "facets"


IN_BODY: Final = Places()
IN_ADDRESS: Final = Places("kind", "filter", "facet")
IN_SAVED: Final = Places("query.kinds", "query.filters", "query.facets")


class Narrowing:
    """Knows what there is to find.

    Args:
        sources: what can be found, by kind.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._kinds = frozenset(sources)
        self._facts = frozenset(name for source in sources.values() for name in source.facts)

    def check(
        self, kinds: Sequence[str], filters: Sequence[str], facets: Sequence[str] = (), places: Places = IN_BODY
    ) -> None:
        """Refuse what can only be a slip.

        Raises:
            BadFilter: with a fault for each.
        """
        faults = [*_faults(places.kinds, kinds, self._about_kind), *_faults(places.filters, filters, self._about)]
        faults += _faults(places.facets, facets, self._about_facet)
        if faults:
            raise BadFilter(faults)

    def notice(self, query: Node) -> str:
        """What was typed into the search box is never refused, but told."""
        told = [self._about_filter(part) for part in _filters(query)]
        return " ".join(f"{text[:1].upper()}{text[1:]}." for text in dict.fromkeys(filter(None, told)))

    def _about_kind(self, kind: str) -> str:
        return "" if kind in self._kinds else f"there is no kind {kind[:80]!r}; use {_listed(self._kinds)}"

    def _about_facet(self, name: str) -> str:
        known = self._facts | COUNTED
        return "" if name in known or name.startswith(_CUSTOM) else _unknown(name, known)

    def _about(self, text: str) -> str:
        asked = filter_of(text)
        if asked is None:
            return f"{text[:100]!r} is no filter; write field:value, such as status:failed or created:2026-01..2026-03"
        return self._about_filter(asked)

    def _about_filter(self, asked: Filter) -> str:
        known = self._facts | _OWN
        if asked.field not in known and not asked.field.startswith(_CUSTOM):
            return _unknown(asked.field, known)
        if not isinstance(asked, Between):
            return ""
        dates = asked.field in DATES.values()
        for end in (asked.low, asked.high):
            if end is not None and (isinstance(end, str) or (dates and not isinstance(end, datetime))):
                wanted = "date; write 2026, 2026-01 or 2026-01-31" if dates else "number or date"
                return f"{str(end)[:80]!r} in {asked.field} is no {wanted}"
        return ""


def filter_of(text: str) -> Filter | None:
    """`field:value`; nothing, if it is something else."""
    field, colon, value = text.partition(":")
    if not colon or not value or not field.replace(".", "").replace("_", "").replace("-", "").isalnum():
        return None
    return narrowed(field, value)


def _unknown(name: str, known: Collection[str]) -> str:
    return f"nothing has {name[:80]!r}; use {_listed(known)}, or field.<name> of a custom field"


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))


def _faults(place: str, given: Sequence[str], about: Callable[[str], str]) -> list[FieldFault]:
    told = [(number, about(text)) for number, text in enumerate(given)]
    return [
        FieldFault(f"{place}[{number}]", f"{text[:1].upper()}{text[1:]}.", BadFilter.code)
        for number, text in told
        if text
    ]


def _filters(query: Node) -> Iterator[Filter]:
    match query:
        case Exactly() | Between():
            yield query
        case AllOf(nodes) | AnyOf(nodes):
            for inner in nodes:
                yield from _filters(inner)
        case Not(inner):
            yield from _filters(inner)
        case _:
            return
