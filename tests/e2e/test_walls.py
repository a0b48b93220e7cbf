"""What is in another workspace answers as what never was, in every operation that the description has, and as soon."""

import re
import statistics
import time
import uuid
from pathlib import Path

import httpx
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NEVER = str(uuid.UUID("0199f5e2-0000-7000-8000-00000000dead"))
NUMBER = "987654"
TABLE = "walled"
SAMPLES = 150
WORDS = {"number": "1", "step": "text", "node": "text", "field": "total", "picture": "1.png", "page": "1", "tag": "x"}
BODIES = {
    "application/yaml": b"workflow: x\n",
    "text/csv": b"a,b\n1,2\n",
    "application/octet-stream": b"one",
    "application/offset+octet-stream": b"one",
}
OPEN = {("GET", "/api/v3/files/{token}"), ("POST", "/api/v3/intake/hooks/{token}"), ("PUT", "/api/v3/tables/{name}")}
"""What whoever knows it may use, and what makes a table of that name."""
SETTINGS = "/api/v3/admin/settings/"
"""Everywhere of the same names, and one's own."""


def example_of(operation, schemas):
    """The published body of an operation, and its type."""
    content = operation.get("requestBody", {}).get("content", {})
    for kind, told in content.items():
        if kind == "application/json":
            examples = [case["value"] for case in told.get("examples", {}).values()] or [told.get("example")]
            name = told.get("schema", {}).get("$ref", "").rpartition("/")[2]
            return kind, examples[0] or schemas.get(name, {}).get("example") or {}
        if kind in BODIES:
            return kind, BODIES[kind]
    return None, None


@pytest.fixture(scope="module")
def description(shared):
    return httpx.get(f"{shared.url}/openapi.json", timeout=60).json()


@pytest.fixture(scope="module")
def names(admin):
    """The ids of something of everything, by the name of the parameter that takes it."""
    for _ in range(3):  # so that handles go beyond what the stranger has
        document = admin.upload(EXAMPLES / "invoice_matching" / "documents" / "facturae.xml")
    workflow = admin.workflow([{"id": "text", "use": "human.approval", "with": {"title": "Fine?"}}])
    run = admin.run(workflow)
    tus = admin.post("/files/tus", headers={"tus-resumable": "1.0.0", "upload-length": "5"})
    query = {"name": "walls and walls", "query": {"q": "factura"}}
    link = admin.post(f"/documents/{document['handle']}/link", json={})
    assert link.is_success, link.text
    loaded = admin.put(f"/tables/{TABLE}", content=b"nif,name\nB1,Acme\n", headers={"content-type": "text/csv"})
    assert loaded.is_success, loaded.text
    return {
        "document": (document["id"], document["handle"]),
        "workflow": (admin.get(f"/workflows/{workflow}").json()["id"], workflow),
        "run": (run["id"], run["handle"]),
        "approval": (admin.approval_of(run["id"])["id"],),
        "item": (admin.get("/intake").json()["items"][0]["id"],),
        "source": (admin.post("/intake/sources", json={"kind": "hook", "name": "walled"}).json()["id"],),
        "saved": (admin.post("/search/saved", json=query).json()["id"],),
        "upload": (tus.headers["location"].rpartition("/")[2],),
        "name": (TABLE,),
        "link": (admin.get(f"/documents/{document['handle']}/links").json()["items"][0]["id"],),
        **{
            kind: (admin.post(f"/documents/{kind}s", json={"name": f"walled {kind}"}).json()["id"],)
            for kind in ("type", "correspondent", "collection")
        },
    }


@pytest.fixture(scope="module")
def stranger(shared):
    body = {"username": "walled", "password": "correct horse battery"}
    token = httpx.post(f"{shared.url}/api/v3/auth/register", json=body).json()["access_token"]
    headers = {"authorization": f"Bearer {token}", "if-match": "*"}
    with httpx.Client(base_url=shared.url, headers=headers, timeout=30) as client:
        yield client


def operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            is_elsewhere = "{" in path and (method.upper(), path) not in OPEN and not path.startswith(SETTINGS)
            if is_elsewhere and isinstance(operation, dict):
                yield path, method.upper(), operation


