"""What is open while the product runs: every service, by the name that doors know it by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docchain.engine import LocalEngine
from docchain.engine.kinds import Kinds
from docchain.features import (
    ai,
    audit,
    documents,
    identity,
    monitoring,
    realtime,
    runs,
    search,
    secrets,
    signals,
    workflows,
)
from docchain.features.settings import WorkspaceSettings
from docchain.platform.database import Database
from docchain.platform.live import LiveFeed
from docchain.platform.processes import ProcessPool
from docchain.platform.readers import ReaderLoop
from docchain.platform.settings import Settings
from docchain.platform.storage.store import BlobStore

if TYPE_CHECKING:
    from docchain.engine.seat import EngineSeat  # brings the driver of PostgreSQL


@dataclass(slots=True)
class Services:
    """What doors find at `request.app.state.services` and `door.services`."""

    settings: Settings
    database: Database
    blobs: BlobStore
    processes: ProcessPool
    kinds: Kinds
    engine: "LocalEngine | EngineSeat"
    journal: runs.JournalLoop
    events: ReaderLoop
    callbacks: signals.CallbackLinks
    contents: documents.Contents
    content_reads: documents.ContentReads
    storage: documents.DocumentStorage
    beside: documents.Beside
    intake: documents.Intake
    keeper: documents.Keeper
    documents: documents.StepDocuments
    sign_in: identity.SignIn
    things: identity.Things
    factors: identity.Factors
    oidc: identity.OpenIdConnect
    accounts: identity.Accounts
    exporter: identity.Exporter
    feed: LiveFeed
    realtime: realtime.Realtime
    admission: runs.Admission
    definitions: workflows.WorkflowDefinitions
    history: runs.History
    search: search.Search
    probes: Mapping[str, monitoring.Probe]
    audit: audit.Audit
    vault: secrets.Vault
    workspace_settings: WorkspaceSettings
    ai: ai.AiHouse

    async def authenticate(self, token: str, workspace: str | None) -> Any:
        return await self.sign_in.authenticate(token, workspace)
