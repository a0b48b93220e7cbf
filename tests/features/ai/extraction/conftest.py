"""Steps over real blobs and the real local provider; a scripted one answers as a cloud would."""

import json
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from docchain.features.ai.asking import Answer
from docchain.features.ai.port import Origin, Usage
from docchain.features.ai.providers.local import LocalProvider
from docchain.features.ai.reading import Readings
from docchain.features.ai.steps.shared import Desk
from docchain.features.documents import Contents, DocumentRef, Page, ParsedDocument, StepDocuments, Word
from docchain.platform.ids import new_id
from docchain.platform.local_blobs import LocalBlobs
from docchain.platform.processes import ProcessPool

WORKSPACE = UUID("0199f5e2-0000-7000-8000-00000000000a")
PARSED = "application/vnd.docchain.parsed+json"


class Cloud:
    """Says what it was told to, question after question; the local provider is the real one."""

    def __init__(self, local):
        self.local, self.replies, self.asked = local, [], []

    async def call(self, ask, origin, choice, deltas=None):  # noqa: ARG002 - the port
        self.asked.append(ask)
        if choice.provider == "local":
            reply = await self.local.send(ask, "", origin)
            return self._answer(reply.text, reply.value, "local", reply.confidence)
        value = self.replies.pop(0)
        return self._answer(json.dumps(value), value, "openai", None)

    def _answer(self, text, value, provider, sure):
        told = {"cached": False, "finish": "stop", "confidence": sure, "took_ms": 1, "call": new_id()}
        return Answer(text, value, provider, "m-1", Usage(10, 5), Decimal(0), "USD", **told)


def parsed(*texts):
    pages = []
    for number, text in enumerate(texts, 1):
        words = []
        for line, printed in enumerate(text.splitlines()):
            column = 0
            for part in printed.split(" "):
                if part:
                    left, top = 36 + column * 6, 36 + line * 12
                    words.append(Word(part, (left, top, left + len(part) * 6, top + 10), line))
                column += len(part) + 1
        pages.append(Page(number, 612.0, 842.0, "text", words))
    return ParsedDocument("application/pdf", "\n\n".join(texts), pages)


@pytest.fixture
async def desk(tmp_path):
    pool = ProcessPool(1, 1024**3)
    blobs = LocalBlobs(tmp_path)
    contents = Contents(blobs)
    cloud = Cloud(LocalProvider(pool))

    async def stored(*texts):
        kept = await blobs.put(WORKSPACE, msgspec.json.encode(parsed(*texts)))
        ids = {"document_id": new_id(), "version_id": new_id()}
        return DocumentRef(**ids, sha256=kept.sha256, media_type=PARSED, name="paper.pdf.json", size=kept.size)

    desk = Desk(lambda: cloud, Readings(contents, None, 400_000), StepDocuments(contents), window=2_000)

    async def run(kind, **given):
        step = kind(desk)
        params = kind.params.model_validate(given)
        return await step.work(params, step.asking(params, Origin(WORKSPACE, "ana")))

    yield cloud, stored, run
    await pool.close()
