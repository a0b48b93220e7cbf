"""AI workflows on the command line: their templates, made, listed and run, with no key and no network."""

import json

TEXT = (
    "text=El pedido 4711 llegó el lunes con dos cajas rotas. El cliente pide la reposición antes del viernes. "
    "La oficina estuvo cerrada el martes por fiesta local."
)


def test_an_ai_workflow_from_its_template_to_its_run(docchain):
    listed = json.loads(docchain("ai-workflow", "templates", "--json").out)
    assert "summarize_text" in [one["name"] for one in listed]
    made = docchain("ai-workflow", "create", "summarize_text", "--name", "Incidencias", "-i", TEXT, "-i", "sentences=1")
    assert made.out == "ai_workflow_1 Incidencias: made; `docchain ai-workflow run ai_workflow_1` runs it\n", made.err
    (kept,) = json.loads(docchain("ai-workflow", "list", "--json").out)
    assert (kept["handle"], kept["workflow_type"]) == ("ai_workflow_1", "summarization")
    ran = docchain("ai-workflow", "run", "1", "--json")
    told = json.loads(ran.out)
    assert (ran.code, told["status"], told["workflow"]) == (0, "succeeded", "ai_workflow_1")
    assert told["output"]["summary"] == "El cliente pide la reposición antes del viernes."
