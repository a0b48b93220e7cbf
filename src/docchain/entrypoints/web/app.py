"""The web application: every feature's router behind one door; the list below is all there is."""

import asyncio
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute
from starlette.datastructures import URLPath
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from docchain import __version__
from docchain.engine.definition import DefinitionError
from docchain.engine.journal import JournalUnavailableError
from docchain.entrypoints.web import docs, openapi, outside, welcome
from docchain.entrypoints.web.account.page import router as account_page
from docchain.entrypoints.web.faults import definition_invalid, journal_away
from docchain.features.monitoring import HealthService
from docchain.features.monitoring.api import router as monitoring
from docchain.platform.settings import LimitSettings
from docchain.platform.web import problems
from docchain.platform.web.bodies import BodyLimits
from docchain.platform.web.compression import Compression
from docchain.platform.web.gate import Gate
from docchain.platform.web.hot import HotReads
from docchain.platform.web.requests import Requests
from docchain.platform.web.routes import LateRouter
from docchain.platform.web.signpost import Signpost
from docchain.platform.web.veiled import VeiledAnswers
from docchain.platform.web.versions import Heads

API = "/api/v3"
_FILES: Final = frozenset({f"{API}/documents/export"})
ai = LateRouter("docchain.features.ai.api")
ai_books = LateRouter("docchain.features.ai.books_api")
ai_evaluations = LateRouter("docchain.features.ai.evaluation.api")
ai_learning = LateRouter("docchain.features.ai.learning.api")
ai_prompts = LateRouter("docchain.features.ai.prompts.api")
ai_providers = LateRouter("docchain.features.ai.providers_api")
ai_workflows = LateRouter("docchain.features.ai_workflows.api")
approvals = LateRouter("docchain.features.approvals.api")
audit = LateRouter("docchain.features.audit.api")
security = LateRouter("docchain.features.audit.security_api")
threats = LateRouter("docchain.features.audit.threats.api")
documents = LateRouter("docchain.features.documents.api")
data_out = LateRouter("docchain.features.documents.data_out.api")
intake = LateRouter("docchain.features.documents.intake.api")
sources = LateRouter("docchain.features.documents.intake.source_api")
tus = LateRouter("docchain.features.documents.intake.tus_api")
lookups = LateRouter("docchain.features.documents.lookups.api")
page_work = LateRouter("docchain.features.documents.page_work.api")
previews = LateRouter("docchain.features.documents.previews.api")
document_links = LateRouter("docchain.features.documents.storage.api", "links")
storage = LateRouter("docchain.features.documents.storage.api")
extraction = LateRouter("docchain.features.extraction.api")
accounts = LateRouter("docchain.features.identity.accounts.api")
identity = LateRouter("docchain.features.identity.api")
rights = LateRouter("docchain.features.identity.authorization.api")
factors = LateRouter("docchain.features.identity.factors.api")
lost_factors = LateRouter("docchain.features.identity.factors.admin_api")
second_factors = LateRouter("docchain.features.identity.factors.sign_in_api")
keys = LateRouter("docchain.features.identity.keys.api")
elsewhere = LateRouter("docchain.features.identity.oidc.api")
validation = LateRouter("docchain.features.identity.validation.api")
users = LateRouter("docchain.features.identity.installation.user_api")
all_workspaces = LateRouter("docchain.features.identity.installation.workspace_api")
whole_workspace = LateRouter("docchain.features.identity.workspaces.whole_api")
workspaces = LateRouter("docchain.features.identity.workspaces.api")
realtime = LateRouter("docchain.features.realtime.api")
runs = LateRouter("docchain.features.runs.api")
search = LateRouter("docchain.features.search.api")
secrets = LateRouter("docchain.features.secrets.api")
settings = LateRouter("docchain.features.settings.api")
rates = LateRouter("docchain.features.settings.rates_api")
signals = LateRouter("docchain.features.signals.api")
workflows = LateRouter("docchain.features.workflows.api")
ROUTERS: Sequence[APIRouter] = (
    *(monitoring, identity, second_factors, factors, lost_factors, elsewhere, accounts, workspaces),
    *(workflows, runs, signals, approvals, documents),
    *(sources, intake, tus, document_links, storage),
    *(page_work, previews),
    *(search, realtime, data_out, lookups, extraction, audit),
    *(security, threats, validation),
    *(users, all_workspaces, whole_workspace),
    *(rights, keys),
    *(secrets, settings, rates),
    *(ai, ai_books, ai_prompts, ai_evaluations, ai_learning, ai_providers, ai_workflows),
)
"""Health first: it is asked most often, and a router is imported and prepared when a request comes to its turn."""


class _Application(FastAPI):
    """With our own layers around its router, no others, and a memory for the forms of addresses."""

    hot_reads: Callable[[ASGIApp], HotReads]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go to our layers at once: the framework's own steps on the way take a tenth of what a kept answer does."""
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        app: ASGIApp = Signpost(self, AsyncExitStackMiddleware(self.router))
        app = ExceptionMiddleware(app, handlers=self.exception_handlers)
        for layer, args, options in reversed(self.user_middleware):
            app = layer(app, *args, **options)
        return outside.within(self.hot_reads(app), self)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        form = self._form(name, *path_params)
        return URLPath(form.format(**{key: quote(str(value), safe="") for key, value in path_params.items()}))

    @cache  # noqa: B019 - an application lives as long as its process
    def _form(self, name: str, *params: str) -> str:
        """The framework looks through all routes, which takes longer than all else that a small request does."""
        return super().url_path_for(name, **{param: f"{{{param}}}" for param in params})


def create_app(services: Any, limits: LimitSettings) -> FastAPI:
    """Build the application over services that are already open."""
    app = _Application(
        title="Document Workflow Chain",
        version=__version__,
        description=openapi.DESCRIPTION,
        generate_unique_id_function=_operation_id,
        responses=openapi.PROBLEM_RESPONSES,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.hot_reads = partial(HotReads, database=services.database, most=limits.hot_reads_mb * 1024 * 1024)
    app.state.services = services
    app.state.limiter = outside.limiter_of(services)
    app.state.health = HealthService(services.probes)
    app.state.stopping = asyncio.Event()
    if (sign_in := getattr(services, "sign_in", None)) is not None:
        app.state.session_cookie = sign_in.session_cookie
    if (kept := getattr(services, "audit", None)) is not None:
        app.state.note_refusal = kept.refusals.note
    app.include_router(welcome.router)
    app.include_router(account_page)
    app.include_router(monitoring, include_in_schema=False)
    app.include_router(monitoring, prefix=API)
    for known in (identity, second_factors, factors, accounts):
        app.include_router(known, prefix=API + "/security", include_in_schema=False)
    for router in ROUTERS[1:]:
        app.include_router(router, prefix=API)
    docs.install(app)
    problems.install(app)
    app.add_exception_handler(DefinitionError, definition_invalid)
    app.add_exception_handler(JournalUnavailableError, journal_away)
    app.add_middleware(VeiledAnswers)
    app.add_middleware(Heads)
    app.add_middleware(BodyLimits, max_bytes=limits.max_body_bytes, max_nesting=limits.max_nesting)
    app.add_middleware(Compression)
    app.add_middleware(Gate, max_address=limits.max_url_bytes, max_headers=limits.max_header_bytes, makes_files=_FILES)
    app.add_middleware(Requests)
    openapi.install(app)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
