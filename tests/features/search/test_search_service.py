"""What people type, and what they find."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from conftest import House, found, titles

PAPERS = {
    "factura-17.txt": "Factura de Norte Papel. La facturación de mayo incluye el alquiler de la oficina.",
    "lease.txt": "The lease contract ends in March and the rent is due every month.",
    "nomina.txt": "El sueldo de los empleados se transfiere el último día laborable.",
}


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Its tests leave the three papers of `ana` as they are."""
    house = House(tmp_path_factory.mktemp("library"))
    await house.open()
    for name, text in PAPERS.items():
        await house.add(name, text)
    await house.add("secreto.txt", "Facturación confidencial de la competencia: zurbano.", "eve")
    await house.indexed()
    yield house
    await house.close()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("facturacion", ["factura-17.txt"]),
        ("FACTURAS", ["factura-17.txt"]),
        ('"alquiler de la oficina"', ["factura-17.txt"]),
        ('"oficina de la alquiler"', []),
        ("emplea*", ["nomina.txt"]),
        ("sueldp~", ["nomina.txt"]),
        ("title:lease", ["lease.txt"]),
        ("contracts", ["lease.txt"]),
        ("rent -march", []),
        ("(sueldo OR rent) -march", ["nomina.txt"]),
        ("document_2", ["lease.txt"]),
        ("format:txt created:2020..2021", []),
        ("format:txt size:>80", ["factura-17.txt"]),
    ],
)
async def test_what_is_typed_finds_what_was_meant(library: House, typed: str, expected: list[str]):
    async with library.client("ana") as ana:
        assert titles(await found(ana, typed, mode="text")) == expected


async def test_a_question_finds_an_answer_that_shares_no_word_with_it(library: House):
    async with library.client("ana") as ana:
        answer = await found(ana, "when are the wages of the staff paid")
    hit = answer["hits"][0]
    assert hit["title"] == "nomina.txt"
    assert hit["why"]["text"] is None
    assert hit["why"]["semantic"]["rank"] == 1
    assert hit["why"]["semantic"]["passage"].startswith("El sueldo de los empleados")
    assert answer["mode"] == "hybrid"


@pytest.mark.parametrize(
    ("plain", "typed", "absent"),
    [
        ("oficina alquiler", "oficina alquiler -facturación", "factura-17.txt"),
        ("rent is due", "rent is due NOT march", "lease.txt"),
        ("oficina alquiler", "oficina AND alquiler AND junio", "factura-17.txt"),
        ("rent is due", '"due is rent"', "lease.txt"),
        ("oficina alquiler", "oficina alquiler title:lease", "factura-17.txt"),
    ],
)
async def test_what_is_stated_holds_for_what_means_something_similar(
    library: House, plain: str, typed: str, absent: str
):
    async with library.client("ana") as ana:
        assert absent in titles(await found(ana, plain, mode="semantic"))
        assert absent not in titles(await found(ana, typed, mode="semantic"))
        assert absent not in titles(await found(ana, typed))


async def test_a_handle_is_exact_in_every_mode(library: House):
    async with library.client("ana") as ana:
        for mode in ("text", "semantic", "hybrid"):
            assert titles(await found(ana, "document_2", mode=mode)) == ["lease.txt"]
        assert titles(await found(ana, "Document_3"))[0] == "nomina.txt"


async def test_a_hit_says_which_words_matched_and_what_each_ranking_gave(library: House):
    async with library.client("ana") as ana:
        hit = (await found(ana, "facturacion alquiler"))["hits"][0]
    assert hit["why"]["text"]["terms"][-2:] == ["facturación", "alquiler"]
    assert hit["why"]["text"]["share"] == pytest.approx(1 / 61, abs=1e-6)
    assert "“facturación”" in hit["why"]["said"]
    piece = next(piece for piece in hit["highlights"] if piece["field"] == "text")
    start, end = piece["marks"][-1]
    assert piece["text"][start:end] == "alquiler"


async def test_a_slip_is_answered_with_what_was_meant(library: House):
    async with library.client("ana") as ana:
        assert (await found(ana, "facturcaion", mode="text"))["did_you_mean"] == "facturación"
        assert (await found(ana, "facturacion", mode="text"))["did_you_mean"] is None


async def test_facets_count_what_was_found(library: House):
    async with library.client("ana") as ana:
        answer = await found(ana, "", facet=["kind", "language", "owner"])
    assert answer["total"] == 3
    assert answer["facets"]["kind"] == [{"value": "document", "count": 3}]
    assert answer["facets"]["language"] == [{"value": "es", "count": 2}, {"value": "en", "count": 1}]
    assert answer["facets"]["owner"] == [{"value": "ana", "count": 3}]


async def test_pages_follow_each_other_without_a_gap(library: House):
    async with library.client("ana") as ana:
        first = await found(ana, "", sort="created_at", limit=2)
        second = await found(ana, "", sort="created_at", limit=2, cursor=first["next_cursor"])
        other = await ana.get("/search", params={"q": "else", "cursor": first["next_cursor"]})
    assert titles(first) + titles(second) == list(PAPERS)
    assert second["next_cursor"] is None
    assert other.json()["code"] == "bad_cursor"


async def test_similar_documents_are_similar(library: House):
    async with library.client("ana") as ana:
        hits = (await ana.get("/search/similar/document_2")).json()
        nothing = await ana.get("/search/similar/document_99")
    assert [hit["title"] for hit in hits] == ["factura-17.txt", "nomina.txt"]
    assert hits[0]["why"]["semantic"]["similarity"] > hits[1]["why"]["semantic"]["similarity"]
    assert nothing.status_code == 404


