"""The whole product in this process, with models' wire on this machine; `World.http` is signed in."""

import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from docchain.platform.settings import AiSettings, OutgoingSettings, StorageSettings, load_settings
from signed_in_product import signed_in

sys.path.append(str(Path(__file__).parents[1] / "wire"))
from model_server import ModelServer

KEYS = ("openai_api_key", "anthropic_api_key", "google_api_key")


class World:
    def __init__(self, folder, *, keys=True, run_engine=False, database_url="", **changed):
        self._folder, self._keys, self._changed, self._run = folder, keys, changed, run_engine
        self._database_url = database_url
        self._stack = AsyncExitStack()

    async def __aenter__(self):
        enter = self._stack.enter_async_context
        self.wire = await enter(ModelServer())
        url = f"http://127.0.0.1:{self.wire.port}"
        chosen = {
            **dict.fromkeys(KEYS, "key-of-the-operator" if self._keys else ""),
            "openai_base_url": f"{url}/v1",
            "anthropic_base_url": url,
            "google_base_url": url,
            "ai_compatible": {"ours": {"url": f"{url}/v1", "models": ["smollm"]}},
            "ai_first_byte_timeout": 2,
            "ai_retries": 0,
            "ai_breaker_failures": 1_000,
        }
        settings = load_settings(
            env_file=None,
            storage=StorageSettings(data_dir=self._folder / "data", database_url=self._database_url, blob_url=""),
            ai=AiSettings(_env_file=None, **(chosen | self._changed)),
            outgoing=OutgoingSettings(_env_file=None, outgoing_allow=[f"127.0.0.1:{self.wire.port}"]),
        )
        self.services, self.http = await enter(signed_in(settings, run_engine=self._run, timeout=60))
        return self

    async def __aexit__(self, *about):
        await self._stack.aclose()

    async def asked(self, path, **body):
        return await self.http.post(path, json=body)

    async def policy(self, **value):
        answer = await self.http.put("/admin/settings/ai", json={"value": value}, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text


def events(text):
    """Server-sent events as names and data."""
    found = []
    for block in text.strip().split("\n\n"):
        name, _, data = block.partition("\ndata: ")
        found.append((name.removeprefix("event: "), json.loads(data)))
    return found
