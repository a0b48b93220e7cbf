"""HTTP door of API keys."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query

from docchain.features.identity.factors.strong import strong
from docchain.features.identity.keys.schemas import (
    ApiKey,
    ApiKeyChange,
    ApiKeyQuery,
    ApiKeyRequest,
    NewApiKey,
    RotateRequest,
)
from docchain.features.identity.keys.service import KeyService
from docchain.platform.idempotency import Recall
from docchain.platform.pagination import Page
from docchain.platform.web.door import PERSON, Door, DoorContext, needs
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import Work

router = APIRouter(prefix="/security/api-keys", tags=["API keys"], route_class=LateRoute)
_OWN: Final = [needs("keys:write")]
_PEOPLE: Final = [*_OWN, PERSON]
"""A key that somebody stole makes none, and gets the secret of no other."""
_STRONGLY: Final = [*_PEOPLE, strong()]


@router.get("", summary="List API keys", dependencies=_OWN)
async def list_api_keys(wanted: Annotated[ApiKeyQuery, Query()], door: Door) -> Page[ApiKey]:
    """One's own; with `everybody=true` all of the workspace, for who may manage keys."""
    return await door.read(lambda work: _keys(door, work).list(wanted.page(), everybody=wanted.everybody))


@router.post("", status_code=201, summary="Make an API key", dependencies=_STRONGLY)
async def create_api_key(body: ApiKeyRequest, door: Door) -> NewApiKey:
    """The answer holds the key, once. It may never do more than its maker may at that moment."""
    return await door.create(_again(door), lambda work: _keys(door, work).create(body))


@router.get("/{key}", summary="Read an API key", dependencies=_OWN)
async def read_api_key(key: UUID, door: Door) -> ApiKey:
    return await door.read(lambda work: _keys(door, work).read(key))


@router.patch("/{key}", summary="Rename an API key", dependencies=_PEOPLE)
async def rename_api_key(key: UUID, body: ApiKeyChange, door: Door) -> ApiKey:
    return await door.write(lambda work: _keys(door, work).rename(key, body.name))


@router.post("/{key}/rotate", summary="Give an API key a new secret", dependencies=_STRONGLY)
async def rotate_api_key(key: UUID, body: RotateRequest, door: Door) -> NewApiKey:
    """The former secret works for a while, so that programs can change over."""
    return await door.create(_again(door), lambda work: _keys(door, work).rotate(key, body.overlap_hours))


@router.delete("/{key}", status_code=204, summary="Revoke an API key", dependencies=_PEOPLE)
async def revoke_api_key(key: UUID, door: Door) -> None:
    """At once, in every process."""
    await door.write(lambda work: _keys(door, work).revoke(key))


def _again(door: DoorContext) -> Recall[NewApiKey]:
    """What is kept of an answer never holds the key."""
    return Recall(frozenset({"id"}), lambda work, kept: _keys(door, work).again(kept))


def _keys(door: DoorContext, work: Work) -> KeyService:
    return KeyService(work, door.services.settings.security, door.services.things.find)
