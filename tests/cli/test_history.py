"""Retention as its users meet it: a rule in a workflow, a report, a sweep, and the archive read again."""

import json

import httpx
from command_line import eventually, sign_in

WORKFLOW = """
workflow: gone_soon
retention: {succeeded: 1s, archive: true}
inputs: {iban: {type: string}}
steps:
  - {id: keep, use: value.set, with: {values: {iban: "${inputs.iban}"}}}
output: "${inputs.iban}"
"""


def test_runs_beyond_their_time_go_to_the_archive(docchain):
    docchain.variables["DOCCHAIN_RETENTION_EVERY"] = "1"
    with docchain.serving() as url, httpx.Client(base_url=f"{url}/api/v3", headers=sign_in(url)) as client:
        answer = client.post("/workflows", json={"definition": WORKFLOW})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert client.post(f"/workflows/{made['id']}/publish", json={}).is_success
        order = {"inputs": {"iban": "DE89"}, "wait": 10}
        ran = client.post(f"/workflows/{made['id']}/execute", json=order).json()
        eventually(lambda: client.get(f"/runs/{ran['handle']}").status_code == 404)
        told = client.get("/retention").json()
        assert [sweep["deleted"] for sweep in told["sweeps"] if sweep["deleted"]] == [1]
    (file,) = (docchain.folder / "data" / "archive").glob("*/*.jsonl.gz")
    whole = json.loads(docchain("history", "archived", file, ran["handle"]).out)
    assert (whole["run"]["inputs"], whole["run"]["output"]) == ({"iban": "DE89"}, "DE89")
    assert [fact["fact"] for fact in whole["facts"]] == ["started", "done", "ended"]
    assert "gone_soon" in docchain("history", "archived", file).out
    assert docchain("history", "report").code == 0


def test_a_rule_that_cannot_be_read_stops_the_start(docchain):
    docchain.variables["DOCCHAIN_RETENTION"] = '{"succeeded": "soon"}'
    steps = "steps:\n  - {id: a, use: value.set, with: {values: {n: 1}}}\n"
    docchain("run", docchain.write("w.yaml", f"workflow: w\n{steps}"))
    refused = docchain("history", "report")
    assert refused.code == 2
    assert "DOCCHAIN_RETENTION: succeeded" in refused.err
    assert "is no duration" in refused.err