def addresses(path, names):
    """Of what is elsewhere, each beside the same of what never was."""
    (subject, *_) = (word for word in re.findall(r"{(\w+)}", path) if word in names)
    for reference in names[subject]:
        never = NEVER if len(reference) == len(NEVER) else f"{subject}_{NUMBER}"
        rest = {word: told[0] for word, told in names.items()} | WORDS
        yield (
            subject,
            reference,
            never,
            path.format(**rest | {subject: reference}),
            path.format(**rest | {subject: never}),
        )


def shape(answer, reference):
    """All that can be told from an answer but the name that was asked for, and the time."""
    headers = sorted(name for name in answer.headers if name not in ("date", "x-request-id", "content-length"))
    body = re.sub(r"\b[a-z]+_\d+\b", "*", answer.text.replace(reference, "*"))  # also a hint's example
    body = re.sub(r'"(request_id|instance|at)":"[^"]*"', "", body)
    return answer.status_code, headers, body


def test_no_operation_tells_what_is_elsewhere_from_what_never_was(description, names, stranger):
    schemas = description["components"]["schemas"]
    asked, found, unknown = 0, [], set()
    for path, method, operation in operations(description):
        words = re.findall(r"{(\w+)}", path)
        if not any(word in names for word in words) or not set(words) <= {*names, *WORDS}:
            unknown.add(path)
            continue
        kind, body = example_of(operation, schemas)
        sent = {"json": body} if kind == "application/json" else {"content": body} if kind else {}
        headers = {"content-type": kind} if kind else {}
        headers |= {"tus-resumable": "1.0.0", "upload-offset": "0"} if "/tus/" in path else {}
        versions = {"old": "1", "new": "1"} if "/diff" in path else None
        for _, reference, never, elsewhere, nowhere in addresses(path, names):
            answers = [
                stranger.request(method, address, headers=headers, params=versions, **sent)
                for address in (elsewhere, nowhere)
            ]
            asked += 1
            told = [shape(answers[0], reference), shape(answers[1], never)]
            if told[0] != told[1] or answers[0].status_code != 404:
                found.append((method, path, told))
    assert found == []
    assert asked >= 150
    documents = ("/documents", "/files", "/search", "/intake", "/storage", "/tables")
    assert {path for path in unknown if path.removeprefix("/api/v3").startswith(documents)} == set()


def test_no_list_and_no_report_has_anything_of_elsewhere(description, names, stranger):
    secret = [reference for told in names.values() for reference in told if len(reference) > 20]
    reads = [path for path, methods in description["paths"].items() if "get" in methods and "{" not in path]
    assert {"/api/v3/documents", "/api/v3/intake", "/api/v3/search", "/api/v3/storage/usage"} <= set(reads)
    for path in reads:
        if path.endswith(("/stream", "/ws")):
            continue
        answer = stranger.get(path, params={"q": "factura"} if "/search" in path else None)
        assert [reference for reference in secret if reference in answer.text] == [], path


def test_what_is_named_in_a_body_is_not_there_either(names, stranger):
    document, handle = names["document"]
    for reference, never in ((document, NEVER), (handle, f"document_{NUMBER}")):
        for path, body in (
            ("documents/merge", lambda name: {"documents": [name, name]}),
            ("documents/bulk", lambda name: {"action": "delete", "documents": [name]}),
            ("documents/bulk", lambda name: {"action": "restore", "documents": [name]}),
        ):
            answers = [stranger.post(f"/api/v3/{path}", json=body(name)) for name in (reference, never)]
            assert shape(answers[0], reference) == shape(answers[1], never), path
            assert "404" in answers[0].text


@pytest.mark.parametrize("path", ["documents/{}", "documents/{}/content", "documents/{}/lineage"])
def test_what_is_elsewhere_takes_as_long_as_what_never_was(names, stranger, path):
    """Asked in turns; medians differ no more than those of two ids that never were differ from each other."""
    ids = [names["document"][0], NEVER, NEVER.replace("dead", "beef")]
    took = {reference: [] for reference in ids}
    for turn in range(SAMPLES):
        for reference in ids[turn % 3 :] + ids[: turn % 3]:
            began = time.perf_counter()
            answer = stranger.get(f"/api/v3/{path.format(reference)}")
            took[reference].append(time.perf_counter() - began)
            assert answer.status_code == 404
    elsewhere, never, neither = (statistics.median(took[reference]) for reference in ids)
    noise = abs(never - neither)
    assert abs(elsewhere - never) <= 3 * noise + 0.25 * never
