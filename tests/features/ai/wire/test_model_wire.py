"""Every path of the wire of OpenAI, Anthropic, Google and compatible servers, spoken to a server that answers so."""

import asyncio
import json
from decimal import Decimal
from uuid import UUID

import pytest
from model_server import ANSWERS, LEAK, PARTS, ModelServer

from docchain.features.ai.port import Ask, Health, Message, Origin, ProviderFailedError, Usage
from docchain.features.ai.providers.registry import Providers
from docchain.platform.outgoing_rules import Rules
from docchain.platform.settings_ai import AiSettings

KEY = "key-of-the-operator"
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-sonnet-4-6", "google": "gemini-2.5-flash", "ours": "smollm"}
ORIGIN = Origin(UUID(int=7), "user-1")
SCHEMA = {"type": "object", "properties": {"n": {"type": "string"}}, "required": ["n"], "additionalProperties": False}
HI = Ask("generate", (Message("system", "Be brief."), Message("user", "hi")), max_tokens=50)
EVERY = pytest.mark.parametrize("name", list(MODELS))
BOTH = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


class Watch:
    def __init__(self, rules):
        self.told, self._rules = [], rules

    async def rules(self, _workspace):
        return self._rules

    async def refused(self, _workspace, why):
        self.told.append(why)


@pytest.fixture
async def server():
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def opened():
    all_opened = []
    yield all_opened
    for providers in all_opened:
        await providers.close()


@pytest.fixture
def providers(server, opened):
    def make(*, allow=None, watch=None, host="127.0.0.1", **changed):
        url = f"http://{host}:{server.port}"
        keys = dict.fromkeys(("openai_api_key", "anthropic_api_key", "google_api_key"), KEY)
        chosen = {
            **keys, "openai_base_url": f"{url}/v1", "anthropic_base_url": url, "google_base_url": url,
            "ai_compatible": {"ours": {"url": f"{url}/v1", "models": ["smollm"]}}, "ai_first_byte_timeout": 5,
        }  # fmt: skip
        settings = AiSettings(_env_file=None, **(chosen | changed))
        listed = [f"{host}:{server.port}"] if allow is None else allow
        opened.append(Providers(settings, None, watch=watch, allow=listed))
        return opened[-1]

    return make


async def asked(providers, name, *, stream=False, ask=HI):
    pieces = []

    async def take(piece):
        pieces.append(piece)

    provider = await providers.get(name)
    return await provider.send(ask, MODELS[name], ORIGIN, take if stream else None), pieces


async def failed(providers, name, *, stream=False):
    with pytest.raises(ProviderFailedError) as caught:
        await asked(providers, name, stream=stream)
    assert LEAK not in str(caught.value)
    assert KEY not in str(caught.value)
    return caught.value


@EVERY
@BOTH
async def test_text_comes_with_its_usage_whole_or_in_pieces(providers, server, name, stream):
    reply, pieces = await asked(providers(), name, stream=stream)
    assert (reply.text, reply.model, reply.finish) == ("Hello there.", MODELS[name], "stop")
    assert (reply.usage.tokens_in, reply.usage.tokens_out, reply.usage.estimated) == (12, 7, False)
    assert [piece for piece in pieces if piece] == (PARTS if stream else [])
    assert len(server.calls) == 1


@EVERY
async def test_structured_output_is_asked_for_by_schema(providers, server, name):
    server.text = '{"n": "x"}'
    reply, _ = await asked(providers(), name, ask=Ask("extract", HI.messages, schema=SCHEMA))
    assert reply.value == {"n": "x"}
    assert '"n"' in json.dumps(server.calls[0][1])
    assert "tools" not in server.calls[0][1]


async def test_a_model_without_schemas_answers_as_a_tool(providers, server):
    server.script, server.text = "tool", '{"n": "x"}'
    provider = await providers().get("anthropic")
    reply = await provider.send(Ask("extract", HI.messages, schema=SCHEMA), "claude-3-5-haiku-latest", ORIGIN)
    assert reply.value == {"n": "x"}
    assert [tool["name"] for tool in server.calls[0][1]["tools"]] == ["result"]
    assert reply.hint.startswith("Anthropic ends claude-3-5-haiku-latest on ")


@EVERY
async def test_what_is_no_json_has_no_value_and_keeps_its_text(providers, server, name):
    server.text = '{"n": "x'
    reply, _ = await asked(providers(), name, ask=Ask("extract", HI.messages, schema=SCHEMA))
    assert (reply.value, reply.text) == (None, '{"n": "x')


HURT = {
    "429": ("rate_limited", "no"), "503": ("unavailable", "no"), "529": ("unavailable", "no"),
    "500": ("unavailable", "unknown"), "401": ("denied", "no"), "redirect": ("denied", "no"),
    "drop": ("unavailable", "unknown"), "cut": ("unavailable", "unknown"),
}  # fmt: skip


@EVERY
@BOTH
@pytest.mark.parametrize("script", list(HURT))
async def test_a_failure_has_its_class_and_its_bill_after_one_request(providers, server, name, stream, script):
    server.script = script
    error = await failed(providers(), name, stream=stream)
    assert (error.failure, error.billed) == HURT[script]
    assert error.retry_after == (17 if script == "429" else None)
    assert len(server.calls) == 1


