"""The whole product in this process, and a client who is signed in as its administrator."""

from contextlib import asynccontextmanager

import httpx

from docchain.bootstrap import open_services
from docchain.entrypoints.web.app import create_app


@asynccontextmanager
async def signed_in(settings, *, run_engine=True, timeout=30):  # noqa: ASYNC109 - of the client's requests
    """The open services, and who speaks to them over HTTP."""
    async with open_services(settings, run_engine=run_engine) as services:
        transport = httpx.ASGITransport(create_app(services, settings.limits))
        base = "http://docchain.test/api/v3"
        async with httpx.AsyncClient(transport=transport, base_url=base, timeout=timeout) as http:
            signed = await http.post("/auth/login", json={"username": "admin", "password": "admin123"})
            http.headers["Authorization"] = f"Bearer {signed.json()['access_token']}"
            yield services, http
