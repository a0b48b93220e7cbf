"""Log lines say which request and run they belong to, and never tell a secret."""

import io
import json
import logging
import re

import pytest
import structlog

from docchain.platform.errors import Conflict, FieldFault, NotFound
from docchain.platform.logging import configure_logging
from docchain.platform.secrecy import is_secret, masked


@pytest.fixture
def lines():
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    out = io.StringIO()
    configure_logging("info", "json", out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_carries_its_request_and_run(lines):
    with structlog.contextvars.bound_contextvars(request_id="r1", run_id="run_7"):
        structlog.get_logger("x").info("run_started", steps=3)
    structlog.get_logger("x").info("idle")
    first, second = lines()
    assert (first["event"], first["request_id"], first["run_id"], first["steps"]) == ("run_started", "r1", "run_7", 3)
    assert first["level"] == "info"
    assert first["timestamp"].endswith("Z")
    assert "request_id" not in second


def test_secrets_are_masked_at_any_depth(lines):
    structlog.get_logger().warning(
        "call",
        password="p1",
        headers={"Authorization": "Bearer p2"},
        users=[{"api_key": "p3", "name": "ana"}],
        tokens=5,
    )
    [line] = lines()
    assert line["password"] == "***"
    assert line["headers"] == {"Authorization": "***"}
    assert line["users"] == [{"api_key": "***", "name": "ana"}]
    assert line["tokens"] == 5


def test_lines_of_libraries_look_the_same_and_quiet_ones_stay_quiet(lines):
    logging.getLogger("some.library").warning("slow %s", "query")
    structlog.get_logger("x").debug("unseen")
    [line] = lines()
    assert (line["event"], line["level"]) == ("slow query", "warning")


def test_an_exception_is_logged_with_where_it_happened(lines):
    try:
        int("broken")
    except ValueError:
        structlog.get_logger("x").exception("failed")
    [line] = lines()
    assert line["exception"][0]["exc_value"] == "invalid literal for int() with base 10: 'broken'"


@pytest.mark.parametrize(
    "name", ["password", "admin_password", "client-secret", "API_KEY", "access_token", "Cookie", "secret_key"]
)
def test_a_secret_is_known_by_its_name(name):
    assert is_secret(name)


@pytest.mark.parametrize("name", ["tokens", "max_tokens", "passage", "key", "token_count", "secretary", "author"])
def test_what_only_sounds_like_one_is_none(name):
    assert not is_secret(name)


def test_masking_leaves_the_original_alone():
    original = {"user": {"password": "p"}}
    assert masked(original) == {"user": {"password": "***"}}
    assert original == {"user": {"password": "p"}}


class WorkflowMissing(NotFound):
    code = "workflow_not_found"
    title = "There is no such workflow"


def test_a_refusal_carries_what_a_caller_needs():
    fault = FieldFault("steps[2].with.limit", "must be a number", "type")
    refusal = Conflict("It is running.", errors=[fault], hint="Cancel it first.")
    assert (refusal.status, refusal.code, refusal.detail, refusal.hint) == (
        409,
        "conflict",
        "It is running.",
        "Cancel it first.",
    )
    assert refusal.errors == [FieldFault("steps[2].with.limit", "must be a number", "type")]
    missing = WorkflowMissing()
    assert (missing.status, missing.code, str(missing)) == (404, "workflow_not_found", "There is no such workflow")


@pytest.fixture
def console():
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    out = io.StringIO()
    yield out
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def _fail(message):
    raise ValueError(message)


@pytest.mark.parametrize("terminal", [True, False])
def test_what_others_sent_never_steers_a_terminal_nor_looks_like_a_line_of_ours(console, terminal):
    console.isatty = lambda: terminal
    configure_logging("info", "console", console)
    hostile = "/a\x1b]0;owned\x07\x9b2J\x7f\r\n2026 [info] fine \u202e"
    structlog.get_logger("x").info("request", path=hostile)
    logging.getLogger("library").warning("asked for %s", hostile)
    try:
        _fail(hostile)
    except ValueError:
        structlog.get_logger("x").exception("failed")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", console.getvalue())
    assert [text for text in ("\x1b", "\x07", "\x9b", "\x7f", "\r", "\u202e") if text in plain] == []
    assert plain.count("x1b]0;owned") == 3
    assert not re.search("^2026 ", plain, re.MULTILINE)
