"""What the HTTP doors of the audit share: permissions, and the audit itself."""

from typing import Final

from docchain.features.audit.house import Audit
from docchain.platform.web.door import DoorContext, needs

READ: Final = [needs("audit:read")]
WRITE: Final = [needs("audit:write")]


def audit_of(door: DoorContext) -> Audit:
    found: Audit = door.services.audit
    return found
