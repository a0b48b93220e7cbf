"""Who follows the log: what seals, streams, counts by rules, and detects threats, over one database."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from docchain.features.audit.keys import open_key
from docchain.features.audit.sealing import Sealer
from docchain.features.audit.senders import Senders
from docchain.features.audit.streaming import Streamer
from docchain.features.audit.threats.detecting import Detective
from docchain.features.audit.threats.reacting import Reactions
from docchain.features.audit.watching import Watcher
from docchain.features.identity import SignIn
from docchain.platform.database import Database
from docchain.platform.guarded_lines import GuardedLines
from docchain.platform.outgoing import Outgoing
from docchain.platform.outgoing_rules import Watch
from docchain.platform.settings import Settings

_MIB: Final = 1024 * 1024
_LOOK: Final = 1.0


@dataclass(frozen=True, slots=True)
class Watches:
    """Each has a loop of its own, `run`."""

    sealer: Sealer
    streamer: Streamer
    watcher: Watcher
    detective: Detective


def build_watches(settings: Settings, database: Database, sign_in: SignIn, watch: Watch | None) -> Watches:
    own, away = settings.audit, settings.outgoing
    senders = Senders(
        settings.storage.data_dir / "audit-streams",
        own.audit_stream_file_mb * _MIB,
        Outgoing(away.outgoing_allow, away.outgoing_timeout, watch=watch),
        GuardedLines(away.outgoing_allow, away.outgoing_timeout, watch),
        settings.security.secret_key.get_secret_value(),
    )
    return Watches(
        Sealer(database, partial(open_key, settings.audit_key), own.audit_seal_seconds),
        Streamer(database, senders, _LOOK),
        Watcher(database, _LOOK),
        Detective(database, settings.threats, _LOOK, Reactions(database, sign_in, settings)),
    )
