"""The pages of the API's description; with fastapi-offline installed their scripts need no internet."""

import re
from base64 import b64encode
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

_ASSETS = "/docs/assets"
_NO_ICON = "data:,"
_SWAGGER: dict[str, Any] = {
    "swagger_js_url": f"{_ASSETS}/swagger-ui-bundle.js",
    "swagger_css_url": f"{_ASSETS}/swagger-ui.css",
}
_REDOC: dict[str, Any] = {"redoc_js_url": f"{_ASSETS}/redoc.standalone.js"}


_ELSEWHERE = " https://cdn.jsdelivr.net"
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def install(app: FastAPI) -> None:
    """Serve `/docs` and `/redoc`, and what they load."""
    package = find_spec("fastapi_offline")
    local = package.origin if package else None
    if local:
        app.mount(_ASSETS, StaticFiles(directory=Path(local).parent / "static"))
    swagger = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=f"{app.title}: API",
        swagger_favicon_url=_NO_ICON,
        swagger_ui_parameters={"validatorUrl": None},
        **(_SWAGGER if local else {}),
    )
    redoc = get_redoc_html(
        openapi_url="/openapi.json",
        title=f"{app.title}: API reference",
        redoc_favicon_url=_NO_ICON,
        with_google_fonts=False,
        **(_REDOC if local else {}),
    )

    for page in (swagger, redoc):
        page.headers["Content-Security-Policy"] = _policy(bytes(page.body).decode(), "" if local else _ELSEWHERE)

    @app.get("/docs", include_in_schema=False)
    async def show_docs() -> HTMLResponse:
        return swagger

    @app.get("/redoc", include_in_schema=False)
    async def show_reference() -> HTMLResponse:
        return redoc


def _policy(page: str, elsewhere: str) -> str:
    """Let a page load what is ours, and run only the script that stands in it."""
    digests = [b64encode(sha256(script.encode()).digest()).decode() for script in _INLINE.findall(page)]
    own = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src 'self' {own}{elsewhere}; style-src 'self' 'unsafe-inline'{elsewhere}; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
