"""A step kind that somebody else wrote is found by its entry point, shown and executed."""

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


def test_a_step_kind_of_a_third_party(tmp_path):
    packages = tmp_path / "packages"
    described = packages / "acme_steps-1.0.dist-info"
    described.mkdir(parents=True)
    (packages / "acme_steps.py").write_text(KIND)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-steps\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text("[docchain.step_kinds]\nshout = acme_steps:Shout\n")
    docchain = CommandLine(tmp_path, {"PYTHONPATH": str(packages)})

    listed = docchain("workflow", "steps")
    assert "acme.shout" in listed.out
    assert "Says it louder." in listed.out
    done = docchain("run", docchain.write("loud.yaml", WORKFLOW), "--json")
    assert (done.code, done.lines[0]["output"]) == (0, "HELLO!")
