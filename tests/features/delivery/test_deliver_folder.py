import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from docchain.engine.definition import DefinitionError, compile_plan, read_spec
from docchain.engine.kinds import Kinds, StepError
from docchain.features.delivery import DeliverFolder
from docchain.features.delivery.roots import DeliveryRoots, FolderRefusedError
from docchain.features.delivery.steps.folder import FolderParams


@pytest.fixture
def roots(tmp_path):
    return [tmp_path / "out", tmp_path / "more"]


@pytest.fixture
def kind(documents, roots):
    return DeliverFolder(documents, DeliveryRoots(roots))


def params(folder: str = "", **file) -> FolderParams:
    return FolderParams.model_validate({"folder": folder, "files": [{"name": "a.txt", "text": "hello", **file}]})


def name_of(result) -> str:
    return Path(result.paths[0]).name


async def test_documents_json_and_texts_arrive_whole(kind, documents, make_step, roots):
    context = make_step()
    document = await documents.write(context, b"%PDF" * 1_000_000, "Resumen año.pdf", "application/pdf")
    wanted = FolderParams.model_validate(
        {
            "folder": "2026/noviembre",
            "files": [
                {"document": document.model_dump(mode="json")},
                {"name": "datos.json", "json": {"total": "1.210,00 €"}},
                {"name": "nota.txt", "text": "señal"},
            ],
        }
    )
    result = await kind.run(wanted, context)

    folder = roots[0] / "2026" / "noviembre"
    mark = hashlib.sha256(context.effect_key.encode()).hexdigest()[:12]
    names = [f"Resumen año-{mark}.pdf", f"datos-{mark}.json", f"nota-{mark}.txt"]
    assert result.paths == tuple(str(folder / name) for name in names)
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    assert (folder / names[0]).read_bytes() == b"%PDF" * 1_000_000
    assert json.loads((folder / names[1]).read_text()) == {"total": "1.210,00 €"}
    assert (folder / names[2]).read_text() == "señal"
    assert [(file.name, file.size) for file in result.files][2] == ("nota.txt", 6)
    assert result.files[2].sha256 == hashlib.sha256("señal".encode()).hexdigest()


async def test_a_repeat_changes_nothing_and_another_run_has_a_file_of_its_own(kind, make_step, roots):
    first = make_step()
    once = await kind.run(params(), first)
    twice = await kind.run(params(), make_step(run_id=first.run_id, attempt=2))
    other = await kind.run(params(), make_step())

    assert once == twice
    assert sorted(map(str, roots[0].iterdir())) == sorted([*once.paths, *other.paths])


async def test_what_a_crash_left_aside_is_written_over(kind, make_step, roots):
    context = make_step()
    path = roots[0] / name_of(await kind.run(params(), context))
    path.rename(path.with_name(f".{path.name}.1.part"))
    await kind.run(params(), context)

    assert [entry.name for entry in roots[0].iterdir()] == [path.name]
    assert path.read_text() == "hello"


async def test_what_attempts_before_left_aside_is_removed(kind, make_step, roots):
    context = make_step()
    path = roots[0] / name_of(await kind.run(params(), context))
    other = path.with_name(f".another{path.name}.1.part")
    for aside in (path.with_name(f".{path.name}.1.part"), path.with_name(f".{path.name}.2.part"), other):
        aside.write_text("hel")
    await kind.run(params(), make_step(run_id=context.run_id, attempt=3))

    assert {entry.name for entry in roots[0].iterdir()} == {path.name, other.name}


async def test_the_content_and_the_folder_are_synced_before_the_answer(kind, make_step, monkeypatch):
    calls = []
    for name in ("fsync", "rename"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, _name=name, _real=real, **k: (calls.append(_name), _real(*a, **k))[1])
    await kind.run(params(), make_step())

    assert calls == ["fsync", "rename", "fsync"]


async def test_a_second_root_is_named_by_its_whole_path(kind, make_step, roots):
    result = await kind.run(params(str(roots[1] / "x")), make_step())

    assert Path(result.paths[0]).parent == roots[1] / "x"


