"""All of the audit that lives beside the requests: the sealer, and what counts refusals."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from docchain.features.audit.keys import open_key
from docchain.features.audit.refusals import Refusals
from docchain.features.audit.sealing import Sealer
from docchain.platform.database import Database
from docchain.platform.settings import AuditSettings, Settings

Loop = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Audit:
    """What doors find at `services.audit`."""

    settings: AuditSettings
    sealer: Sealer
    refusals: Refusals
    loops: Sequence[Loop]
    """What runs in one process of all: where the engine is."""


def build_audit(settings: Settings, database: Database) -> Audit:
    own = settings.audit
    sealer = Sealer(database, partial(open_key, settings.audit_key), own.audit_seal_seconds)
    refusals = Refusals(database, own.audit_refusals_seconds, own.audit_refusals_kinds)
    return Audit(own, sealer, refusals, [sealer.run])
