"""What is loaded when: nothing of AI at the start, no library of others for local answers."""

import json
import subprocess
import sys

HEAVY = ("pydantic_ai", "openai", "anthropic", "google.genai", "genai_prices", "httpx2", "jsonschema", "jinja2")
_LOOK = """
import asyncio, json, sys
from pathlib import Path
HEAVY = {heavy}

def found():
    ours = [name for name in sys.modules if name.startswith("docchain.features.ai.")]
    return sorted(ours), sorted(name for name in HEAVY if name in sys.modules)

async def main():
    import docchain.bootstrap
    from docchain.platform.settings import AiSettings, StorageSettings, load_settings
    storage = StorageSettings(data_dir=Path({folder!r}), database_url="", blob_url="")
    settings = load_settings(env_file=None, storage=storage, ai=AiSettings(_env_file=None))
    async with docchain.bootstrap.open_services(settings, run_engine=False) as services:
        started = found()
        from uuid import UUID
        from docchain.features.ai.asking import Choice
        from docchain.features.ai.port import Ask, Message, Origin
        from docchain.platform.work import SYSTEM
        workspace = await services.database.read(lambda work: first(work), SYSTEM)
        ask = Ask("analyze", (Message("user", ""),), local={{"text": "Muy bien.", "analyses": ["sentiment"]}})
        answer = await services.ai.asks().call(ask, Origin(workspace, "test"), Choice())
        print(json.dumps([started, found()[1], answer.provider]))

def first(work):
    from sqlalchemy import text
    return UUID(bytes=work.session.execute(text("select id from workspace limit 1")).scalar())

from uuid import UUID
asyncio.run(main())
"""


def test_nothing_of_models_is_loaded_before_it_is_used(tmp_path):
    script = _LOOK.format(heavy=HEAVY, folder=str(tmp_path / "data"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - our own program
    assert done.returncode == 0, done.stderr[-2000:]
    (ours, heavy), later, provider = json.loads(done.stdout.splitlines()[-1])
    tables = ("caching", "cost", "evaluation", "learning", "prompts")  # of the schema
    kept = tuple(f"docchain.features.ai.{name}" for name in tables)
    assert [name for name in ours if not name.startswith(kept)] == ["docchain.features.ai.building"]
    assert [name for name in ours if name.startswith(kept) and not name.endswith((".tables", ".gate"))] == list(kept)
    assert heavy == []
    assert (provider, later) == ("local", [])