async def test_nothing_of_another_workspace_is_found_counted_suggested_or_meant(library: House):
    theirs = await library.database.read(lambda work: work.workspace_id, library.actors["eve"])
    assert await library.search.index.position(theirs) is not None
    async with library.client("ana") as ana, library.client("eve") as eve:
        assert titles(await found(eve, "zurbano")) == ["secreto.txt"]
        assert titles(await found(ana, "zurbano", mode="text")) == []
        assert (await found(ana, "zurbana", mode="text"))["did_you_mean"] is None
        assert (await found(ana, "facturación", mode="text"))["total"] == 1
        assert (await ana.get("/search/suggest", params={"q": "zurb"})).json() == {"suggestions": []}
        assert (await eve.get("/search/suggest", params={"q": "zurb"})).json() == {"suggestions": ["zurbano"]}
        before = (await found(ana, "facturación"))["hits"][0]["score"]
        await library.add("otra.txt", "facturación " * 50, "eve")
        await library.indexed()
        assert (await found(ana, "facturación"))["hits"][0]["score"] == before


async def test_who_may_not_read_documents_finds_none(library: House):
    async with library.client("ben") as ben, library.client("guest") as guest:
        answer = await found(ben, "facturación", facet=["kind"])
        assert (answer["hits"], answer["total"], answer["facets"]) == ([], 0, {"kind": []})
        assert (await ben.get("/search/suggest", params={"q": "fac"})).json() == {"suggestions": []}
        assert (await ben.get("/search/similar/document_1")).status_code == 404
        refused = await guest.get("/search", params={"q": "facturación"})
    assert refused.status_code == 403
    assert refused.json()["code"] == "nothing_to_search"


@pytest.mark.parametrize(
    ("asked", "path", "said"),
    [
        ({"kind": "foo"}, "kind[0]", "There is no kind 'foo'; use document, run, workflow."),
        ({"filter": ["format:txt", "nofield:1"]}, "filter[1]", "Nothing has 'nofield'; use"),
        ({"filter": "created:bad"}, "filter[0]", "'bad' in created is no date; write 2026, 2026-01 or 2026-01-31."),
        ({"filter": "created:2026-13"}, "filter[0]", "'2026-13' in created is no date"),
        ({"filter": "size:>big"}, "filter[0]", "'big' in size is no number or date."),
        ({"facet": "nope"}, "facet[0]", "Nothing has 'nope'; use"),
    ],
)
async def test_what_there_is_not_is_refused_where_it_was_asked(
    library: House, asked: dict[str, object], path: str, said: str
):
    many = {f"{name}s": [value] if isinstance(value, str) else value for name, value in asked.items()}
    async with library.client("ana") as ana:
        by_address = await ana.get("/search", params=asked)
        by_body = await ana.post("/search", json=many)
        kept = await ana.post("/search/saved", json={"name": "x", "query": many})
    assert [answer.status_code for answer in (by_address, by_body, kept)] == [422, 422, 422]
    faults = [answer.json()["errors"] for answer in (by_address, by_body, kept)]
    assert all(fault[0]["message"].startswith(said) for fault in faults)
    assert [fault[0]["path"] for fault in faults] == [path, path.replace("[", "s["), f"query.{path.replace('[', 's[')}"]


@pytest.mark.parametrize(
    ("typed", "notice"),
    [
        ("rent created:2026-13", "'2026-13' in created is no date; write 2026, 2026-01 or 2026-01-31."),
        ("rent -nofield:1", "Nothing has 'nofield'; use"),
        ("rent field.due:x format:txt created:2020..2021", ""),
    ],
)
async def test_what_is_typed_is_never_refused_but_told(library: House, typed: str, notice: str):
    async with library.client("ana") as ana:
        answer = await found(ana, typed, mode="text")
    assert (answer["notice"] or "")[: len(notice) or None] == notice


async def test_a_bad_filter_is_told(library: House):
    async with library.client("ana") as ana:
        answer = await ana.post("/search", json={"q": "x", "filters": ["no filter"]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "bad_filter"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("", {"limit": True}, "limit"),
        ("", {"offset": False}, "offset"),
        ("", {"facet_size": True}, "facet_size"),
        ("", {"highlight": "yes"}, "highlight"),
        ("", {"highlight": 1}, "highlight"),
        ("/rebuild", {"fresh": "yes"}, "fresh"),
        ("/saved", {"name": "x", "shared": 1, "query": {}}, "shared"),
        ("/saved", {"name": "x", "query": {"limit": True}}, "query.limit"),
    ],
)
async def test_a_number_is_no_flag_and_a_flag_is_no_word(
    library: House, path: str, body: dict[str, object], field: str
):
    async with library.client("ana") as ana:
        answer = await ana.post(f"/search{path}", json=body)
    assert answer.status_code == 422
    assert [fault["path"] for fault in answer.json()["errors"]] == [field]


async def test_a_saved_search_is_kept_shared_and_run(library: House):
    async with library.client("ana") as ana, library.client("cleo") as cleo, library.client("eve") as eve:
        wanted = {"name": "Sueldos", "shared": False, "query": {"q": "sueldo", "mode": "text"}}
        saved = (await ana.post("/search/saved", json=wanted)).json()
        assert saved["handle"] == "search_1"
        assert (await cleo.get("/search/saved/search_1")).status_code == 404
        changed = await ana.put("/search/saved/search_1", json={**wanted, "shared": True})
        assert changed.headers["etag"] == '"2"'
        assert titles((await cleo.get("/search/saved/search_1/hits")).json()) == ["nomina.txt"]
        assert (await cleo.delete("/search/saved/search_1")).json()["code"] == "not_your_search"
        assert (await eve.get("/search/saved")).json()["items"] == []
        assert (await ana.delete("/search/saved/search_1")).status_code == 204
        assert (await cleo.get("/search/saved")).json()["items"] == []
