"""Questions about intake; the unit of work keeps each within its workspace."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select

from docchain.features.documents.intake.schemas import IntakeFilter
from docchain.features.documents.intake.tables import IntakeItemRow, IntakeRulesRow
from docchain.platform.pagination import Order, PageRequest, count, take
from docchain.platform.upserts import upsert
from docchain.platform.work import Work

_EQUAL: Final = ("source", "source_id", "outcome", "reason", "sha256", "parent_id")


class IntakeRepository:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._session = work.session

    def claim(self, row: dict[str, Any]) -> bool:
        """Write an entry unless there is one of its source and key; tell whether it was written."""
        made = upsert(self._session, IntakeItemRow).values(workspace_id=self._work.workspace_id, **row)
        done = self._session.execute(
            made.on_conflict_do_nothing(index_elements=["workspace_id", "source", "source_key"]).returning(
                IntakeItemRow.id
            )
        )
        return done.scalar_one_or_none() is not None

    def claim_all(self, rows: list[dict[str, Any]]) -> set[UUID]:
        """The same for many; tell which were written."""
        workspace_id = self._work.workspace_id
        made = upsert(self._session, IntakeItemRow).values([{"workspace_id": workspace_id, **row} for row in rows])
        done = self._session.scalars(
            made.on_conflict_do_nothing(index_elements=["workspace_id", "source", "source_key"]).returning(
                IntakeItemRow.id
            )
        )
        return set(done)

    def item(self, item_id: UUID) -> IntakeItemRow | None:
        return self._session.scalar(select(IntakeItemRow).where(IntakeItemRow.id == item_id))

    def known(self, source: str, key: str) -> IntakeItemRow | None:
        return self._session.scalar(
            select(IntakeItemRow).where(IntakeItemRow.source == source, IntakeItemRow.source_key == key)
        )

    def known_keys(self, source: str, keys: list[str]) -> set[str]:
        wanted = select(IntakeItemRow.source_key).where(
            IntakeItemRow.source == source, IntakeItemRow.source_key.in_(keys)
        )
        return set(self._session.scalars(wanted))

    def page(
        self, wanted: IntakeFilter, request: PageRequest, *, newest_first: bool
    ) -> tuple[list[IntakeItemRow], str | None, int | None]:
        statement = _matching(wanted)
        order = Order(IntakeItemRow.received_at, IntakeItemRow.id, descending=newest_first)
        rows, cursor = take(self._session, statement, order, request)
        return rows, cursor, count(self._session, statement) if request.total else None

    def rules(self) -> IntakeRulesRow | None:
        return self._session.scalar(select(IntakeRulesRow))

    def keep_rules(self, revision: int, rules: dict[str, Any]) -> None:
        made = upsert(self._session, IntakeRulesRow).values(
            workspace_id=self._work.workspace_id, revision=revision, rules=rules
        )
        self._session.execute(
            made.on_conflict_do_update(
                index_elements=["workspace_id"], set_={"revision": revision, "rules": made.excluded.rules}
            )
        )


def _matching(wanted: IntakeFilter) -> Select[Any]:
    statement = select(IntakeItemRow)
    for name in _EQUAL:
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(getattr(IntakeItemRow, name) == value)
    if wanted.name:
        statement = statement.where(IntakeItemRow.name.icontains(wanted.name, autoescape=True))
    if wanted.received_after:
        statement = statement.where(IntakeItemRow.received_at > wanted.received_after)
    if wanted.received_before:
        statement = statement.where(IntakeItemRow.received_at < wanted.received_before)
    return statement
