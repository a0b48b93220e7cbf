"""A real browser for tests: Chromium from npm, unpacked once, driven by Playwright, with authenticators in software."""

import contextlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
from playwright.sync_api import Browser, Page, sync_playwright

_MODULES = Path(__file__).parent / "servers" / "node_modules"
_PACKAGE = _MODULES / "@sparticuz" / "chromium" / "bin"
_UNPACKED = _MODULES / ".chromium"
HOW_TO_GET_IT = (
    "Chromium is not installed: run `npm ci --prefix tests/servers` (Node 20 or newer). It is for Linux on x86-64; "
    "elsewhere set CHROMIUM to the program of yours."
)
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""
"""Without a font, a browser shows no text at all."""
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@contextlib.contextmanager
def real_browser() -> Iterator[Browser]:
    """A Chromium process that ends with the block; every context of it is a browser that knows nothing."""
    program, environment = _program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS.split(), env=environment)
        yield browser
        browser.close()


class SoftwareAuthenticator:
    """What keeps passkeys in a page's browser; it says yes to everything."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        made = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self._id = made["authenticatorId"]

    def passkeys(self) -> list[dict[str, Any]]:
        return self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})["credentials"]


def _program() -> tuple[Path, dict[str, str]]:
    if own := os.environ.get("CHROMIUM"):
        return Path(own), dict(os.environ)
    folder = _unpacked()
    ours = {"LD_LIBRARY_PATH": str(folder / "al2023" / "lib"), "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    return folder / "chromium", os.environ | ours


def _unpacked() -> Path:
    """Whole or not there at all, whoever else unpacks it at the same moment."""
    packed = _PACKAGE / "chromium.br"
    if not packed.exists():
        raise RuntimeError(HOW_TO_GET_IT)
    ready = _UNPACKED / str(packed.stat().st_size)
    if not ready.exists():
        _UNPACKED.mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=_UNPACKED))
        program = folder / "chromium"
        program.write_bytes(brotli.decompress(packed.read_bytes()))
        program.chmod(0o755)
        for name in ("al2023", "fonts"):
            content = brotli.decompress((_PACKAGE / f"{name}.tar.br").read_bytes())
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                archive.extractall(folder / name, filter="data")
        (folder / "fonts.conf").write_text(_FONTS.format(folder=ready))
        try:
            folder.rename(ready)
        except OSError:
            shutil.rmtree(folder)
    return ready
