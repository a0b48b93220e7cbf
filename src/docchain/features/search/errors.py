"""Why a request about search is refused."""

from collections.abc import Sequence

from docchain.platform.errors import Busy, Conflict, Denied, FieldFault, Invalid, NotFound, Stale


class NothingToSearch(Denied):
    code = "nothing_to_search"
    title = "You may not read anything that can be found"

    def __init__(self, permissions: str) -> None:
        hint = f"Ask an administrator of the workspace for a role with one of {permissions}."
        super().__init__("What is found depends on what you may read here.", hint=hint)


class TooDeep(Invalid):
    code = "too_deep"
    title = "Nobody reads that far"

    def __init__(self, most: int) -> None:
        message = f"Hits are told up to place {most:,}; narrow the search by filters."
        super().__init__(message, errors=[FieldFault("offset", message, self.code)])


class BadFilter(Invalid):
    code = "bad_filter"
    title = "A kind, filter or facet names what there is not"

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        super().__init__(faults[0].message, errors=faults)


class NotSearchable(NotFound):
    code = "not_searchable"
    title = "There is nothing like that to compare with"

    def __init__(self, reference: str) -> None:
        hint = "Name a document by its handle, such as document_7, or its id; what was just added takes a moment."
        super().__init__(f"{reference[:100]!r} is not in the index of this workspace.", hint=hint)


class SavedSearchNotFound(NotFound):
    code = "saved_search_not_found"
    title = "There is no such saved search"


class SavedSearchChanged(Stale):
    code = "saved_search_changed"
    title = "The saved search changed since you read it"


class NotYours(Denied):
    code = "not_your_search"
    title = "This search belongs to somebody else"


class RebuildUnderWay(Conflict):
    code = "rebuild_under_way"
    title = "The index is being rebuilt already"


class SearchAway(Busy):
    code = "search_away"
    title = "The search index does not answer"