@pytest.mark.parametrize(
    "folder",
    ["..", "../x", "a/../../x", "/etc", "/", "a\0b", "a\\..\\..\\b", "//etc", "a/\n", "{root}/../x", "{root}-evil"],
)
async def test_folders_outside_the_roots_are_refused_and_nothing_is_written(kind, make_step, roots, tmp_path, folder):
    with pytest.raises(StepError) as refused:
        await kind.run(params(folder.format(root=roots[0])), make_step())

    assert refused.value.failure == "denied"
    assert refused.value.hint == "DOCCHAIN_DELIVERY_ROOTS lists the roots."
    assert list(tmp_path.iterdir()) == []


async def test_a_link_out_of_the_root_is_refused_and_one_within_is_followed(kind, make_step, roots, tmp_path):
    (tmp_path / "outside").mkdir()
    (roots[0] / "inside").mkdir(parents=True)
    (roots[0] / "out").symlink_to(tmp_path / "outside")
    (roots[0] / "in").symlink_to(roots[0] / "inside")
    result = await kind.run(params("in"), make_step())

    assert Path(result.paths[0]).parent == roots[0] / "inside"
    with pytest.raises(StepError, match=r"'out/deep' leads out of .*/out or .*/more through a link\."):
        await kind.run(params("out/deep"), make_step())
    assert list((tmp_path / "outside").iterdir()) == []


async def test_a_link_in_place_of_the_file_is_replaced_not_followed(kind, make_step, roots, tmp_path):
    (tmp_path / "victim").write_text("precious")
    context = make_step()
    path = roots[0] / name_of(await kind.run(params(), context))
    path.unlink()
    path.symlink_to(tmp_path / "victim")
    await kind.run(params(), context)

    assert (tmp_path / "victim").read_text() == "precious"
    assert (path.is_symlink(), path.read_text()) == (False, "hello")


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "C:\\x", "..", "/etc/passwd", "n" * 1_000, "a\0b.txt"])
async def test_file_names_never_leave_the_folder(kind, make_step, roots, name):
    result = await kind.run(params(name=name), make_step())

    assert Path(result.paths[0]).parent == roots[0]
    assert (roots[0] / name_of(result)).read_text() == "hello"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(folder=st.text(alphabet="ab./\\\0~ \n", max_size=20))
def test_whatever_folder_is_asked_for_lies_below_a_root(tmp_path, folder):
    (tmp_path / "root").mkdir(exist_ok=True)
    try:
        with DeliveryRoots([tmp_path / "root"]).open(folder) as opened:
            real = Path(f"/proc/self/fd/{opened.descriptor}").readlink()
    except FolderRefusedError:
        real = tmp_path / "root"
    assert real.is_relative_to(tmp_path / "root")
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


async def test_a_file_where_a_folder_should_be_is_a_clear_failure(kind, make_step, roots):
    roots[0].mkdir()
    (roots[0] / "taken").write_text("x")

    with pytest.raises(StepError, match="Nothing could be written to the folder 'taken': ") as failed:
        await kind.run(params("taken"), make_step())
    assert failed.value.failure == "bad_input"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "at least 1 item"),
        ([{"name": "a"}], "give exactly one of document, json and text"),
        ([{"name": "a", "text": "x", "json": None}], "give exactly one of document, json and text"),
        ([{"text": "x"}], "name the file"),
        ([{"name": "a", "text": "x"}, {"name": "b/a", "text": "y"}], "two files are named 'a'"),
        ([{"name": "a", "text": "x", "mode": "777"}], "Extra inputs are not permitted"),
    ],
)
def test_wrong_parameters_are_refused(files, message):
    with pytest.raises(ValidationError, match=message):
        FolderParams.model_validate({"files": files})


def test_json_null_is_a_content():
    assert FolderParams.model_validate({"files": [{"name": "a.json", "json": None}]}).files[0].json_ is None


def test_an_unknown_field_of_a_file_is_told_where_it_is(kind):
    files = [{"name": "a.txt", "text": "hello", "title": 1}]
    definition = {"workflow": "w", "steps": [{"id": "out", "use": "deliver.folder", "with": {"files": files}}]}
    with pytest.raises(DefinitionError) as refused:
        compile_plan(read_spec(definition), Kinds([kind]))
    assert [(fault.path, fault.message) for fault in refused.value.faults] == [
        ("steps[0].with.files[0].title", "is no known field here; remove it or correct its name")
    ]
