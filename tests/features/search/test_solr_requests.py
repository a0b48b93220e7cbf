"""What Solr is sent, in the forms of its reference guide; no Solr runs here, so the back end is labelled untested."""

import json
from uuid import UUID

from contract import HERE, put, vector
from scripted_search import scripted

from docchain.features.search.port import READY, Batch, Order, Put, Scope
from docchain.features.search.query_text import narrowed, parse_query
from docchain.features.search.solr import SolrIndex, requests

SCOPE = Scope(("document",), (narrowed("tag", "a,b c"),))


def term(field: str, value: str) -> dict:
    return {"term": {"f": field, "v": value}}


def test_a_ranking_has_its_scope_as_filters():
    asked = requests.ranking(SCOPE, parse_query("title:lease"), 10, Order())
    stems = [
        {"boost": {"query": term("title_ws", "lease"), "b": 3.125}},
        {"boost": {"query": term("title_es_ws", "leas"), "b": 2.5}},
        {"boost": {"query": term("title_en_ws", "leas"), "b": 2.5}},
    ]
    assert asked == {
        "query": {"bool": {"must": [{"bool": {"should": stems}}]}},
        "filter": [
            {"bool": {"should": [term("marks_ss", "kind=document")]}},
            {"bool": {"should": [term("marks_ss", "tag=a"), term("marks_ss", "tag=b c")]}},
        ],
        "limit": 10,
        "fields": "id,score",
        "sort": "score desc, id asc",
    }


def test_phrases_slips_beginnings_ranges_and_what_is_left_out():
    said = [
        requests.said(requests.asked_of(parse_query(typed))) for typed in ('text:"a b"~2', "text:alqiler~", "text:fac*")
    ]
    assert said[0]["bool"]["should"] == [
        {"boost": {"query": {"lucene": {"df": "text_ws", "query": '"a b"~2'}}, "b": 1.0}}
    ]
    assert said[1]["bool"]["should"][0]["boost"]["query"] == {"lucene": {"df": "text_ws", "query": "alqiler~1"}}
    assert said[2]["bool"]["should"][0]["boost"]["query"] == {"prefix": {"f": "text_ws", "v": "fac"}}
    assert requests.said(requests.asked_of(parse_query("amount:>100"))) == {
        "lucene": {"df": "number_amount_ds", "query": "[100.000000 TO *]"}
    }
    assert requests.said(requests.asked_of(parse_query("-tag:x"))) == {
        "bool": {
            "must": [
                "*:*",
                {"bool": {"must": ["*:*"], "must_not": [{"bool": {"should": [term("marks_ss", "tag=x")]}}]}},
            ]
        }
    }


def test_facets_count_marks_by_their_beginning():
    asked = requests.counting(SCOPE, parse_query(""), [str(UUID(int=5))], {"field.total": 3})
    assert asked["query"] == {"bool": {"should": ["*:*", {"bool": {"should": [term("id", str(UUID(int=5)))]}}]}}
    assert asked["facet"] == {"facet0": {"type": "terms", "field": "marks_ss", "prefix": "field.total=", "limit": 3}}


def test_a_document_has_fields_of_the_default_configuration():
    entry: Put = put("Nómina", "Los empleados", **{"field.total": 12.5})
    sent, position = json.loads(requests.documents(Batch([entry], position=7), "usem3", {}))
    assert sent["id"] == str(entry.entry.id)
    assert (sent["title_ws"], sent["text_ws"], sent["text_es_ws"]) == ("nomina", "los empleados", "emple")
    assert sent["marks_ss"] == [
        "field.total=12.5",
        "handle=document_Nómina",
        "kind=document",
        "language=es",
        "month=2026-01",
    ]
    assert (sent["number_field_total_ds"], sent["created_d"]) == ([12.5], 1767441600.0)
    assert position == {"id": "@position", "position_l": 7}


async def test_a_collection_gets_a_field_for_vectors():
    async with scripted({"action=LISTALIASES": {"aliases": {}}, "GET /solr/admin": {}, "POST /solr/": {}}) as server:
        index = SolrIndex(f"{server.url}/solr", "usem3")
        await index.apply(HERE, Batch())
        await index.close()
    assert server.bodies("/schema") == [
        {
            "add-field-type": {
                "name": "docchain_vector",
                "class": "solr.DenseVectorField",
                "vectorDimension": 512,
                "similarityFunction": "cosine",
            },
            "add-field": [
                {"name": "vector", "type": "docchain_vector", "indexed": True, "stored": False},
                {"name": "vectors", "type": "string", "indexed": False, "docValues": False, "stored": True},
            ],
        }
    ]


def test_passages_are_documents_within_that_of_their_entry():
    entry = put("Nómina", "x", vectors=vector(1.0) + vector(0.0, 1.0))
    sent = json.loads(requests.documents(Batch([entry]), "usem3", {}))[0]
    assert [passage["id"] for passage in sent["passages"]] == [f"{entry.entry.id}#0", f"{entry.entry.id}#1"]
    assert sent["passages"][1]["vector"][:3] == [0.0, 1.0, 0.0]
    assert (sent["model_s"], sent["parts_i"]) == ("usem3", 2)
    again = Put(entry.entry, "x", "es", READY, None)
    assert json.loads(requests.documents(Batch([again]), "usem3", {entry.entry.id: sent["vectors"]}))[0] == sent


async def test_the_nearest_passages_are_looked_for_within_the_scope():
    one, other = UUID(int=8), UUID(int=9)
    docs = [{"id": f"{one}#3", "score": 0.9}, {"id": f"{one}#1", "score": 0.8}, {"id": f"{other}#0", "score": 0.7}]
    async with scripted({"/query": {"response": {"numFound": 3, "docs": docs}}}) as server:
        index = SolrIndex(f"{server.url}/solr", "usem3")
        near = await index.nearest(HERE, SCOPE, [1.0, 0.5], 5)
        await index.close()
    assert [(item.id, round(item.similarity, 2), item.passage) for item in near] == [(one, 0.8, 3), (other, 0.4, 0)]
    inside = [
        term("model_s", "usem3"),
        {"bool": {"should": [term("marks_ss", "kind=document")]}},
        {"bool": {"should": [term("marks_ss", "tag=a"), term("marks_ss", "tag=b c")]}},
    ]
    assert server.bodies("/query") == [
        {
            "query": {"knn": {"f": "vector", "topK": 20, "preFilter": "$within", "query": "[1.0,0.5]"}},
            "queries": {"within": {"child": {"of": "*:* -_nest_path_:*", "query": {"bool": {"must": inside}}}}},
            "limit": 20,
            "fields": "id,score",
        }
    ]


def test_collections_are_made_named_and_removed():
    made = requests.collection("CREATE", name="docchain-1", numShards="1", collection_configName="_default")
    assert made == "admin/collections?action=CREATE&name=docchain-1&numShards=1&collection.configName=_default"
