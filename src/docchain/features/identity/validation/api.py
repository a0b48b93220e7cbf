"""HTTP door of validation."""

from fastapi import APIRouter

from docchain.features.identity.validation.schemas import Validated, ValidationRequest
from docchain.features.identity.validation.service import Validation
from docchain.platform.web.door import KNOWN, Door
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/security", tags=["Security"], route_class=LateRoute)


@router.post("/validate", summary="Say whether a token, a new password or a text would be taken", dependencies=[KNOWN])
async def validate_security_input(body: ValidationRequest, door: Door) -> Validated:
    """Nothing is kept, and a token is only spoken of if it is yours."""
    # Whoever is signed in may ask about what is theirs.
    return await Validation(door.services.sign_in).judge(body, door.actor)
