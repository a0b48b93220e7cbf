"""Personal values of the log, encrypted under a key of whom or what they are about: to erase is to destroy that key.

The audit seals what is encrypted, so its chain stays whole. AES-256-GCM with a nonce for each value.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from docchain.platform.tables import Table
from docchain.platform.upserts import upsert

KINDS: Final[Mapping[str, frozenset[str]]] = {
    "user": frozenset({"username", "name", "email"}),
    "document": frozenset({"name", "changes"}),
    "intake": frozenset({"name", "detail"}),
    "message": frozenset({"from", "user"}),
}
"""By the kind of subject, which facts of its events are personal."""
_OWNERS: Final[Mapping[str, str]] = {"from": "from_id", "user": "user_id"}
"""Names of users in events about something else, and the facts that say whose they are."""
_COLUMNS: Final = frozenset({"username", "name", "email", "title", "notes", "hold_reason"})
"""Fields of such subjects whose values before and after are personal."""
ERASED: Final = "(erased)"
UNREADABLE: Final = "(unreadable)"
SEALED: Final = "$sealed"
_KEY, _NONCE, _MOST = 32, 12, 10_000
_GONE: Final = "erased_subjects"
_DOCUMENT: Final = "document_id"
_USER: Final = "user"


class SubjectKeyRow(Table):
    """The key of a subject; it is gone when the subject was erased."""

    __tablename__ = "subject_key"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID | None] = mapped_column(index=True)
    key: Mapped[bytes]
    created_at: Mapped[datetime]


class Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...


class _Place(NamedTuple):
    """A value that is personal: where it stands, and whose it is."""

    holder: dict[str, Any]
    name: str
    subject: UUID
    workspace: UUID | None


_known: "WeakKeyDictionary[object, dict[UUID | None, Cipher]]" = WeakKeyDictionary()
"""By database, of committed keys, for sealing only: what is read asks whether the key is still there."""


def seal(
    session: Session, rows: Sequence[dict[str, Any]], came: dict[str, Any], person: UUID | None, now: datetime
) -> Callable[[], None] | None:
    """Encrypt what is personal in events that are about to be appended.

    Args:
        session: of the transaction.
        rows: the events; their data is replaced where necessary.
        came: where they come from, shared by all of them; its address is personal.
        person: who acts.
        now: the moment of the transaction.

    Returns:
        What to call once the transaction is durable, if anything.
    """
    places = {(id(place.holder), place.name): place for row in rows for place in _places(row)}
    if "address" in came and (whose := person or _about(rows)) is not None:
        places[id(came), "address"] = _Place(came, "address", whose, None)
    if not places:
        return None
    ciphers = _ciphers(session, {place.subject: place.workspace for place in places.values()}, now)
    for holder, name, subject, _ in places.values():
        holder[name] = _sealed(ciphers.get(subject), subject, holder[name])
    known = _known_in(session)
    return lambda: _remember(known, ciphers)


def opened(session: Session, values: Collection[Any]) -> list[Any]:
    """The values with everything in them readable whose key is there; the rest says that it was erased."""
    subjects = {_subject(text) for value in values for text in _found(value)}
    if not subjects:
        return list(values)
    ciphers = _kept(session, subjects - {None})
    return [_open(value, ciphers) for value in values]


def erase(session: Session, subjects: Iterable[UUID]) -> None:
    """Destroy keys: what was sealed under them stays, and nobody reads it again."""
    gone = set(subjects)
    session.info.setdefault(_GONE, set()).update(gone)
    session.execute(delete(SubjectKeyRow).where(SubjectKeyRow.subject_id.in_(gone)))
    for subject in gone:
        _known_in(session).pop(subject, None)


def _known_in(session: Session) -> dict[UUID | None, Cipher]:
    return _known.setdefault(session.get_bind(), {})


def _remember(known: dict[UUID | None, Cipher], ciphers: Mapping[UUID | None, Cipher]) -> None:
    if len(known) > _MOST:
        known.clear()
    known.update(ciphers)


def _about(rows: Sequence[dict[str, Any]]) -> UUID | None:
    """Whom the first event is about: whoever signs in is nobody yet."""
    if rows[0]["subject_kind"] == _USER:
        found: UUID | None = rows[0]["subject_id"]
        return found
    user = rows[0]["data"].get("user_id")
    return UUID(user) if isinstance(user, str) else None


def _places(row: dict[str, Any]) -> Iterator[_Place]:
    personal, subject = KINDS.get(row["subject_kind"]), row["subject_id"]
    if personal is None or subject is None:
        return
    data, workspace = row["data"], row["workspace_id"]
    if not personal.isdisjoint(data):
        row["data"] = data = dict(data)
        owner = UUID(data[_DOCUMENT]) if _DOCUMENT in data else subject
        for name in personal & data.keys():
            named = data.get(_OWNERS.get(name, ""))
            yield _Place(data, name, UUID(named), None) if named else _Place(data, name, owner, workspace)
    context = row.get("context")
    changed = context.get("changes") if context else None
    if changed:
        yield from (_Place(changed, name, subject, workspace) for name in _COLUMNS & changed.keys())


def _ciphers(session: Session, subjects: Mapping[UUID, UUID | None], now: datetime) -> dict[UUID | None, Cipher]:
    """Of each subject that was not erased in this transaction; who had no key gets one."""
    gone = session.info.get(_GONE, ())
    wanted = [subject for subject in subjects if subject not in gone]
    known = _known_in(session)
    found: dict[UUID | None, Cipher] = {subject: known[subject] for subject in wanted if subject in known}
    if missing := [subject for subject in wanted if subject not in found]:
        found |= _kept(session, missing)
    if new := [subject for subject in missing if subject not in found]:
        rows = [
            {"subject_id": subject, "workspace_id": subjects[subject], "key": os.urandom(_KEY), "created_at": now}
            for subject in new
        ]
        session.execute(upsert(session, SubjectKeyRow).values(rows).on_conflict_do_nothing())
        found |= _kept(session, new)
    return found


def _kept(session: Session, subjects: Collection[UUID | None]) -> dict[UUID | None, Cipher]:
    wanted = select(SubjectKeyRow.subject_id, SubjectKeyRow.key).where(SubjectKeyRow.subject_id.in_(subjects))
    return {subject: _cipher(key) for subject, key in session.execute(wanted)}


def _cipher(key: bytes) -> Cipher:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - heavy, and no start needs it

    return AESGCM(key)


def _sealed(cipher: Cipher | None, subject: UUID, value: Any) -> Any:
    if cipher is None:
        return ERASED
    nonce = os.urandom(_NONCE)
    hidden = nonce + cipher.encrypt(nonce, msgspec.json.encode(value), subject.bytes)
    return {SEALED: f"{subject.hex}{b64encode(hidden).decode()}"}


def _found(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        text = value.get(SEALED)
        if isinstance(text, str):
            yield text
        else:
            for item in value.values():
                yield from _found(item)


def _subject(text: str) -> UUID | None:
    try:
        return UUID(hex=text[:32])
    except ValueError:
        return None


def _open(value: Any, ciphers: Mapping[UUID | None, Cipher]) -> Any:
    if not isinstance(value, dict):
        return value
    text = value.get(SEALED)
    if not isinstance(text, str):
        return {name: _open(item, ciphers) for name, item in value.items()}
    subject = _subject(text)
    cipher = ciphers.get(subject)
    if subject is None or cipher is None:
        return ERASED
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above

    try:
        hidden = b64decode(text[32:], validate=True)
        return msgspec.json.decode(cipher.decrypt(hidden[:_NONCE], hidden[_NONCE:], subject.bytes))
    except (InvalidTag, ValueError):  # tampered with: the audit's chain says where
        return UNREADABLE
