"""Two processes ask the same at once: one of them asks the model, and the other is given its answer."""

import asyncio
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "wire"))
from model_server import ModelServer

_CHILD = """
import asyncio, json, sys
from pathlib import Path
from docchain.bootstrap import open_services
from docchain.features.ai.asking import Choice
from docchain.features.ai.caching.repository import AnswerRepository
from docchain.features.ai.port import Ask, Message, Origin
from docchain.features.identity.tables import WorkspaceRow
from docchain.platform.settings import AiSettings, OutgoingSettings, StorageSettings, load_settings
from docchain.platform.work import SYSTEM

folder, url, port = sys.argv[1:]
claim = AnswerRepository.claim

def told(self, *about):
    got = claim(self, *about)
    print(json.dumps("claims" if got else "waits"), flush=True)
    return got

AnswerRepository.claim = told

async def main():
    settings = load_settings(
        env_file=None,
        storage=StorageSettings(data_dir=Path(folder), database_url=url, encryption_key="0" * 64, blob_url=""),
        ai=AiSettings(
            _env_file=None, openai_api_key="key", openai_base_url=f"http://127.0.0.1:{port}/v1",
            ai_timeout=200, ai_first_byte_timeout=200, ai_retries=0,
        ),
        outgoing=OutgoingSettings(_env_file=None, outgoing_allow=[f"127.0.0.1:{port}"]),
    )
    async with open_services(settings, run_engine=False) as services:
        def default(work):
            return work.session.query(WorkspaceRow).filter_by(slug="default").one().id
        workspace = await services.database.read(default, SYSTEM)
        ask = Ask("generate", (Message("user", "Say hello."),))
        answer = await services.ai.asks().call(ask, Origin(workspace, "user-1"), Choice("openai"))
        print(json.dumps([answer.text, answer.cached, answer.calls]), flush=True)

asyncio.run(main())
"""


class Held(ModelServer):
    """Answers when it may."""

    async def __aenter__(self):
        self.may = asyncio.Event()
        return await super().__aenter__()

    async def _answer(self, *about):
        await self.may.wait()
        await super()._answer(*about)


async def _told(process):
    """The next thing that a process says; what is in its log is passed over."""
    while line := await process.stdout.readline():
        if line.startswith((b'"', b'["')):
            return json.loads(line)
    raise AssertionError((await process.stderr.read()).decode()[-2000:])


async def test_of_two_processes_that_ask_the_same_one_asks_the_model(books, url, tmp_path):
    async with Held() as model, asyncio.timeout(200):
        pipe = asyncio.subprocess.PIPE
        command = [sys.executable, "-c", _CHILD, str(tmp_path), url, str(model.port)]
        first = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        assert await _told(first) == "claims"
        second = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        assert await _told(second) == "waits"
        await model.came.wait()
        model.may.set()
        assert await _told(first) == ["Hello there.", False, 1]
        found = await _told(second)
        while found == "waits":
            found = await _told(second)
        assert (found, len(model.calls)) == (["Hello there.", True, 0], 1)
        assert [await process.wait() for process in (first, second)] == [0, 0]
    assert sorted(await books.states()) == ["cached", "confirmed"]
