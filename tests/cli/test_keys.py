"""API keys from the command line: made once, good for the API, and good for nothing after they were revoked."""

import json

import httpx


def test_a_key_opens_the_api_until_it_is_revoked(docchain):
    with docchain.serving() as url:
        made = json.loads(docchain("key", "make", "ERP", "--permission", "runs:read", "--json").out)
        assert made["permissions"] == ["runs:read"]

        def status(key: str, path: str) -> int:
            return httpx.get(f"{url}/api/v3{path}", headers={"authorization": f"Bearer {key}"}).status_code

        assert [status(made["key"], path) for path in ("/runs", "/documents")] == [200, 403]
        rotated = docchain("key", "rotate", made["id"], "--overlap", "0").out.splitlines()
        assert rotated[-1].startswith(made["prefix"])
        assert [status(key, "/runs") for key in (made["key"], rotated[-1])] == [401, 200]
        listed = docchain("key", "list")
        assert "ERP" in listed.out
        assert rotated[-1] not in listed.out
        assert docchain("key", "revoke", made["id"]).out == f"{made['id']} is revoked.\n"
        assert status(rotated[-1], "/runs") == 401


def test_a_key_with_unknown_permissions_is_refused(docchain):
    docchain.write("a.txt", "a")
    assert docchain("document", "add", "a.txt").code == 0
    refused = docchain("key", "make", "ERP", "--permission", "runs:fly")
    assert refused.code != 0
    assert "There are none called runs:fly." in refused.err
