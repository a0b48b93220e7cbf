"""What a workspace allows and denies, in all the forms that an address can be written in."""

import asyncio
from uuid import UUID

import pytest

from docchain.platform.guarded_lines import GuardedLines
from docchain.platform.outgoing import Outgoing, OutgoingRefusedError
from docchain.platform.outgoing_rules import (
    RULES,
    OutsideRulesError,
    PrivateAddressError,
    Rules,
    check_addresses,
    within_rules,
)

SOMEWHERE = "93.184.215.14"
WORKSPACE = UUID("0199f5e2-0000-7000-8000-00000000000a")


class Watch:
    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.told: list[str] = []

    async def rules(self, _workspace) -> Rules:
        return self._rules

    async def refused(self, _workspace, why: str) -> None:
        self.told.append(why)


@pytest.mark.parametrize(
    ("rules", "host", "address"),
    [
        (Rules(deny=["evil.example"]), "evil.example", SOMEWHERE),
        (Rules(deny=["evil.example"]), "EVIL.example.", SOMEWHERE),
        (Rules(deny=["*.example"]), "deep.evil.example", SOMEWHERE),
        (Rules(deny=["93.184.0.0/16"]), "any.name", SOMEWHERE),
        (Rules(deny=["93.184.0.0/16"]), "any.name", f"::ffff:{SOMEWHERE}"),
        (Rules(deny=["2606:4700::/32"]), "any.name", "2606:4700::1111"),
        (Rules(allow=["good.example"], deny=["93.184.215.14"]), "good.example", SOMEWHERE),
        (Rules(allow=["good.example"]), "other.example", SOMEWHERE),
        (Rules(allow=["good.example"]), "notgood.example", SOMEWHERE),
        (Rules(allow=["*.good.example"]), "good.example", SOMEWHERE),
        (Rules(allow=["198.51.100.0/24"]), "any.name", SOMEWHERE),
    ],
)
def test_what_is_denied_or_not_allowed_is_not_reached(rules, host, address) -> None:
    with pytest.raises(OutsideRulesError):
        rules.check(host, [address])


@pytest.mark.parametrize(
    ("rules", "host"),
    [
        (Rules(), "any.name"),
        (Rules(allow=["any.name"]), "ANY.name"),
        (Rules(allow=["*.name"]), "any.name"),
        (Rules(allow=["93.184.215.0/24"]), "any.name"),
        (Rules(deny=["other.name", "10.0.0.0/8"]), "any.name"),
    ],
)
def test_all_else_is(rules, host) -> None:
    rules.check(host, [SOMEWHERE])


def test_every_address_of_a_name_counts() -> None:
    with pytest.raises(OutsideRulesError):
        Rules(allow=["93.184.215.0/24"]).check("two.example", [SOMEWHERE, "8.8.8.8"])
    with pytest.raises(OutsideRulesError):
        Rules(deny=["8.8.8.0/24"]).check("two.example", [SOMEWHERE, "8.8.8.8"])


def test_a_workspace_cannot_allow_itself_what_the_operator_does_not() -> None:
    before = RULES.set(Rules(allow=["inside.example", "10.0.0.0/8"]))
    try:
        with pytest.raises(PrivateAddressError, match="which is not public"):
            check_addresses("inside.example", 80, ["10.0.0.7"], [])
    finally:
        RULES.reset(before)


@pytest.mark.parametrize(
    "host",
    [
        *("127.1", "2130706433", "0x7f.0.0.1", "0x7f000001", "017700000001", "localhost", "localhost."),
        *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::]", "0.0.0.0", "0"),  # noqa: S104 - the point
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "[fd00:ec2::254]", "[fe80::1%25lo]"),
    ],
)
async def test_no_way_of_writing_an_address_leads_inside(host) -> None:
    outgoing = Outgoing(timeout=3)
    with pytest.raises(Exception, match=r"not public|Nothing was sent|not an address") as refused:
        await outgoing.send("GET", f"http://{host}:9/")
    assert type(refused.value).__name__ in {"OutgoingRefusedError", "OutgoingNotSentError"}
    await outgoing.close()


async def test_a_refusal_is_told_to_the_caller_and_written_down() -> None:
    watch = Watch(Rules(deny=["127.0.0.0/8"]))
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    outgoing = Outgoing([f"127.0.0.1:{port}"], watch=watch)
    try:
        with pytest.raises(OutgoingRefusedError, match=r"rules deny 127.0.0.1. An administrator sets them"):
            await outgoing.send("GET", f"http://127.0.0.1:{port}/", workspace=WORKSPACE)
    finally:
        await outgoing.close()
        server.close()
    assert watch.told == ["The workspace's rules deny 127.0.0.1."]
    assert RULES.get() is None


async def test_private_addresses_are_written_down_as_well() -> None:
    watch = Watch(Rules())
    outgoing = Outgoing(watch=watch)
    with pytest.raises(OutgoingRefusedError, match="List it in DOCCHAIN_OUTGOING_ALLOW"):
        await outgoing.send("GET", "http://169.254.169.254/latest/meta-data/", workspace=WORKSPACE)
    await outgoing.close()
    assert watch.told == ["169.254.169.254 has the address 169.254.169.254, which is not public."]


async def test_plain_lines_keep_to_the_rules() -> None:
    lines = GuardedLines(["127.0.0.1:514"])
    with pytest.raises(OutgoingRefusedError, match="rules deny"):
        async with within_rules(Watch(Rules(deny=["127.0.0.1"])), WORKSPACE):
            await lines.send("udp", "127.0.0.1", 514, [b"hello"])
