"""What is left of users who are deleted where others name them: a pseudonym, in every column that names people.

A column that ends with `_by` names a person, unless it is said not to; others that do are said here.
"""

import json
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, String, cast, delete, or_, select, update
from sqlalchemy.orm import Session

from docchain.features.identity.tables import UserRow
from docchain.features.identity.workspaces.tables import InvitationRow
from docchain.platform.every_table import every_table
from docchain.platform.idempotency import IdempotencyKeyRow
from docchain.platform.letters import lowered

_NO_PEOPLE: Final = frozenset({("document_link", "signed_by")})
_PEOPLE: Final = frozenset({("run", "actor"), ("run_command", "actor"), ("saved_search", "owner")})

_PERSONS: Final = frozenset({"username", "user", "users", "actor", "owner", "email", "assignees", "from"})
"""In answers, the keys of names of people, beside those that end with `_by`."""


def pseudonym_of(user_id: UUID) -> str:
    """As whom somebody is known once they were deleted."""
    return f"deleted user {user_id}"


def naming_columns() -> Iterator[Column[Any]]:
    """Every column of the database that holds names of users."""
    for table in every_table():
        for column in table.columns:
            place = (table.name, column.name)
            if place in _PEOPLE or (
                column.name.endswith("_by") and isinstance(column.type, String) and place not in _NO_PEOPLE
            ):
                yield column


def forget(session: Session, user: UserRow) -> None:
    """Put the pseudonym where their name is, and drop their invitations and the answers kept for their requests."""
    pseudonym, named = pseudonym_of(user.id), user.username
    for column in naming_columns():
        session.execute(update(column.table).where(column == named).values({column: pseudonym}))
    theirs = [InvitationRow.accepted_by == user.id]
    theirs += [lowered(InvitationRow.email) == user.email.lower()] if user.email and user.email_verified_at else []
    session.execute(delete(InvitationRow).where(or_(*theirs)))
    session.execute(delete(IdempotencyKeyRow).where(IdempotencyKeyRow.actor == str(user.id)))
    _forget_answers(session, {name for name in (named, user.email) if name}, pseudonym)


def _forget_answers(session: Session, names: set[str], pseudonym: str) -> None:
    """Answers that are kept for others are told again, with the pseudonym; they are kept for a day."""
    text = cast(IdempotencyKeyRow.answer, String)
    spellings = {spelling for name in names for spelling in (name, json.dumps(name)[1:-1])}
    naming = or_(*(text.contains(spelling, autoescape=True) for spelling in spellings))
    for row in session.scalars(select(IdempotencyKeyRow).where(naming)):
        told = _replaced(row.answer, names, pseudonym)
        if told != row.answer:
            row.answer = told
    session.flush()


def _replaced(value: Any, names: set[str], pseudonym: str, under: str = "") -> Any:
    """The same answer; only what stands under keys that name people is replaced, other words may be spelt alike."""
    match value:
        case dict():
            user = "username" in value or "email" in value
            keys = {key: "username" if user and key == "name" else key for key in value}
            return {key: _replaced(inner, names, pseudonym, keys[key]) for key, inner in value.items()}
        case list():
            return [_replaced(inner, names, pseudonym, under) for inner in value]
        case str() if value in names and (under in _PERSONS or under.endswith("_by")):
            return pseudonym
    return value
