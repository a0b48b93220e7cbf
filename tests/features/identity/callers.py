"""Clients of a test, each from its own network address."""

import httpx


def connect(app, address="192.0.2.1", **headers):
    """A client that comes from an address."""
    transport = httpx.ASGITransport(app, client=(address, 40_000))
    return httpx.AsyncClient(transport=transport, base_url="http://docchain.test/api/v3", headers=headers)
