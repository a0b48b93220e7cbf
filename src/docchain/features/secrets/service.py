"""Secrets of a workspace: kept, changed, listed, removed; values come here sealed, and leave sealed."""

from dataclasses import dataclass

from docchain.features.secrets.errors import SecretChanged, SecretNameTaken, SecretNotFound, TooManySecrets
from docchain.features.secrets.repository import KIND, SecretRepository
from docchain.features.secrets.schemas import Secret, SecretChange, SecretRequest
from docchain.features.secrets.tables import SecretRow
from docchain.platform.handles import next_number
from docchain.platform.ids import Handle, new_id
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.preconditions import Expected
from docchain.platform.work import Work


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value that nobody can read without the workspace's key of this number."""

    key_number: int
    content: bytes
    fingerprint: str


class SecretService:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = SecretRepository(work.session)

    def list(self, request: PageRequest) -> Page[Secret]:
        rows, cursor, total = self._rows.page(request)
        return Page[Secret](items=[shown(row) for row in rows], next_cursor=cursor, total=total)

    def read(self, reference: str) -> Secret:
        return shown(self._row(reference))

    def create(self, wanted: SecretRequest, sealed: Sealed, most: int) -> Secret:
        if Handle.parse(wanted.name) or self._rows.named(wanted.name):
            raise SecretNameTaken(
                f"{wanted.name} is taken.", hint="Choose another name, or change that secret: PUT /security/secrets/…"
            )
        if self._rows.count() >= most:
            raise TooManySecrets(f"It has {most:,}.", hint="Delete one, or raise DOCCHAIN_SECRETS_MAX.")
        now, who = self._work.now, self._work.actor.name
        row = SecretRow(
            id=new_id(),
            number=next_number(self._work, KIND),
            name=wanted.name,
            description=wanted.description,
            kind=wanted.kind,
            hosts=list(wanted.hosts),
            sealed=sealed.content,
            key_number=sealed.key_number,
            fingerprint=sealed.fingerprint,
            revision=1,
            created_at=now,
            created_by=who,
            changed_at=now,
            changed_by=who,
            used_at=None,
            uses=0,
        )
        self._rows.add(row)
        self._emit("created", row)
        return shown(row)

    def change(self, reference: str, wanted: SecretChange, sealed: Sealed | None, expected: Expected) -> Secret:
        row = self._to_change(reference, expected)
        row.kind, row.description, row.hosts = wanted.kind, wanted.description, list(wanted.hosts)
        if sealed is not None:
            row.sealed, row.key_number, row.fingerprint = sealed.content, sealed.key_number, sealed.fingerprint
        row.revision += 1
        row.changed_at, row.changed_by = self._work.now, self._work.actor.name
        self._emit("changed", row, new_value=sealed is not None)
        return shown(row)

    def delete(self, reference: str, expected: Expected) -> None:
        row = self._to_change(reference, expected)
        self._rows.remove(row)
        self._emit("deleted", row)

    def _to_change(self, reference: str, expected: Expected) -> SecretRow:
        row = self._row(reference, to_change=True)
        expected.check(
            row.revision, SecretChanged(f"It was changed to revision {row.revision}.", hint="Read it again.")
        )
        return row

    def _row(self, reference: str, *, to_change: bool = False) -> SecretRow:
        row = self._rows.find(reference, to_change=to_change)
        if row is None:
            raise SecretNotFound(f"There is no secret {reference[:100]!r}.", hint="GET /security/secrets lists them.")
        return row

    def _emit(self, what: str, row: SecretRow, **told: object) -> None:
        data = {"name": row.name, "kind": row.kind, "hosts": row.hosts, "fingerprint": row.fingerprint, **told}
        self._work.emit(f"security.secret_{what}", KIND, row.id, data)


def shown(row: SecretRow) -> Secret:
    return Secret(
        id=row.id,
        handle=str(Handle(KIND, row.number)),
        name=row.name,
        kind=row.kind,
        description=row.description,
        hosts=list(row.hosts),
        fingerprint=row.fingerprint,
        revision=row.revision,
        created_at=row.created_at,
        created_by=row.created_by,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        used_at=row.used_at,
        uses=row.uses,
    )
