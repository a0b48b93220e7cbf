"""The audit as the rest of the product meets it: refusals are counted at once, the rest is made when first used."""

import asyncio
from threading import Lock
from typing import TYPE_CHECKING

from docchain.features.audit.refusals import Refusals
from docchain.features.identity import SignIn
from docchain.platform.database import Database
from docchain.platform.outgoing_rules import Watch
from docchain.platform.settings import Settings

if TYPE_CHECKING:
    from docchain.features.audit.sealing import Sealer
    from docchain.features.audit.streaming import Streamer
    from docchain.features.audit.threats.detecting import Detective
    from docchain.features.audit.watches import Watches
    from docchain.features.audit.watching import Watcher


class Audit:
    """What doors find at `services.audit`.

    Args:
        settings: what the operator chose.
        database: where the log is.
        sign_in: keeps out whom the detective finds.
        watch: knows the rules of workspaces, which what streams send keeps to.
    """

    def __init__(self, settings: Settings, database: Database, sign_in: SignIn, watch: Watch | None = None) -> None:
        self._settings = settings
        self._database = database
        self._sign_in = sign_in
        self._watch = watch
        self._watches: Watches | None = None
        self._making = Lock()
        self.settings = own = settings.audit
        self.encrypted = settings.storage.encryption != "none"
        """Whether stored content is."""
        self.refusals = Refusals(database, own.audit_refusals_seconds, own.audit_refusals_kinds)

    @property
    def watches(self) -> "Watches":
        """Who follows the log."""
        with self._making:
            if self._watches is None:
                from docchain.features.audit.watches import build_watches  # noqa: PLC0415 - a start answers first

                self._watches = build_watches(self._settings, self._database, self._sign_in, self._watch)
            return self._watches

    @property
    def sealer(self) -> "Sealer":
        return self.watches.sealer

    @property
    def streamer(self) -> "Streamer":
        return self.watches.streamer

    @property
    def watcher(self) -> "Watcher":
        return self.watches.watcher

    @property
    def detective(self) -> "Detective":
        return self.watches.detective

    async def run(self) -> None:
        """All of them, in one process: where the engine is."""
        made = await asyncio.to_thread(lambda: self.watches)
        await asyncio.gather(made.sealer.run(), made.streamer.run(), made.watcher.run(), made.detective.run())
