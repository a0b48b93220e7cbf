"""The root page: tells a visitor where to look, in English or Spanish."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from docchain import __version__
from docchain.platform.web.routes import LateRoute

router = APIRouter(include_in_schema=False, route_class=LateRoute)

LINKS = {
    "documentation": "/docs",
    "reference": "/redoc",
    "openapi": "/openapi.json",
    "health": "/health",
    "sign_in": "/api/v3/security/auth/login",
}
_TEXTS = {
    "en": ("The server is running.", "Try the API", "API reference", "Health", "Sign in with"),
    "es": ("El servidor está en marcha.", "Probar la API", "Referencia de la API", "Estado", "Inicie sesión con"),
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Document Workflow Chain</title>
<style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}}</style>
<h1>Document Workflow Chain {version}</h1><p>{running}</p>
<ul><li><a href="/docs">{docs}</a><li><a href="/redoc">{reference}</a><li><a href="/health">{health}</a></ul>
<p>{sign_in} <code>POST /api/v3/security/auth/login</code></p></html>
"""


@router.get("/")
async def root(request: Request) -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        named = {"name": "Document Workflow Chain", "version": __version__, "links": LINKS}
        return JSONResponse(named, headers={"Vary": "Accept"})
    language = preferred_language(request.headers.get("accept-language", ""))
    running, docs, reference, health, sign_in = _TEXTS[language]
    page = _PAGE.format(
        language=language,
        version=__version__,
        running=running,
        docs=docs,
        reference=reference,
        health=health,
        sign_in=sign_in,
    )
    return HTMLResponse(
        page,
        headers={"Content-Language": language, "Vary": "Accept, Accept-Language", "Content-Security-Policy": _POLICY},
    )


def preferred_language(accepted: str) -> str:
    """Return the language of ours that the header prefers; English if it names none."""
    weighted = []
    for part in accepted.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weighted.append((float(quality or 1), tag.lower().partition("-")[0]))
        except ValueError:
            continue
    ours = [(weight, language) for weight, language in weighted if language in _TEXTS and weight > 0]
    return max(ours, key=lambda item: item[0], default=(1.0, "en"))[1]
