"""A step kind that somebody else wrote is found by its entry point, shown and executed."""

from pathlib import Path

from command_line import CommandLine

KIND = '''\
from docchain.engine.kinds import Params, Result, StepKind


class ShoutParams(Params):
    text: str


class Shouted(Result):
    text: str


class Shout(StepKind):
    """Says it louder."""

    name = "acme.shout"
    params = ShoutParams
    result = Shouted

    async def run(self, params, context):
        return Shouted(text=params.text.upper() + "!")
'''
WORKFLOW = """\
workflow: loud
steps:
  - {id: say, use: acme.shout, with: {text: hello}}
output: "${steps.say.text}"
"""


def _installed(folder: Path, kind: str) -> Path:
    packages = folder / "packages"
    described = packages / "acme_steps-1.0.dist-info"
    described.mkdir(parents=True)
    (packages / "acme_steps.py").write_text(kind)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-steps\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[docchain.step_kinds]\nshout = acme_steps:Shout\n")
    return packages


def test_a_step_kind_of_a_third_party(tmp_path):
    docchain = CommandLine(tmp_path, {"PYTHONPATH": str(_installed(tmp_path, KIND))})

    listed = docchain("workflow", "steps")
    assert "acme.shout" in listed.out
    assert "Says it louder." in listed.out
    done = docchain("run", docchain.write("loud.yaml", WORKFLOW), "--json")
    assert (done.code, done.lines[0]["output"]) == (0, "HELLO!")


def test_one_with_the_name_of_a_built_in_ends_the_server_and_says_who_brings_it(tmp_path):
    taking = KIND.replace("acme.shout", "value.set")
    docchain = CommandLine(tmp_path, {"PYTHONPATH": str(_installed(tmp_path, taking))})
    for examples, code in (("true", 2), ("false", 70)):  # with examples, kinds are needed before it answers
        docchain.variables["DOCCHAIN_EXAMPLE_WORKSPACE"] = examples
        ended = docchain("serve")
        assert ended.code == code, ended.err
        assert "Step kind value.set is registered twice: by acme_steps.Shout and by docchain." in ended.err
        assert "Rename one, or uninstall what brings it." in ended.err
