"""HTTP door of secrets: set and listed, never read back."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from docchain.features.identity import strong
from docchain.features.secrets.house import Vault
from docchain.features.secrets.schemas import Secret, SecretChange, SecretRequest
from docchain.features.secrets.service import SecretService
from docchain.platform.pagination import Page, PageQuery
from docchain.platform.web.door import Door, DoorContext, needs
from docchain.platform.web.preconditions import NeedsIfMatch, etag_of
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/security/secrets", tags=["Secrets"], route_class=LateRoute)
_READ: Final = [needs("secrets:read")]
_WRITE: Final = [needs("secrets:write"), strong(keys=True)]
_Secret = Annotated[str, Path(max_length=100, description="Its name, handle or id.", examples=["erp_token"])]


@router.get("", summary="List secrets, without their values", dependencies=_READ)
async def list_secrets(wanted: Annotated[PageQuery, Query()], door: Door) -> Page[Secret]:
    return await door.read(lambda work: SecretService(work).list(wanted.page()))


@router.post("", status_code=201, summary="Keep a secret that steps and sources may use", dependencies=_WRITE)
async def create_secret(body: SecretRequest, door: Door, request: Request, response: Response) -> Secret:
    """Nobody can read its value again. Steps name it, such as `auth: {secret: erp_token}` of `http.request`."""
    vault, workspace = _vault(door), _workspace(door)
    sealed = await vault.seal(workspace, body.name, body.value.get_secret_value())
    told = await vault.digest(workspace, await request.body())
    made = await door.create(Secret, lambda work: SecretService(work).create(body, sealed, vault.most), told)
    response.headers["Location"] = f"{request.url.path}/{made.name}"
    return _tagged(response, made)


@router.get("/{secret}", summary="Read what is known of a secret, without its value", dependencies=_READ)
async def read_secret(secret: _Secret, door: Door, response: Response) -> Secret:
    return _tagged(response, await door.read(lambda work: SecretService(work).read(secret)))


@router.put("/{secret}", summary="Change a secret, or give it a new value", dependencies=_WRITE)
async def change_secret(
    secret: _Secret, body: SecretChange, expected: NeedsIfMatch, door: Door, response: Response
) -> Secret:
    sealed = None
    if body.value is not None:
        name = (await door.read(lambda work: SecretService(work).read(secret))).name
        sealed = await _vault(door).seal(_workspace(door), name, body.value.get_secret_value())
    return _tagged(response, await door.write(lambda work: SecretService(work).change(secret, body, sealed, expected)))


@router.delete("/{secret}", status_code=204, summary="Delete a secret", dependencies=_WRITE)
async def delete_secret(secret: _Secret, expected: NeedsIfMatch, door: Door) -> None:
    await door.write(lambda work: SecretService(work).delete(secret, expected))


def _vault(door: DoorContext) -> Vault:
    found: Vault = door.services.vault
    return found


def _workspace(door: DoorContext) -> UUID:
    workspace = door.actor.workspace_id
    assert workspace is not None  # noqa: S101 - whoever comes through a door is in one
    return workspace


def _tagged(response: Response, secret: Secret) -> Secret:
    response.headers["ETag"] = etag_of(secret.revision)
    return secret
