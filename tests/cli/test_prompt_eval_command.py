"""Prompts graded on the command line, beside what is published, without any server."""

import asyncio
import json

from docchain.bootstrap import open_services
from docchain.entrypoints.cli.console import local_actor
from docchain.features.ai.evaluation.schemas import EvaluationRequest
from docchain.features.ai.evaluation.service import EvaluationService
from docchain.platform.settings import StorageSettings, load_settings

GOOD = "Extract the keywords of this text: The {{ what }} is due on Monday. The {{ what }} is for the builders."
BAD = "Extract the keywords of this text: The parcel came on Monday. The parcel was broken."
SET = {
    "name": "words",
    "task": "generate",
    "metric": "phrases",
    "gates": ["heading"],
    "examples": [{"input": {"variables": {"what": "invoice"}}, "expected": {"contains": ["invoice"]}}],
}


async def kept(folder):
    """A set that guards the prompt, in the same data."""
    storage = StorageSettings(data_dir=folder, database_url="", blob_url="")
    async with open_services(load_settings(env_file=None, storage=storage), run_engine=False) as services:
        actor = await local_actor(services.database, "default")
        wanted = EvaluationRequest.model_validate(SET)
        examples = [(one, None) for one in wanted.examples]
        await services.database.write(lambda work: EvaluationService(work, 10).create(wanted, examples), actor)


def test_a_version_is_graded_beside_the_published_one(docchain, approval):
    docchain("workflow", "import", str(approval))
    assert docchain("prompt", "save", "heading", docchain.write("good.md", GOOD)).code == 0
    unguarded = docchain("prompt", "eval", "heading@1")
    assert (unguarded.code, "No evaluation set guards heading." in unguarded.err) == (2, True)
    unknown = docchain("prompt", "eval", "heading@1", "--set", "others", "--json")
    assert (unknown.code, json.loads(unknown.err)["code"]) == (2, "ai_evaluation_not_found")

    asyncio.run(kept(docchain.folder / "data"))
    assert docchain("prompt", "publish", "heading").code == 0
    assert docchain("prompt", "save", "heading", docchain.write("bad.md", BAD + "{# {{ what }} #}")).code == 0
    told = docchain("prompt", "eval", "heading@latest", "--provider", "local")
    assert (told.code, "falls short" in told.out, "words.examples[1]: right is" in told.out) == (1, True, True), told
    (verdict,) = json.loads(docchain("prompt", "eval", "heading@2", "--provider", "local", "--json").out)
    assert (verdict["ok"], verdict["before"]["score"], verdict["after"]["score"]) == (False, 1.0, 0.0)
    assert docchain("prompt", "publish", "heading").code == 2
    same = docchain("prompt", "eval", "heading", "--provider", "local")
    assert (same.code, "ok" in same.out) == (0, True)
