"""What is done about a threat, where the operator wants more than an alert: it ends what goes on, and nothing else."""

from typing import Final
from uuid import UUID

from docchain.features.audit.threats.domain import Threat
from docchain.features.identity import KeyService, SessionService, SignIn
from docchain.platform.database import Database
from docchain.platform.settings import Settings
from docchain.platform.work import SYSTEM, Work

_NONE: Final = UUID(int=0)


class Reactions:
    """Called by the detective, once for each threat.

    Args:
        database: where sessions and keys are.
        sign_in: keeps addresses out.
        settings: for how long.
    """

    def __init__(self, database: Database, sign_in: SignIn, settings: Settings) -> None:
        self._database = database
        self._sign_in = sign_in
        self._settings = settings

    async def __call__(self, threat: Threat) -> None:
        for address in threat.addresses:
            self._sign_in.passwords.throttle.block(address, self._settings.threats.threat_block_minutes)
        if threat.key is not None or threat.user is not None:
            await self._database.write(lambda work: self._end(work, threat), SYSTEM)

    def _end(self, work: Work, threat: Threat) -> None:
        if threat.key is not None and threat.workspace is not None:
            with work.inside(threat.workspace):
                KeyService(work, self._settings.security).revoke(threat.key)
        elif threat.user is not None and threat.kind != "privilege_change":
            SessionService(work).end_others(threat.user, _NONE)
