"""Serves the account page: the same for everybody, so nothing personal is in it; its script asks the API."""

import html
import json
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from docchain.entrypoints.web.account.texts import PAGE, SCRIPT
from docchain.entrypoints.web.welcome import preferred_language
from docchain.platform.errors import NotFound
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/account", include_in_schema=False, route_class=LateRoute)
_FOLDER: Final = Path(__file__).parent
_ASSETS: Final = {"account.css": "text/css; charset=utf-8", "account.js": "text/javascript; charset=utf-8"}
_LANGUAGE: Final = "docchain-language"
_YEAR: Final = 365 * 24 * 3600
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class NoSuchAsset(NotFound):
    code = "asset_not_found"
    title = "There is no such file"


@router.get("")
@router.get("/reset")
@router.get("/email")
@router.get("/invitation")
async def show_account(request: Request, lang: Annotated[Literal["en", "es"] | None, Query()] = None) -> HTMLResponse:
    chosen = lang or request.cookies.get(_LANGUAGE, "")
    language = chosen if chosen in PAGE else preferred_language(request.headers.get("accept-language", ""))
    headers = {
        "Content-Language": language,
        "Content-Security-Policy": _POLICY,
        "Vary": "Accept-Language, Cookie",
        "Cache-Control": "private, no-cache",
    }
    answer = HTMLResponse(_page(language), headers=headers)
    if lang:
        answer.set_cookie(_LANGUAGE, lang, max_age=_YEAR, path="/account", samesite="lax", httponly=True)
    return answer


@router.get("/assets/{name}")
async def read_account_asset(name: str) -> Response:
    """Named with a digest by the page, so it may be kept for good."""
    if name not in _ASSETS:
        raise NoSuchAsset
    kept = {"Cache-Control": f"public, max-age={_YEAR}, immutable"}
    return Response(_read(name), media_type=_ASSETS[name], headers=kept)


@cache
def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


@cache
def _page(language: str) -> str:
    words = {name: html.escape(text) for name, text in PAGE[language].items()}
    words |= {
        "language": language,
        "digest": sha256(b"".join(_read(name) for name in _ASSETS)).hexdigest()[:16],
        "texts": json.dumps(SCRIPT[language], ensure_ascii=False).replace("<", "\\u003c"),
        "current_en": ' aria-current="true"' if language == "en" else "",
        "current_es": ' aria-current="true"' if language == "es" else "",
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: words[found[1]], _read("account.html").decode())
