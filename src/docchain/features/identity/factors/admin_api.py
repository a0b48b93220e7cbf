"""HTTP door for lost second factors, for who administers the installation."""

from typing import Annotated

from fastapi import APIRouter, Path

from docchain.features.identity.accounts.house import as_system
from docchain.features.identity.administration import UserAdministration
from docchain.features.identity.factors.strong import strong
from docchain.platform.web.door import Door, needs
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/admin/users", tags=["Users"], route_class=LateRoute)


@router.post(
    "/{user}/remove-factors",
    status_code=204,
    summary="Take away the second factors of a user who lost them",
    dependencies=[needs("installation:admin"), strong()],
)
async def remove_factors_of_user(
    user: Annotated[str, Path(description="Username or id.", max_length=200)], door: Door
) -> None:
    """Their authenticator app, passkeys and recovery codes go, and their sessions end; the password stays."""
    await door.services.database.write(
        lambda work: UserAdministration(work).remove_factors(user), as_system(door.actor)
    )
