"""What every back end of search must do; a back end's own test file subclasses this and gives its index.

A test that needs what a back end does not state among its capabilities is left out for it.
"""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest
from index_entries import ALL, HERE, THERE, put, vector

from docchain.features.search.port import READY, Batch, Capabilities, Order, Put, Scope, SearchIndex
from docchain.features.search.queries import Everything, stated
from docchain.features.search.query_text import narrowed, parse_query
from docchain.platform.ids import new_id


class IndexContract:
    """Subclass it as `Test…` with a fixture `index` that hands out an empty index."""

    @pytest.fixture(autouse=True)
    def _able(self, request: pytest.FixtureRequest, index: SearchIndex) -> None:
        for mark in request.node.iter_markers("needs"):
            if not getattr(index.capabilities, mark.args[0]):
                pytest.skip(f"{index.capabilities.name} does not state {mark.args[0]}")

    @pytest.fixture
    async def library(self, index: SearchIndex) -> SearchIndex:
        puts = [
            put(
                "Factura", "La facturación del señor Núñez incluye el alquiler", month=1, tag=["urgente"], amount=100.5
            ),
            put("Lease", "The lease contract ends; rents are due", "en", 2, tag=["urgente", "en"], amount=900.0),
            put(
                "Nómina",
                "El sueldo de los empleados",
                month=3,
                vectors=vector(1.0),
                status="open",
                **{"field.total": 12.5},
            ),
            put(
                "nightly",
                "sueldo sueldo",
                kind="run",
                month=3,
                vectors=vector(0.8, 0.6),
                status="failed",
                label="con, coma",
            ),
        ]
        await index.apply(HERE, Batch(puts, position=7))
        await index.apply(THERE, Batch([put("Ajena", "facturación zurbano sueldo", vectors=vector(1.0))], position=3))
        return index

    async def titles(self, index: SearchIndex, q: str, scope: Scope = ALL, order: Order | None = None) -> list[str]:
        ranked = await index.rank(HERE, scope, parse_query(q), 10, order or Order())
        kept = await index.fetch(HERE, [item.id for item in ranked])
        return [kept[item.id].title for item in ranked]

    def test_a_back_end_states_what_it_can(self, index: SearchIndex):
        assert isinstance(index.capabilities, Capabilities)
        assert index.capabilities.name

    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("facturacion", ["Factura"]),
            ("FACTURAS", ["Factura"]),
            ("nunez", ["Factura"]),
            ("contracts", ["Lease"]),
            ("rent", ["Lease"]),
            ("sueldo -empleados", ["nightly"]),
            ("alquiler OR lease", ["Factura", "Lease"]),
            ("title:lease", ["Lease"]),
            ("text:lease title:factura", []),
            ("tag:urgente -tag:en", ["Factura"]),
            ("amount:>500", ["Lease"]),
            ("amount:100..200", ["Factura"]),
            ("field.total:>12", ["Nómina"]),
            ("field.total:12.5", ["Nómina"]),
            ("field.total:<12", []),
            ('label:"con, coma"', ["nightly"]),
            ("created:2026-02", ["Lease"]),
            ("document_Lease", ["Lease"]),
            ("zurbano", []),
            ("sueldo AND empleados AND alquiler", []),
            ("+alquiler nunez lease", ["Factura"]),
            ('tag:"urgente" facturacion', ["Factura"]),
            ("(((", ["Factura", "Lease", "Nómina", "nightly"]),
        ],
    )
    async def test_words_fields_ranges_and_their_combinations(self, library, typed, expected):
        assert sorted(await self.titles(library, typed)) == sorted(expected)

    @pytest.mark.parametrize(
        ("one", "several"),
        [
            ("sociedad", "sociedades"),
            ("ciudad", "ciudades"),
            ("luz", "luces"),
            ("lápiz", "lápices"),
            ("alquiler", "alquileres"),
            ("aleman", "alemanes"),
            ("imagen", "imágenes"),
            ("interés", "intereses"),
            ("ley", "leyes"),
        ],
    )
    async def test_one_is_found_by_several_and_several_by_one(self, index, one, several):
        await index.apply(HERE, Batch([put("Uno", f"Hay {one} aquí"), put("Varios", f"Hay {several} aquí")]))
        assert sorted(await self.titles(index, one)) == ["Uno", "Varios"]
        assert sorted(await self.titles(index, several)) == ["Uno", "Varios"]

    @pytest.mark.needs("phrases")
    async def test_a_phrase_is_in_order_and_slop_allows_words_between(self, library):
        assert await self.titles(library, '"sueldo de los empleados"') == ["Nómina"]
        assert await self.titles(library, '"empleados de los sueldo"') == []
        assert await self.titles(library, '"facturacion nunez"') == []
        assert await self.titles(library, '"facturacion nunez"~2') == ["Factura"]

    @pytest.mark.needs("prefixes")
    async def test_a_word_that_begins_so(self, library):
        assert await self.titles(library, "alqui*") == ["Factura"]

    @pytest.mark.needs("fuzzy")
    async def test_a_word_that_is_misspelt(self, library):
        assert await self.titles(library, "alqiler~") == ["Factura"]

    async def test_a_scope_comes_before_ranking(self, library):
        assert await self.titles(library, "sueldo", Scope(("document",))) == ["Nómina"]
        only = Scope(("document", "run"), (narrowed("status", "failed"),))
        assert await self.titles(library, "sueldo", only) == ["nightly"]
        assert await self.titles(library, "sueldo", Scope(("",))) == []

    async def test_dates_order_what_is_found(self, library):
        assert (await self.titles(library, "", ALL, Order("created", descending=False)))[:2] == ["Factura", "Lease"]
        assert (await self.titles(library, "", ALL, Order("created")))[-1] == "Factura"

    @pytest.mark.needs("facets")
    async def test_facets_count_matches_and_what_is_counted_besides(self, library):
        counts = await library.count(HERE, ALL, parse_query("facturacion"), [], {"tag": 5, "kind": 5})
        assert (counts.total, dict(counts.facets)) == (1, {"tag": [("urgente", 1)], "kind": [("document", 1)]})
        fields = await library.count(HERE, ALL, Everything(), [], {"field.total": 5})
        assert list(fields.facets["field.total"]) == [("12.5", 1)]
        also = [(await library.rank(HERE, ALL, parse_query("title:lease"), 1, Order()))[0].id]
        both = await library.count(HERE, ALL, parse_query("facturacion"), also, {"tag": 5})
        assert (both.total, list(both.facets["tag"])) == (2, [("urgente", 2), ("en", 1)])

    @pytest.mark.needs("vectors")
    async def test_the_nearest_in_meaning_come_first_within_the_scope(self, library):
        asked = np.zeros(512, np.float32)
        asked[0] = 1.0
        near = await library.nearest(HERE, ALL, asked.tolist(), 5)
        assert [round(item.similarity, 2) for item in near] == [1.0, 0.8]
        runs = await library.nearest(HERE, Scope(("run",)), asked.tolist(), 5)
        assert [round(item.similarity, 2) for item in runs] == [0.8]

    @pytest.mark.needs("vectors")
    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("-empleados", ["nightly"]),
            ('"sueldo de los empleados"', ["Nómina"]),
            ("title:nightly", ["nightly"]),
            ("alqui* OR +sueldo", ["Nómina", "nightly"]),
            ("field.total:>12 -nightly", ["Nómina"]),
            ("+zurbano", []),
        ],
    )
    async def test_what_is_near_in_meaning_is_within_what_was_stated(self, library, typed, expected):
        said = stated(parse_query(typed))
        scope = Scope(ALL.kinds, (said,))
        near = await library.nearest(HERE, scope, [1.0, *[0.0] * 511], 5)
        kept = await library.fetch(HERE, [item.id for item in near])
        assert [kept[item.id].title for item in near] == expected

    @pytest.mark.needs("highlights")
    async def test_highlights_mark_what_matched(self, library):
        query = parse_query("facturacion")
        ids = [item.id for item in await library.rank(HERE, ALL, query, 5, Order())]
        pieces = (await library.highlight(HERE, ids, query, 100))[ids[0]]
        marked = {piece.text[start:end] for piece in pieces for start, end in piece.marks}
        assert "facturación" in marked

    @pytest.mark.needs("suggestions")
    async def test_suggestions_are_words_of_the_scope(self, library):
        assert await library.suggest(HERE, ALL, "el alq", 5) == ["el alquiler"]
        assert await library.suggest(HERE, Scope(("run",)), "alq", 5) == []
        assert await library.suggest(HERE, ALL, "zur", 5) == []

    @pytest.mark.needs("corrections")
    async def test_corrections_are_words_of_the_scope(self, library):
        assert await library.correct(HERE, ALL, ["alqiler", "sueldo", "zurbanos"]) == {"alqiler": "alquiler"}
        assert await library.correct(HERE, Scope(("run",)), ["alqiler"]) == {}

    async def test_a_batch_again_changes_nothing_and_a_newer_one_replaces(self, index):
        first = put("Uno", "primero", vectors=vector(1.0))
        await index.apply(HERE, Batch([first], position=1))
        await index.apply(HERE, Batch([first], position=1))
        assert (await index.sizes(HERE))["entries"] == 1
        changed = Put(first.entry, "segundo", "es", READY, None)
        await index.apply(HERE, Batch([changed], position=2))
        assert await self.titles(index, "primero") == []
        assert await self.titles(index, "segundo") == ["Uno"]
        assert await index.position(HERE) == 2
        await index.apply(HERE, Batch(drops=[first.entry.id, new_id()], position=3))
        assert (await index.sizes(HERE))["entries"] == 0
        assert await index.nearest(HERE, ALL, [1.0] + [0.0] * 511, 5) == []

    async def test_a_new_name_is_found_and_the_old_one_is_not(self, index):
        first = put("Borrador", "el texto", vectors=vector(1.0), tag=["a"])
        await index.apply(HERE, Batch([first, put("Otra", "el texto")], position=1))
        renamed = replace(first.entry, title="Definitivo", facts={"tag": ["b"]})
        await index.apply(HERE, Batch([Put(renamed, "el texto", "es", READY, None)], position=2))
        assert await self.titles(index, "borrador") == []
        assert await self.titles(index, "title:definitivo") == ["Definitivo"]
        assert await self.titles(index, "tag:a") == []
        assert await self.titles(index, "texto", Scope(("document",), (narrowed("tag", "b"),))) == ["Definitivo"]
        counts = await index.count(HERE, ALL, Everything(), [], {"tag": 5})
        assert (counts.total, list(counts.facets["tag"])) == (2, [("b", 1)])

    @pytest.mark.needs("vectors")
    async def test_a_name_that_changes_keeps_the_meaning_and_moves_it_to_its_new_facts(self, index):
        first = put("Borrador", "el texto", vectors=vector(1.0), tag=["a"])
        await index.apply(HERE, Batch([first], position=1))
        moved = replace(first.entry, title="Definitivo", facts={"tag": ["b"]})
        await index.apply(HERE, Batch([Put(moved, "el texto", "es", READY, None)], position=2))
        asked = [1.0] + [0.0] * 511
        within = {tag: Scope(("document",), (narrowed("tag", tag),)) for tag in ("a", "b")}
        assert await index.nearest(HERE, within["a"], asked, 5) == []
        assert [item.id for item in await index.nearest(HERE, within["b"], asked, 5)] == [moved.id]
        assert list((await index.carry(HERE, [moved.id])).values()) == [vector(1.0)]

    async def test_what_was_dropped_is_nowhere_any_more(self, library):
        found = await library.rank(HERE, ALL, parse_query("title:factura"), 1, Order())
        await library.apply(HERE, Batch(drops=[found[0].id], position=8))
        assert await self.titles(library, "facturacion") == []
        assert await library.fetch(HERE, [found[0].id]) == {}
        counts = await library.count(HERE, ALL, Everything(), [found[0].id], {"tag": 5})
        assert (counts.total, list(counts.facets["tag"])) == (3, [("en", 1), ("urgente", 1)])
        assert found[0].id not in await library.ids(HERE, "document")

    async def test_a_scope_comes_before_the_limit(self, index):
        others = [put(f"n{number}", "sueldo sueldo", kind="run") for number in range(30)]
        await index.apply(HERE, Batch([*others, put("Nómina", "un sueldo entre otras cosas")], position=1))
        ranked = await index.rank(HERE, Scope(("document",)), parse_query("sueldo"), 1, Order())
        kept = await index.fetch(HERE, [item.id for item in ranked])
        assert [item.title for item in kept.values()] == ["Nómina"]
        counts = await index.count(HERE, Scope(("document",)), parse_query("sueldo"), [], {"kind": 5})
        assert (counts.total, list(counts.facets["kind"])) == (1, [("document", 1)])

    @pytest.mark.needs("vectors")
    async def test_a_scope_comes_before_the_limit_of_meaning_too(self, index):
        others = [put(f"n{number}", "x", kind="run", vectors=vector(1.0)) for number in range(30)]
        far = put("Nómina", "x", vectors=vector(0.6, 0.8) + vector(0.0, 1.0), tag=["b"])
        await index.apply(HERE, Batch([*others, far], position=1))
        asked = [1.0] + [0.0] * 511
        for scope in (Scope(("document",)), Scope(("document", "run"), (narrowed("tag", "b"),))):
            near = await index.nearest(HERE, scope, asked, 1)
            assert [(item.id, round(item.similarity, 2), item.passage) for item in near] == [(far.entry.id, 0.6, 0)]

    async def test_what_was_kept_is_told_as_it_was_given(self, library):
        found = await library.rank(HERE, ALL, parse_query("title:lease"), 1, Order())
        kept = (await library.fetch(HERE, [found[0].id, new_id()]))[found[0].id]
        assert (kept.kind, kept.handle, kept.language, kept.key, kept.state) == (
            *("document", "document_Lease", "en", "k"),
            READY,
        )
        assert kept.facts == {"tag": ["urgente", "en"], "amount": 900.0}
        assert kept.created_at == datetime(2026, 2, 3, 12, tzinfo=UTC)

    async def test_an_index_that_is_not_there_has_nothing_and_no_position(self, index):
        assert await index.position(UUID(int=9)) is None
        assert await index.rank(UUID(int=9), ALL, Everything(), 5, Order()) == []

    @pytest.mark.needs("live_rebuild")
    async def test_a_generation_grows_unseen_and_takes_the_place_of_the_old_one(self, library):
        generation = await library.begin(HERE)
        await generation.apply(Batch([put("Nueva", "recién construida")], position=9))
        assert await self.titles(library, "facturacion") == ["Factura"]
        assert await library.position(HERE) == 7
        await generation.publish()
        assert await self.titles(library, "") == ["Nueva"]
        assert await library.position(HERE) == 9
        dropped = await library.begin(HERE)
        await dropped.apply(Batch([put("Otra", "x")]))
        await dropped.discard()
        assert await self.titles(library, "") == ["Nueva"]
