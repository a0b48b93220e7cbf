"""What OpenSearch and Elasticsearch are sent, in the forms that their references prescribe.

Pages: create index, bulk, term-level and full-text queries, terms aggregation, aliases, nested field search of vectors
(OpenSearch: k-NN vector; Elasticsearch: dense vector, nested kNN search). None of the two runs here: the text part runs
against a server that speaks as OpenSearch does, the vector part is compared with those forms only.
"""

from base64 import b64encode
from uuid import UUID

import pytest
from contract import HERE, put, vector
from scripted_search import scripted

from docchain.features.search.opensearch import OpenSearchIndex, requests
from docchain.features.search.port import READY, Batch, Order, Put, Scope
from docchain.features.search.queries import Node
from docchain.features.search.query_text import narrowed, parse_query

ALIAS = "docchain-00000000000000000000000000000001"
KNN = {"GET /_cat/plugins": [{"name": "node", "component": "opensearch-knn", "version": "2.19.0.0"}]}
TAKEN = {"POST /_bulk": {"errors": False, "items": []}}
MADE = {"PUT /docchain-": {"acknowledged": True}}
KINDS = {"constant_score": {"filter": {"terms": {"marks": ["kind=document"]}}, "boost": 0.0}}


def asked(typed: str | Node) -> dict:
    node = parse_query(typed) if isinstance(typed, str) else typed
    return requests.said(requests.asked_of(node))


async def made(product: str, answers: dict) -> dict:
    async with scripted({**MADE, **TAKEN, **answers}) as server:
        index = OpenSearchIndex(server.url, "usem3", product)
        await index.apply(HERE, Batch())
        await index.close()
    return server.bodies("PUT /docchain-")[0]


async def test_an_index_of_opensearch_has_nested_passages_with_knn_vectors():
    body = await made("opensearch", KNN)
    assert body["settings"] == {"index": {"knn": True}}
    assert body["aliases"] == {ALIAS: {}}
    mappings = body["mappings"]
    assert mappings["properties"]["passages"] == {
        "type": "nested",
        "properties": {
            "vector": {
                "type": "knn_vector",
                "dimension": 512,
                "space_type": "innerproduct",
                "method": {"name": "hnsw", "engine": "lucene"},
            }
        },
    }
    assert mappings["properties"]["text_es"] == {"type": "text", "analyzer": "whitespace"}
    assert mappings["properties"]["marks"] == {"type": "keyword"}
    assert mappings["properties"]["kept"] == {"type": "keyword", "index": False, "doc_values": False}
    assert mappings["dynamic_templates"][0] == {
        "numbers": {"path_match": "numbers.*", "mapping": {"type": "double"}},
    }
    assert "passages" in mappings["_source"]["excludes"]


async def test_an_index_of_elasticsearch_has_dense_vectors():
    body = await made("elasticsearch", {})
    assert body["settings"] == {}
    assert body["mappings"]["properties"]["passages"] == {
        "type": "nested",
        "properties": {
            "vector": {
                "type": "dense_vector",
                "dims": 512,
                "index": True,
                "similarity": "max_inner_product",
                "index_options": {"type": "hnsw"},
            }
        },
    }


async def test_an_opensearch_without_its_plugin_is_asked_for_no_vectors():
    body = await made("opensearch", {"GET /_cat/plugins": []})
    assert "passages" not in body["mappings"]["properties"]
    assert "settings" not in body


async def test_a_batch_is_lines_of_actions_and_documents_with_the_position_last():
    entry = put("Nómina", "Los empleados", vectors=vector(1.0) + vector(0.6, 0.8), **{"field.total": 12.5})
    gone = UUID(int=5)
    async with scripted({**KNN, **TAKEN, f"GET /_alias/{ALIAS}": {"x": {}}}) as server:
        index = OpenSearchIndex(server.url, "usem3")
        await index.apply(HERE, Batch([entry], [gone], 7))
        await index.close()
    delete, action, source, place, position = server.bodies("POST /_bulk?refresh=true")[0]
    assert delete == {"delete": {"_index": ALIAS, "_id": str(gone)}}
    assert action == {"index": {"_index": ALIAS, "_id": str(entry.entry.id)}}
    assert (source["title"], source["text"], source["text_es"]) == ("nomina", "los empleados", "emple")
    assert source["numbers"] == {"field__total": [12.5]}
    assert source["marks"][0] == "field.total=12.5"
    assert [passage["vector"][:2] for passage in source["passages"]] == [[1.0, 0.0], [0.60009765625, 0.7998046875]]
    assert (source["model"], source["parts"]) == ("usem3", 2)
    assert (place, position) == ({"index": {"_index": ALIAS, "_id": "@position"}}, {"position": 7})