@EVERY
async def test_a_stream_cut_at_an_edge_of_events_is_no_answer(providers, server, name):
    server.script = "cut at an edge"
    error = await failed(providers(), name, stream=True)
    assert (error.failure, error.billed) == ("unavailable", "unknown")


@EVERY
@BOTH
@pytest.mark.parametrize("script", ["malformed", "foreign"])
async def test_what_is_no_answer_is_not_taken_for_one(providers, server, name, stream, script):
    server.script = script
    error = await failed(providers(), name, stream=stream)
    assert error.failure in {"bad_output", "unavailable"}
    assert error.billed == "unknown"


@EVERY
@BOTH
async def test_a_huge_answer_is_not_read_to_its_end(providers, server, name, stream):
    server.script = "huge"
    error = await failed(providers(ai_max_bytes=100_000), name, stream=stream)
    assert (error.failure, error.billed) == ("bad_output", "unknown")
    assert "DOCCHAIN_AI_MAX_BYTES" in str(error)


@EVERY
@BOTH
async def test_silence_ends_a_call(providers, server, name, stream):
    server.script = "slow"
    error = await failed(providers(ai_first_byte_timeout=0.3), name, stream=stream)
    assert (error.failure, error.billed) == ("timeout", "unknown")


@EVERY
@BOTH
async def test_an_answer_drop_by_drop_ends_with_the_time_of_the_call(providers, server, name, stream):
    server.script = "drip"
    error = await failed(providers(ai_timeout=0.8), name, stream=stream)
    assert (error.failure, error.billed) == ("timeout", "unknown")
    assert "DOCCHAIN_AI_TIMEOUT" in str(error)


@EVERY
async def test_a_private_address_that_is_not_listed_is_not_reached(providers, server, name):
    error = await failed(providers(allow=[]), name)
    assert (error.failure, error.billed, server.calls) == ("denied", "no", [])
    assert "DOCCHAIN_OUTGOING_ALLOW" in str(error)


@EVERY
async def test_a_closed_workspace_does_not_even_look_names_up(providers, server, name, monkeypatch):
    looked_up = []
    watch = Watch(Rules(closed=True))
    made = providers(watch=watch, host="models.example.test")
    await made.get(name)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lambda *a, **_: looked_up.append(a))
    error = await failed(made, name)
    assert (error.failure, error.billed, server.calls, looked_up) == ("denied", "no", [], [])
    assert watch.told == ["Nothing may leave this workspace, so models.example.test was not even looked up."]


@EVERY
async def test_only_headers_of_ours_leave(providers, server, name, monkeypatch):
    for variable, value in {
        "OPENAI_ORG_ID": "org-leak", "OPENAI_PROJECT_ID": "project-leak", "ANTHROPIC_CUSTOM_HEADERS": "X-Leak: leak",
        "ANTHROPIC_AUTH_TOKEN": "token-leak", "HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1",
    }.items():  # fmt: skip
        monkeypatch.setenv(variable, value)
    await asked(providers(), name)
    head = server.calls[0][0]
    assert "leak" not in head
    assert {line.partition(":")[0] for line in head.split("\r\n")[1:] if line} <= {
        "host", "accept", "accept-encoding", "content-type", "content-length", "user-agent", "authorization",
        "x-api-key", "x-goog-api-key", "anthropic-version", "anthropic-beta",
    }  # fmt: skip
    assert (KEY in head) == (name != "ours")


async def test_without_a_key_nothing_is_sent_and_the_setting_is_named(providers, server):
    made = providers(openai_api_key="")
    error = await failed(made, "openai")
    assert str(error) == "openai has no key. Set DOCCHAIN_OPENAI_API_KEY or the workspace's secret `openai`."
    assert (error.failure, server.calls) == ("not_configured", [])
    assert await (await made.get("openai")).health(ORIGIN) == Health("not_configured")


async def test_who_fails_again_and_again_is_left_alone(providers, server):
    server.script = "503"
    made = providers(ai_breaker_failures=2)
    for _ in range(3):
        error = await failed(made, "openai")
    assert (len(server.calls), error.failure, error.billed) == (2, "unavailable", "no")
    assert (await (await made.get("openai")).health(ORIGIN)).state == "open"


async def test_a_bound_is_never_less_than_the_price_and_none_where_it_is_unknown(providers):
    made = providers(ai_prices={"openai/special": {"input": 1, "output": 2}})
    openai, ours = await made.get("openai"), await made.get("ours")
    assert openai.bound(HI, "special").money == Decimal(openai.bound(HI, "special").tokens_in + 100) / 1_000_000
    assert openai.bound(HI, "gpt-4o-mini").money > 0
    assert ours.bound(HI, "smollm").money is None


async def test_an_answer_without_usage_is_estimated(providers, monkeypatch):
    zero = {"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}]}
    told = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", **zero}
    monkeypatch.setitem(ANSWERS, "openai", lambda *_, **__: told)
    reply, _ = await asked(providers(), "ours")
    assert reply.usage == Usage(tokens_in=25, tokens_out=2, estimated=True)
