"""API keys as people keep them: made, listed, renamed, rotated, revoked; each change ends what was known of the key."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from docchain.features.identity.authorization.catalogue import CATALOGUE
from docchain.features.identity.authorization.errors import UnknownPermissions
from docchain.features.identity.authorization.rights import Rights
from docchain.features.identity.keys import secrecy
from docchain.features.identity.keys.errors import BadExpiry, KeyNotFound, KeyOver, TooManyKeys
from docchain.features.identity.keys.repository import KeyRepository
from docchain.features.identity.keys.schemas import ApiKey, ApiKeyRequest, NewApiKey
from docchain.features.identity.keys.tables import ApiKeyRow
from docchain.platform.errors import Denied
from docchain.platform.ids import new_id
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.reach import Thing
from docchain.platform.settings import SecuritySettings
from docchain.platform.work import Work

FindThing = Callable[[Work, str, str], Thing]
"""Finds what a kind and a reference name in the workspace of the work."""
READING: Final = frozenset(name for name in CATALOGUE if name.endswith(":read"))
_KIND: Final = "api_key"
_MANAGE: Final = "keys:manage"


class KeyService:
    def __init__(self, work: Work, settings: SecuritySettings, find: FindThing | None = None) -> None:
        self._work = work
        self._rows = KeyRepository(work.session)
        self._settings = settings
        self._find_thing = find

    def create(self, wanted: ApiKeyRequest) -> NewApiKey:
        """Make a key of one's own; what it may is asked again at each use."""
        maker = self._work.actor
        if maker.user_id is None:
            raise Denied("The system has no keys.", hint="Sign in as a user.")
        now, most = self._work.now, self._settings.api_keys_max
        if self._rows.open_ones(maker.user_id, now) >= most:
            raise TooManyKeys(f"There are {most}.", hint="Revoke one, or raise DOCCHAIN_API_KEYS_MAX.")
        if wanted.expires_at is not None and wanted.expires_at <= now:
            raise BadExpiry(hint="Name a later moment.")
        prefix = secrecy.new_prefix()
        key = secrecy.new_key(prefix)
        row = ApiKeyRow(
            id=new_id(),
            user_id=maker.user_id,
            created_by=maker.name,
            name=wanted.name,
            prefix=prefix,
            digest=secrecy.digest_of(key),
            permissions=sorted(self._permissions(wanted)),
            things=[f"{kind}:{thing}" for kind, thing in self._things(wanted)],
            networks=wanted.networks,
            created_at=now,
            expires_at=wanted.expires_at or now + timedelta(days=self._settings.api_key_days),
            last_address="",
        )
        self._rows.add(row)
        told = {"name": row.name, "prefix": prefix, "permissions": row.permissions, "expires_at": str(row.expires_at)}
        self._emit("created", row, told)
        return NewApiKey(**_shown(row).model_dump(), key=key)

    def list(self, request: PageRequest, *, everybody: bool = False) -> Page[ApiKey]:
        if everybody and not self._work.actor.may(_MANAGE):
            raise Denied(f"To see everybody's keys needs the permission {_MANAGE}.", hint="Leave `everybody` out.")
        owner = None if everybody else self._work.actor.user_id
        rows, cursor, total = self._rows.page(owner, request.within(owner))
        return Page[ApiKey](items=[_shown(row) for row in rows], next_cursor=cursor, total=total)

    def read(self, key_id: UUID) -> ApiKey:
        return _shown(self._find(key_id))

    def again(self, kept: Mapping[str, str]) -> NewApiKey:
        """A key that was made before by the same request; its secret is not told twice."""
        return NewApiKey(**_shown(self._find(UUID(kept["id"]))).model_dump(), key="")

    def rename(self, key_id: UUID, name: str) -> ApiKey:
        row = self._find(key_id, to_change=True)
        if row.name != name:
            row.name = name
            self._emit("renamed", row, {"name": name})
        return _shown(row)

    def rotate(self, key_id: UUID, overlap_hours: int | None = None) -> NewApiKey:
        """Give it a new secret; the former one works for a while, so that programs can change over."""
        row = self._find(key_id, to_change=True)
        if row.user_id != self._work.actor.user_id:
            raise Denied("Only whoever made a key gets its new secret.", hint="Revoke it instead.")
        if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= self._work.now):
            raise KeyOver(hint="Make a new one: POST /security/api-keys.")
        hours = self._settings.api_key_overlap_hours if overlap_hours is None else overlap_hours
        key = secrecy.new_key(row.prefix)
        row.former_digest = row.digest if hours else None
        row.former_until = self._work.now + timedelta(hours=hours) if hours else None
        row.digest, row.rotated_at = secrecy.digest_of(key), self._work.now
        self._emit("rotated", row, {"name": row.name, "overlap_hours": hours})
        return NewApiKey(**_shown(row).model_dump(), key=key)

    def revoke(self, key_id: UUID) -> None:
        """From now on it opens nothing, in no process."""
        row = self._find(key_id, to_change=True)
        if row.revoked_at is None:
            row.revoked_at = self._work.now
            self._emit("revoked", row, {"name": row.name, "prefix": row.prefix})

    def _permissions(self, wanted: ApiKeyRequest) -> frozenset[str]:
        unknown = sorted(set(wanted.permissions) - CATALOGUE.keys())
        if unknown:
            raise UnknownPermissions(unknown)
        asked = frozenset(wanted.permissions)
        if not asked:
            return READING & self._work.actor.permissions
        Rights(self._work).check_has(asked)
        return asked & READING if wanted.read_only else asked

    def _things(self, wanted: ApiKeyRequest) -> Sequence[Thing]:
        found = []
        for named in wanted.things if self._find_thing else ():
            kind, _, reference = named.partition(":")
            assert self._find_thing is not None  # noqa: S101 - asked above
            found.append(self._find_thing(self._work, kind, reference))
        return found

    def _find(self, key_id: UUID, *, to_change: bool = False) -> ApiKeyRow:
        """One's own, or anybody's for whoever manages keys; to all others there is none."""
        row = self._rows.find(key_id, to_change=to_change)
        actor = self._work.actor
        if row is None or (row.user_id != actor.user_id and not actor.may(_MANAGE)):
            raise KeyNotFound
        return row

    def _emit(self, what: str, row: ApiKeyRow, told: Mapping[str, object]) -> None:
        self._work.emit(f"api_key.{what}", _KIND, row.id, {"key_id": str(row.id), **told})


def _shown(row: ApiKeyRow) -> ApiKey:
    return ApiKey(**{name: getattr(row, name) for name in ApiKey.model_fields})
