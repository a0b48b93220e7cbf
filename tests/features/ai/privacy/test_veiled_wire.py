"""What remote models see: nothing of papers' personal data at all, and where nothing leaves, no connection either."""

import json
import re
import sys
from pathlib import Path
from uuid import UUID

import pytest
from veiled_papers import left, papers

from docchain.features.ai.port import Ask, Message, Origin, ProviderFailedError
from docchain.features.ai.privacy.service import VeilFactory
from docchain.features.ai.privacy.veiling import Veil
from docchain.features.ai.providers.registry import Providers
from docchain.platform.processes import ProcessPool
from docchain.platform.settings import AiSettings, StorageSettings, load_settings
from signed_in_product import signed_in

sys.path.append(str(Path(__file__).parents[1] / "wire"))
from model_server import ModelServer

PAPERS = papers()
EVERY = pytest.mark.parametrize("name", ["openai", "anthropic", "google", "ours"])
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-sonnet-4-6", "google": "gemini-2.5-flash", "ours": "smollm"}
SCHEMA = {"type": "object", "properties": {"who": {"type": "string"}}, "required": ["who"]}
OPENED = []


def _listen(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        OPENED.append((event, arguments[-1]))


sys.addaudithook(_listen)


@pytest.fixture
async def server():
    async with ModelServer() as server:
        yield server


def settings_of(port):
    url = f"http://127.0.0.1:{port}"
    return AiSettings(
        _env_file=None,
        openai_base_url=f"{url}/v1",
        anthropic_base_url=url,
        google_base_url=url,
        ai_compatible={"ours": {"url": f"{url}/v1", "models": ["smollm"]}},
        **dict.fromkeys(("openai_api_key", "anthropic_api_key", "google_api_key"), "key"),
    )


@pytest.fixture
async def asks(server):
    providers = Providers(settings_of(server.port), None, allow=[f"127.0.0.1:{server.port}"])
    pool = ProcessPool(1)
    factory = VeilFactory(pool)

    async def asked(name, text, *, schema=None, stream=False, level="strict"):
        said = (Message("system", "Read the paper. Answer in its language."), Message("user", text))
        sent, veil = await factory.veil(said, level)
        restorer, told = veil.back_stream(), []

        async def take(piece):
            told.append(restorer.feed(piece))

        ask = Ask("generate", sent, schema=schema)
        provider = await providers.get(name)
        reply = await provider.send(ask, MODELS[name], Origin(UUID(int=7), "user-1"), take if stream else None)
        return veil, reply, "".join([*told, restorer.end()])

    yield asked
    await providers.close()
    await pool.close()


@EVERY
async def test_no_personal_data_is_on_the_wire(asks, server, name):
    for text, values in PAPERS:
        await asks(name, text)
        head, body = server.calls[-1]
        wire = head + _bare(json.dumps(body, ensure_ascii=False))
        assert [stays for value in values for stays in left(value, wire)] == []


@EVERY
async def test_the_answer_has_the_values_again(asks, server, name, monkeypatch):
    text = "Factura de don Juan Pérez García, DNI 12345678Z. Total 1.250,00 €."
    server.text = '{"who": "⟦name_1⟧ (⟦ID_1⟧)"}'
    veil, reply, _ = await asks(name, text, schema=SCHEMA)
    assert veil.back_value(reply.value) == {"who": "Juan Pérez García (12345678Z)"}
    parts = ["Debe ⟦NA", "ME_1", "⟧ la **⟦ID_", "1⟧**."]
    monkeypatch.setattr("model_server.PARTS", parts)
    _, reply, told = await asks(name, text, stream=True)
    assert told == "Debe Juan Pérez García la **12345678Z**."
    assert veil.back(reply.text) == told


def test_what_is_not_found_is_known():
    values = ["el chispas", "zubiaurre", "puerta 8"]
    sent = _put(f"{values[0]} debe dos meses y {values[1]} tres; viven en la {values[2]}.")
    assert [value for value in values if left(value, _bare(sent))] == values


def test_less_strict_levels_find_less():
    found = {}
    for level in ("identifiers", "names", "strict"):
        everything = [(value, _put(text, level)) for text, values in PAPERS for value in values]
        found[level] = sum(not left(value, _bare(sent)) for value, sent in everything)
    assert found["identifiers"] >= 28
    assert found["names"] >= 64
    assert found["strict"] == len(everything)


@EVERY
async def test_where_nothing_leaves_no_connection_is_opened_and_the_audit_says_so(tmp_path, server, name):
    settings = load_settings(
        env_file=None,
        storage=StorageSettings(data_dir=tmp_path / "data", database_url="", blob_url=""),
        ai=settings_of(server.port),
    )
    async with signed_in(settings) as (services, http):
        workspace = UUID((await http.get("/auth/me")).json()["workspace"]["id"])
        watch = services.intake.watch
        providers = Providers(settings.ai, None, watch=watch, allow=[f"127.0.0.1:{server.port}"])
        provider = await providers.get(name)
        ask, origin = Ask("generate", (Message("user", "hi"),)), Origin(workspace, "user-1")

        OPENED.clear()
        assert (await provider.send(ask, MODELS[name], origin)).text == "Hello there."
        assert ("socket.connect", ("127.0.0.1", server.port)) in OPENED

        wish = {"value": {"nothing_leaves": True}}
        await http.put("/admin/settings/ai", json=wish, headers={"If-Match": '"0"'})
        OPENED.clear()
        with pytest.raises(ProviderFailedError) as caught:
            await provider.send(ask, MODELS[name], origin)
        assert (caught.value.failure, caught.value.billed, OPENED) == ("denied", "no", [])
        assert len(server.calls) == 1
        page = (await http.get("/security/audit/logs", params={"type": "security.address_refused"})).json()
        assert page["items"][0]["data"]["detail"].startswith("Nothing may leave this workspace")
        await providers.close()


def _bare(text):
    return re.sub("⟦[A-Z0-9_]+⟧", " ", text)


def _put(text, level="strict"):
    return Veil(level).put(text)