async def test_vectors_that_are_not_given_again_are_taken_over():
    entry = put("Nómina", "Los empleados", vectors=vector(1.0))
    given = requests.meaning_of(b64encode(vector(1.0)).decode(), "usem3", vectors=True)
    known = {
        "docs": [
            {"_id": str(entry.entry.id), "found": True, "_source": {"vectors": given["vectors"], "model": "usem3"}}
        ]
    }
    async with scripted({**KNN, **TAKEN, f"GET /_alias/{ALIAS}": {"x": {}}, "/_mget": known}) as server:
        index = OpenSearchIndex(server.url, "usem3")
        await index.apply(HERE, Batch([Put(entry.entry, "Los empleados", "es", READY, None)]))
        await index.close()
    assert ("POST", f"/{ALIAS}/_mget?_source_includes=vectors,model", {"ids": [str(entry.entry.id)]}) in server.sent
    assert server.bodies("POST /_bulk")[0][1]["passages"] == given["passages"]


NEAR = Scope(("document",), (narrowed("tag", "a"),))
INSIDE = {
    "bool": {
        "filter": [
            {"term": {"model": {"value": "usem3"}}},
            KINDS,
            {"constant_score": {"filter": {"terms": {"marks": ["tag=a"]}}, "boost": 0.0}},
        ]
    }
}
FOUND = {
    "hits": {
        "total": {"value": 2, "relation": "eq"},
        "hits": [
            {
                "_id": str(UUID(int=8)),
                "_score": 1.75,
                "inner_hits": {
                    "passages": {"hits": {"hits": [{"_nested": {"field": "passages", "offset": 3}, "_score": 1.75}]}}
                },
            },
            {
                "_id": str(UUID(int=9)),
                "_score": 0.8,
                "inner_hits": {
                    "passages": {"hits": {"hits": [{"_nested": {"field": "passages", "offset": 0}, "_score": 0.8}]}}
                },
            },
        ],
    }
}


async def nearest(product: str, answers: dict) -> tuple[dict, list]:
    async with scripted({**answers, "/_search": FOUND}) as server:
        index = OpenSearchIndex(server.url, "usem3", product)
        near = await index.nearest(HERE, NEAR, [1.0, 0.0], 20)
        await index.close()
    return server.bodies(f"POST /{ALIAS}/_search")[0], [
        (item.id.int, round(item.similarity, 2), item.passage) for item in near
    ]


async def test_opensearch_looks_for_the_nearest_among_nested_passages_within_the_scope():
    body, near = await nearest("opensearch", KNN)
    assert body == {
        "size": 20,
        "_source": False,
        "query": {
            "nested": {
                "path": "passages",
                "query": {"knn": {"passages.vector": {"vector": [1.0, 0.0], "k": 20, "filter": INSIDE}}},
                "score_mode": "max",
                "ignore_unmapped": True,
                "inner_hits": {"_source": False, "size": 1},
            }
        },
    }
    assert near == [(8, 0.75, 3), (9, -0.25, 0)]


