"""What retention says of one run: whose rule counts, and from which moment on; and archives that outlive a crash."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from docchain.engine.definition import RetentionSpec
from docchain.features.runs.archive import Archive, read_archive
from docchain.features.runs.retention import Policy, Verdict, rules_of
from docchain.platform.ids import new_id
from docchain.platform.settings import RetentionSettings, SettingsError

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOME = UUID(int=1)


def test_a_torn_tail_is_cut_off_and_nothing_before_it_is_lost(tmp_path):
    archive = Archive(tmp_path)
    path = archive.append(HOME, NOW.date(), [{"run": {"id": "1"}, "facts": []}])
    whole = path.stat().st_size
    (path.parent / f"{path.name}.length").write_text(str(whole))
    with path.open("ab") as file:
        file.write(b"\x1f\x8b torn")
    assert [line["run"]["id"] for line in read_archive(path)] == ["1"]
    archive.append(HOME, NOW.date(), [{"run": {"id": "2"}, "facts": []}, {"run": {"id": "1"}, "facts": [1]}])
    assert [(line["run"]["id"], line["facts"]) for line in read_archive(path)] == [("1", []), ("2", [])]
    assert list(path.parent.iterdir()) == [path]


def test_the_workflow_says_more_than_the_origin_and_the_origin_more_than_the_server():
    workflow, general = new_id(), RetentionSpec(succeeded="30d", payload="7d", archive=False)
    said = Policy(general, {"cli": RetentionSpec(succeeded="1d")}, {workflow: RetentionSpec(succeeded="keep")})
    ended = NOW - timedelta(days=31)
    judged = [
        said.rules(workflow_id, origin).verdict("succeeded", ended, NOW)
        for workflow_id, origin in ((None, "api"), (None, "cli"), (workflow, "cli"), (new_id(), "api"))
    ]
    assert judged == [Verdict.DELETE, Verdict.DELETE, Verdict.PURGE, Verdict.DELETE]
    assert said.rules(None, "cli").verdict("succeeded", NOW - timedelta(days=2), NOW) is Verdict.DELETE
    assert said.rules(None, "api").verdict("succeeded", NOW - timedelta(days=2), NOW) is Verdict.KEEP
    assert said.rules(workflow, "cli").archive is False
    assert said.shortest() == timedelta(days=1)


def test_the_operator_is_told_what_is_wrong_with_a_rule():
    wrong = RetentionSettings(retention={"succeeded": "soon"}, retention_origins={"cli": {"failed": "1y"}})
    with pytest.raises(
        SettingsError, match=r"DOCCHAIN_RETENTION: succeeded: .*'soon' is no duration.*Write JSON such as"
    ):
        Policy.of(wrong)
    right = Policy.of(RetentionSettings(retention_origins={"cli": {"failed": "1y"}}))
    assert right.shortest() == timedelta(days=365)


def test_a_run_goes_at_the_moment_its_time_is_over():
    rules = rules_of(RetentionSpec(failed="1h"))
    assert rules.verdict("failed", NOW - timedelta(hours=1), NOW) is Verdict.DELETE
    assert rules.verdict("failed", NOW - timedelta(minutes=59, seconds=59), NOW) is Verdict.KEEP
    assert rules.verdict("succeeded", NOW - timedelta(days=900), NOW) is Verdict.KEEP
