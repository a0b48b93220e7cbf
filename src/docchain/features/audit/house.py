"""All of the audit that lives beside the requests: what seals, streams, watches, detects, and counts refusals."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from docchain.features.audit.keys import open_key
from docchain.features.audit.refusals import Refusals
from docchain.features.audit.sealing import Sealer
from docchain.features.audit.senders import Senders
from docchain.features.audit.streaming import Streamer
from docchain.features.audit.threats.detecting import Detective
from docchain.features.audit.watching import Watcher
from docchain.platform.database import Database
from docchain.platform.guarded_lines import GuardedLines
from docchain.platform.outgoing import Outgoing
from docchain.platform.outgoing_rules import Watch
from docchain.platform.settings import AuditSettings, Settings

Loop = Callable[[], Coroutine[Any, Any, None]]
_MIB: Final = 1024 * 1024
_LOOK: Final = 1.0


@dataclass(frozen=True, slots=True)
class Audit:
    """What doors find at `services.audit`."""

    settings: AuditSettings
    sealer: Sealer
    refusals: Refusals
    streamer: Streamer
    watcher: Watcher
    detective: Detective
    encrypted: bool
    """Whether stored content is."""

    @property
    def loops(self) -> Sequence[Loop]:
        """What runs in one process of all: where the engine is."""
        return [self.sealer.run, self.streamer.run, self.watcher.run, self.detective.run]


def build_audit(settings: Settings, database: Database, watch: Watch | None = None) -> Audit:
    """Put it together; what streams send keeps to the rules of their workspace, which the watch knows."""
    own, away = settings.audit, settings.outgoing
    senders = Senders(
        settings.storage.data_dir / "audit-streams",
        own.audit_stream_file_mb * _MIB,
        Outgoing(away.outgoing_allow, away.outgoing_timeout, watch=watch),
        GuardedLines(away.outgoing_allow, away.outgoing_timeout, watch),
        settings.security.secret_key.get_secret_value(),
    )
    return Audit(
        own,
        Sealer(database, partial(open_key, settings.audit_key), own.audit_seal_seconds),
        Refusals(database, own.audit_refusals_seconds, own.audit_refusals_kinds),
        Streamer(database, senders, _LOOK),
        Watcher(database, _LOOK),
        Detective(database, settings.threats, _LOOK),
        settings.storage.encryption != "none",
    )
