"""Callers are counted by what they cannot change: the line, not one of its many addresses."""

import pytest

from docchain.platform.addresses import counted_as
from docchain.platform.limits.limiter import Limiter
from docchain.platform.settings import RateSettings


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_is_counted_by_its_line(address, counted):
    assert counted_as(address) == counted


def test_rates_count_a_line_of_ipv6_once():
    limiter = Limiter(RateSettings())
    counted = [limiter.at(address).counted["sign_in"] for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")]
    assert counted[0] == counted[1] != counted[2]