async def test_elasticsearch_looks_for_the_nearest_in_the_knn_section_within_the_scope():
    body, near = await nearest("elasticsearch", {})
    assert body == {
        "size": 20,
        "_source": False,
        "knn": {
            "field": "passages.vector",
            "query_vector": [1.0, 0.0],
            "k": 20,
            "num_candidates": 200,
            "filter": INSIDE,
            "inner_hits": {"_source": False, "size": 1},
        },
    }
    assert near == [(8, 0.75, 3), (9, -0.25, 0)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("title:lease", {"term": {"title": {"value": "lease", "boost": 3.125}}}),
        ('text:"a b"~2', {"match_phrase": {"text": {"query": "a b", "slop": 2, "boost": 1.0}}}),
        ("text:fac*", {"prefix": {"text": {"value": "fac", "boost": 1.0}}}),
        ("text:alqiler~", {"fuzzy": {"text": {"value": "alqiler", "fuzziness": 1, "boost": 1.0}}}),
    ],
)
def test_words_phrases_beginnings_and_slips(typed: str, first: dict):
    found = asked(typed)
    while first not in found.get("dis_max", {}).get("queries", ()):
        found = found["bool"]["must"][0]
    assert found["dis_max"]["tie_breaker"] == 0.1


def test_ranges_facts_and_what_is_left_out():
    assert asked("amount:>100") == {"range": {"numbers.amount": {"gte": 100.0}}}
    assert asked("field.total:10..20") == {"range": {"numbers.field__total": {"gte": 10.0, "lte": 20.0}}}
    tagged = {"constant_score": {"filter": {"terms": {"marks": ["tag=x"]}}, "boost": 0.0}}
    left_out = {"bool": {"must": [{"match_all": {}}], "must_not": [tagged]}}
    assert asked("-tag:x") == {"bool": {"must": [{"match_all": {}}, left_out]}}


async def test_a_ranking_has_its_scope_as_filter_and_a_date_as_sort():
    answer = {"hits": {"hits": [{"_id": str(UUID(int=8)), "_score": None}], "total": {"value": 1}}}
    async with scripted({"/_search": answer}) as server:
        index = OpenSearchIndex(server.url, "usem3")
        ranked = await index.rank(HERE, Scope(("document",)), parse_query(""), 10, Order("created"))
        await index.close()
    assert server.sent == [
        (
            "POST",
            f"/{ALIAS}/_search",
            {
                "query": {"bool": {"filter": [KINDS], "must": [{"match_all": {}}]}},
                "size": 10,
                "_source": ["id"],
                "sort": [{"moments.created": "desc"}, {"id": "asc"}],
            },
        )
    ]
    assert [item.id for item in ranked] == [UUID(int=8)]


async def test_facets_are_terms_of_marks_with_their_beginning():
    buckets = {"facet0": {"buckets": [{"key": "field.total=12.5", "doc_count": 3}]}}
    answer = {"hits": {"hits": [], "total": {"value": 3, "relation": "eq"}}, "aggregations": buckets}
    async with scripted({"/_search": answer}) as server:
        index = OpenSearchIndex(server.url, "usem3")
        counts = await index.count(HERE, Scope(("document",)), parse_query(""), [UUID(int=8)], {"field.total": 5})
        await index.close()
    assert server.bodies("/_search") == [
        {
            "query": {
                "bool": {
                    "filter": [KINDS],
                    "must": [
                        {
                            "bool": {
                                "should": [{"match_all": {}}, {"terms": {"id": [str(UUID(int=8))]}}],
                                "minimum_should_match": 1,
                            }
                        }
                    ],
                }
            },
            "size": 0,
            "track_total_hits": True,
            "aggs": {"facet0": {"terms": {"field": "marks", "include": "field\\.total=.*", "size": 5}}},
        }
    ]
    assert (counts.total, list(counts.facets["field.total"])) == (3, [("12.5", 3)])


async def test_a_new_generation_takes_the_alias_and_removes_the_old_one_in_one_request():
    old = {f"{ALIAS}-0": {"aliases": {ALIAS: {}}}}
    answers = {**KNN, **MADE, f"GET /{ALIAS}-*": old, "POST /_aliases": {"acknowledged": True}}
    async with scripted(answers) as server:
        index = OpenSearchIndex(server.url, "usem3")
        await (await index.begin(HERE)).publish()
        await index.close()
    new = next(path for method, path, _ in server.sent if method == "PUT").removeprefix("/")
    assert server.bodies("POST /_aliases") == [
        {"actions": [{"add": {"index": new, "alias": ALIAS}}, {"remove_index": {"index": f"{ALIAS}-0"}}]}
    ]
