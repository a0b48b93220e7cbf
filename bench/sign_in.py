"""Signing in: what it costs to know who asks, how many can sign in, and what others notice of it meanwhile."""

import threading
import time
from statistics import median
from typing import Final

import uvloop

from bench.figures import Figure, below, busy, show
from bench.http import Server, product
from bench.http_load import Seen
from bench.places import Place, Places
from docchain.features.identity import IdentityService, SignIn, prepare_identity
from docchain.platform.database import Database
from docchain.platform.passwords import Passwords
from docchain.platform.provenance import Caller
from docchain.platform.schema import ensure_current
from docchain.platform.settings import SecuritySettings
from docchain.platform.web.session_cookie import new_cookie
from docchain.platform.work import SYSTEM

SESSIONS: Final = 200
REQUESTS: Final = 100
SIGNING_IN: Final = 50
READS_A_SECOND: Final = 60
SECONDS: Final = 8.0
TURNS: Final = 3
CHECKED_WITHIN: Final = 60.0
TIMES_IDLE: Final = 2.0


async def _checking(place: Place, sessions: int) -> list[Figure]:
    """Processor time of all threads; each session asks a hundred times, and is looked up the first time."""
    await ensure_current(place.url)
    database, passwords, settings = Database(place.url), Passwords(), SecuritySettings()
    await prepare_identity(database, passwords, settings.admin_password)
    service = SignIn(database, passwords, settings)
    admin = (await database.read(lambda work: IdentityService(work).ids_of(["admin"]), SYSTEM))["admin"]
    caller = Caller("api", "192.0.2.7", "", None, "bench")
    tokens = [(await service.admit(admin, "password", caller)).access_token for _ in range(sessions)]
    cookies = [new_cookie() for _ in range(sessions)]
    for cookie in cookies:
        await service.admit_browser(admin, "password", caller, cookie)
    figures = []
    for what, credentials in (("an access token", tokens), ("a cookie", cookies)):
        began = time.process_time()
        for credential in credentials:
            await service.authenticate(credential, None)
        first = (time.process_time() - began) / sessions * 1e6
        began = time.process_time()
        for _ in range(REQUESTS - 1):
            for credential in credentials:
                await service.authenticate(credential, None)
        again = (time.process_time() - began) / sessions / (REQUESTS - 1) * 1e6
        spread = (first + again * (REQUESTS - 1)) / REQUESTS
        told = f"the first time {first:,.0f} µs, then {again:.1f} µs"
        figures.append(below(f"check of {what}, over {REQUESTS} requests", spread, "µs", CHECKED_WITHIN, told))
    await database.close()
    passwords.close()
    return figures


def _reading(server: Server, seconds: float) -> Seen:
    return server.load([server.request("GET", "/runs")], 8, seconds, READS_A_SECOND)


def _beside_sign_ins(server: Server, seconds: float) -> tuple[Seen, Seen]:
    """What reads take while others sign in all the time; and the sign-ins."""
    asked = [server.request("POST", "/auth/login", {"username": "admin", "password": "admin123"})]
    seen: list[Seen] = []
    thread = threading.Thread(target=lambda: seen.append(server.load(asked, SIGNING_IN, seconds + 2)))
    thread.start()
    time.sleep(1)
    reads = _reading(server, seconds)
    thread.join()
    return reads, seen[0]


def _beside(server: Server, seconds: float) -> list[Figure]:
    turns = [(_reading(server, seconds), *_beside_sign_ins(server, seconds)) for _ in range(TURNS)]
    idle, during = median(turn[0].p95 for turn in turns), median(turn[1].p95 for turn in turns)
    signed_in = median(turn[2].per_second for turn in turns)
    took = median(turn[2].p95 for turn in turns)
    ratio = during / idle
    told = f"{during:.1f} ms, idle {idle:.1f} ms"
    return [
        Figure(f"sign-ins, {SIGNING_IN} at once", f"{signed_in:,.1f} /s", f"p95 {took:,.0f} ms"),
        Figure(
            f"a read's p95 during {SIGNING_IN} sign-ins",
            f"{ratio:.2f} of idle",
            told,
            f"≤ {TIMES_IDLE:g} of it",
            ratio <= TIMES_IDLE,
        ),
    ]


def run(places: Places, scale: float) -> None:
    with places.empty() as place, busy("Signing in"):
        figures = uvloop.run(_checking(place, max(int(SESSIONS * scale), 20)))
    with places.empty() as place, busy("Signing in"), product(place, DOCCHAIN_HOT_READS_MB="0") as server:
        figures += _beside(server, max(SECONDS * scale, 2.0))
    show(f"Signing in, {places.database}", figures)
