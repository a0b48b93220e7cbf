"""Whom trusted proxies name as the caller, with a port or without."""

import pytest

from docchain.platform.web.proxies import Proxies


@pytest.mark.parametrize(
    ("said", "caller"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:5555", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("198.51.100.1, 203.0.113.9:5555, 10.0.0.7:80", "203.0.113.9"),
        ("unknown", "10.0.0.2"),
    ],
)
async def test_the_port_of_a_caller_is_no_part_of_their_address(said, caller):
    async def app(scope, _receive, _send):
        seen.append(scope["client"])

    seen: list[tuple[str, int]] = []
    scope = {"type": "http", "client": ("10.0.0.2", 4711), "headers": [(b"x-forwarded-for", said.encode())]}
    await Proxies(app, ["10.0.0.0/8"])(scope, None, None)
    assert seen == [(caller, 4711)]
