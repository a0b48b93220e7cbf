"""The step kinds in a real engine with real child processes, and the lineage of what they made."""

from itertools import pairwise
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ValidationError

from docchain.engine import LocalEngine
from docchain.engine.definition import read_spec
from docchain.engine.journal import SqliteJournal
from docchain.engine.kinds import Kinds, Params, Result, StepError, StepKind
from docchain.engine.machine.facts import Noted
from docchain.features.documents import (
    Children,
    DocumentReader,
    DocumentRef,
    DocumentService,
    ParseDocument,
    RenderDocument,
)
from docchain.features.documents.parsing.model import decode
from docchain.features.documents.steps.render import RenderParams
from docchain.features.runs import CommandLog, JournalLoop, RunOrder, RunProjector, RunService
from docchain.platform.processes import ProcessPool

CHAIN = """
workflow: intake
inputs:
  document: {type: document}
steps:
  - id: text
    use: document.parse
    with: {document: "${inputs.document}"}
  - id: fields
    use: test.extract
    with: {document: "${steps.text.document}"}
  - id: summary
    use: document.render
    with:
      template: "# Factura\\n\\nTotal: {{ total }}"
      data: {total: "${steps.fields.value.total}", source: "${steps.text.source}"}
      name: resumen
      language: es
output: "${steps.summary.document}"
"""


class Extracted(Result):
    value: dict[str, Any]
    fields: dict[str, Any]


class ExtractParams(Params):
    document: DocumentRef


class ExtractTotal(StepKind):
    """Finds the amount behind the word Total."""

    name = "test.extract"
    version = 3
    params: ClassVar[type[Params]] = ExtractParams
    result: ClassVar[type[BaseModel]] = Extracted

    def __init__(self, documents) -> None:
        self._documents = documents

    async def run(self, params, context):
        page = decode(await self._documents.read(context, params.document)).pages[0]
        found = next(after for word, after in pairwise(page.words) if word.text == "Total:")
        field = {"value": found.text, "text": found.text, "confidence": 0.9, "page": page.number, "box": found.box}
        return Extracted(value={"total": found.text}, fields={"total": field})


@pytest.fixture
async def pool():
    pool = ProcessPool(1)
    yield pool
    await pool.close()


@pytest.fixture
async def engine(house, pool):
    children = Children(pool, timeout=60)
    kinds = Kinds(
        [
            ParseDocument(house.documents, children, {"pages": 10}),
            RenderDocument(house.documents, children),
            ExtractTotal(house.documents),
        ]
    )
    engine = LocalEngine(SqliteJournal(house.folder / "journal.db"), kinds, CommandLog(house.database))
    house.contents.connect(engine)
    house.kinds = kinds
    await engine.start()
    yield engine
    await engine.stop()


async def run_chain(house, engine, reference):
    spec = read_spec(CHAIN)
    inputs = {"document": reference.model_dump(mode="json")}
    run = await house.write(lambda work: RunService(work).start(RunOrder(spec, inputs)))
    engine.wake()
    state = await engine.wait(run.id, 60)
    await JournalLoop(house.database, engine, [RunProjector(), DocumentReader()]).catch_up()
    return run, state


async def test_a_chain_makes_documents_that_lead_back_to_the_upload(house, engine, api, client):
    source = (await house.upload(b"Factura 17\nTotal: 1.210,00\n", "factura.txt")).current.reference()
    run, state = await run_chain(house, engine, source)
    api.state.services.engine, api.state.services.kinds = engine, house.kinds

    assert state.status == "succeeded"
    made = state.output
    assert (made["name"], made["media_type"]) == ("resumen.pdf", "application/pdf")
    content = await client.get(f"/documents/{made['document_id']}/content")
    assert content.content.startswith(b"%PDF-")
    lineage = (await client.get(f"/documents/{made['document_id']}/lineage")).json()
    assert [(version["name"], version["origin"]) for version in lineage["versions"]] == [
        ("resumen.pdf", "step"),
        ("factura.txt", "upload"),
    ]
    assert lineage["versions"][0]["made_by"] == {
        "run_id": str(run.id),
        "step": "summary",
        "attempt": 1,
        "step_kind": "document.render",
        "step_kind_version": 1,
    }
    assert state.outputs["text"]["text"] == "Factura 17\nTotal: 1.210,00\n"
    assert state.outputs["text"]["pages"] == 1
    logged = [fact for fact in await engine.history(run.id) if isinstance(fact, Noted) and fact.step == "text"]
    assert [(line.message, line.fields["pages"]) for line in logged[0].lines] == [("Read factura.txt: 1 page.", 1)]

    field = (await client.get(f"/runs/{run.handle}/steps/fields/fields/total/lineage")).json()
    assert field == {
        "run_id": str(run.id),
        "step": "fields",
        "attempt": 1,
        "step_kind": "test.extract",
        "step_kind_version": 3,
        "field": "total",
        "value": "1.210,00",
        "confidence": 0.9,
        "page": 1,
        "box": field["box"],
        "path": None,
        "text": "1.210,00",
        "parsed": state.outputs["text"]["document"],
        "sources": [source.model_dump(mode="json")],
    }
    assert len(field["box"]) == 4
    for path in ("steps/fields/fields/net", "steps/nothing/fields/total", "steps/summary/fields/total"):
        answer = await client.get(f"/runs/{run.handle}/{path}/lineage")
        assert (answer.status_code, answer.json()["code"]) == (404, "field_not_found")
    assert (await client.get("/runs/run_9/steps/fields/fields/total/lineage")).json()["code"] == "run_not_found"


async def test_a_broken_file_fails_its_run_with_one_clear_message(house, engine):
    broken = (await house.upload(b"%PDF-1.7 this is no PDF", "rota.pdf")).current.reference()
    _, state = await run_chain(house, engine, broken)

    assert (state.status, state.failure, state.failed_step) == ("failed", "bad_input", "text")
    assert state.message.startswith("rota.pdf")
    assert (await house.read(lambda work: DocumentService(work).resolve("document_1"))) == broken


async def test_a_document_that_takes_too_long_or_kills_its_child_has_a_class():
    for target, seconds, failure in (("time:sleep", 0.2, "timeout"), ("os:_exit", 20, "unavailable")):
        pool = ProcessPool(1)
        with pytest.raises(StepError) as failed:
            await Children(pool, seconds).call(target, 30)
        assert failed.value.failure == failure
        await pool.close()


async def test_html_is_rendered_to_html_without_scripts(house, pool):
    kind = RenderDocument(house.documents, Children(pool, 60))
    context = house.step("page", "document.render")
    params = RenderParams(html="<h1>Año</h1><script>alert(1)</script>", to="html", name="../Página.html")
    made = (await kind.run(params, context)).document

    assert (made.name, made.media_type) == ("Página.html", "text/html")
    text = (await house.documents.read(context, made)).decode()
    assert "<h1>Año</h1>" in text
    assert "script" not in text


async def test_a_template_that_is_wrong_is_bad_input(house, pool):
    kind = RenderDocument(house.documents, Children(pool, 60))
    with pytest.raises(StepError) as failed:
        await kind.run(RenderParams(template="{{ total"), house.step())
    assert failed.value.failure == "bad_input"


@pytest.mark.parametrize("wrong", [{}, {"html": "a", "markdown": "b"}, {"html": "a", "to": "docx"}, {"text": "a"}])
def test_wrong_render_parameters_are_refused(wrong):
    with pytest.raises(ValidationError):
        RenderParams.model_validate(wrong)
