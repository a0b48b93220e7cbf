"""What stands before everything: who calls, whether other web pages may, and how often."""

from functools import partial
from typing import Any, Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from docchain.platform.limits.limiter import Limiter
from docchain.platform.settings import Settings
from docchain.platform.web.limits import RateLimits
from docchain.platform.web.proxies import Proxies
from docchain.platform.web.safety import StrictTransport

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_SENT: Final = (
    "Authorization",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "Prefer",
    "X-Workspace",
)
_TOLD: Final = (
    "ETag",
    "Location",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-ID",
    "Content-Disposition",
)
_REMEMBERED: Final = 600


def limiter_of(services: Any) -> Limiter | None:
    """The limiter of a process that answers requests; none where requests are not counted."""
    settings: Settings | None = getattr(services, "settings", None)
    if settings is None or not settings.rates.rate_limiting:
        return None
    chosen = getattr(services, "workspace_settings", None)
    return Limiter(settings.rates, partial(chosen.of_all, "rates") if chosen else None)


def within(app: ASGIApp, owner: FastAPI) -> ASGIApp:
    """The application with all that stands before it, the outermost last."""
    settings: Settings | None = getattr(owner.state.services, "settings", None)
    if owner.state.limiter is not None:
        app = RateLimits(app, owner.state.limiter, owner)
    if settings is None:
        return app
    doors = settings.doors
    if doors.cors_origins:  # never with cookies: whoever calls from elsewhere sends a token
        app = CORSMiddleware(
            app,
            allow_origins=doors.cors_origins,
            allow_methods=_METHODS,
            allow_headers=_SENT,
            expose_headers=_TOLD,
            max_age=_REMEMBERED,
        )
    if doors.hsts_seconds and (doors.tls_certificate or doors.trusted_proxies):
        app = StrictTransport(app, doors.hsts_seconds)
    return Proxies(app, doors.trusted_proxies) if doors.trusted_proxies else app
