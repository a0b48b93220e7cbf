"""One order for many documents: every one has its own result, and one that is refused does not keep the others."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from docchain.features.documents.domain import KIND, handle_of
from docchain.features.documents.errors import DocumentChanged, DocumentNotFound
from docchain.features.documents.filing.changing import Filer
from docchain.features.documents.filing.errors import NotInTrash, TooManyDocuments
from docchain.features.documents.filing.narrowing import facets_asked
from docchain.features.documents.filing.order_results import OrderItem, OrderResult
from docchain.features.documents.filing.schemas import DocumentsOrder, OrderTarget, RemovalOrder, UpdateOrder
from docchain.features.documents.filing.trash import Trash
from docchain.features.documents.repository import DocumentRepository
from docchain.features.documents.tables import DocumentRow
from docchain.platform.errors import Refusal
from docchain.platform.ids import parse_reference
from docchain.platform.preconditions import ANY, Expected
from docchain.platform.work import Work


class OrderService:
    """All rows are read at the start and written at the end; in between nothing asks for a document.

    Args:
        work: the transaction.
        request: what to do.
        most: documents that one order reaches.
    """

    def __init__(self, work: Work, request: DocumentsOrder, most: int) -> None:
        self._work = work
        self._request = request
        self._most = most
        self._documents = DocumentRepository(work)

    def carry_out(self) -> OrderResult:
        """Do it; nothing is done if it reaches too many."""
        request = self._request
        targets, rows = self._reached()
        filer, trash = Filer(self._work, rows), Trash(self._work, rows)
        with self._work.session.no_autoflush:
            items = list(self._items(targets, rows, filer, trash))
        filer.finish()
        trash.finish()
        return OrderResult.told(request.action, items, dry_run=request.dry_run)

    def _reached(self) -> tuple[Sequence[OrderTarget], list[DocumentRow]]:
        request = self._request
        if request.filter is None:
            targets = request.targets
            keys = [parse_reference(target.document, KIND) for target in targets]
            ids = [key for key in keys if isinstance(key, UUID)]
            numbers = [key for key in keys if isinstance(key, int)]
            rows = self._documents.named(ids, numbers) if len(targets) <= self._most else []
        else:
            restores = isinstance(request, RemovalOrder) and request.action == "restore"
            wanted = request.filter.model_copy(update={"deleted": restores})
            rows = self._documents.matching(wanted, facets_asked(self._work, wanted), self._most + 1)
            targets = [OrderTarget(document=str(row.id), etag=None) for row in rows]
        if len(targets) > self._most:
            raise TooManyDocuments(self._most)
        return targets, rows

    def _items(
        self, targets: Sequence[OrderTarget], rows: Sequence[DocumentRow], filer: Filer, trash: Trash
    ) -> Iterator[OrderItem]:
        known: dict[UUID | int, DocumentRow] = {}
        for row in rows:
            known[row.id] = known[row.number] = row
        for index, target in enumerate(targets):
            row_ = known.get(parse_reference(target.document, KIND) or 0)
            handle = handle_of(row_.number) if row_ else None
            try:
                changed = self._one(row_, target, filer, trash)
            except Refusal as refusal:
                yield OrderItem.refused(index, refusal, handle)
                continue
            yield OrderItem(index=index, status=200, document=handle, etag=f'"{changed.revision}"')

    def _one(self, row: DocumentRow | None, target: OrderTarget, filer: Filer, trash: Trash) -> DocumentRow:
        request = self._request
        restores = request.action == "restore"
        if row is None or (row.deleted_at is not None and not restores):
            raise DocumentNotFound(f"There is no document {target.document!r}.", hint="List them: GET /documents.")
        expected = ANY if target.etag in (None, "*") else Expected(frozenset({str(target.etag)}))
        expected.check(row.revision, DocumentChanged(handle_of(row.number)))
        if isinstance(request, UpdateOrder):
            filer.change(row, request.changes)
        elif not restores:
            trash.put(row)
        elif row.deleted_at is None:
            raise NotInTrash(f"{handle_of(row.number)} is not in the trash.")
        else:
            trash.take_out(row)
        return row
