"""Where a workspace may not send to, its log is not sent to either."""

import pytest

WAY_OUT = "An administrator sets them: PUT /admin/settings/outgoing."


async def stream_under(world, rules, kind, target):
    """What is shown of a stream that was to send something under these rules."""
    first = {"If-Match": '"0"'}
    set_ = await world.http.put("/admin/settings/outgoing", json={"value": rules}, headers=first)
    assert set_.status_code == 200, set_.text
    body = {"name": "siem", "kind": kind, "target": target}
    assert (await world.http.post("/security/audit/streams", json=body)).status_code == 201
    await world.services.audit.streamer.catch_up()
    (stream,) = (await world.http.get("/security/audit/streams")).json()["items"]
    return stream


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("webhook", "https://203.0.113.7/hook"),
        ("syslog", "syslog+tcp://203.0.113.7:514"),
        ("syslog", "syslog+udp://203.0.113.7:514"),
    ],
)
async def test_what_a_workspace_denies_gets_nothing_of_its_log_and_is_written_down(world, kind, target):
    stream = await stream_under(world, {"deny": ["203.0.113.0/24"]}, kind, target)
    denied = "The workspace's rules deny 203.0.113.7."
    assert (stream["trouble"], stream["delivered"]) == (f"{denied} {WAY_OUT}", 0)
    asked = {"type": "security.address_refused"}
    (told,) = (await world.http.get("/security/audit/logs", params=asked)).json()["items"]
    assert told["data"]["detail"] == denied


@pytest.mark.parametrize(
    ("kind", "target"), [("webhook", "https://8.8.8.8/x"), ("syslog", "syslog+tls://8.8.8.8:6514")]
)
async def test_where_others_are_allowed_a_stream_goes_nowhere_else(world, kind, target):
    stream = await stream_under(world, {"allow": ["*.example.org"]}, kind, target)
    assert stream["trouble"] == f"The workspace's rules allow other hosts, and not 8.8.8.8. {WAY_OUT}"


async def test_a_file_is_nothing_that_leaves(world):
    stream = await stream_under(world, {"allow": ["*.example.org"]}, "file", "security")
    assert (stream["trouble"], stream["delivered"]) == ("", 1)
