"""`docchain document link`, `links` and `unlink`: a link made here is followed on the server, until it is revoked."""

import httpx


def test_a_link_is_made_followed_listed_and_revoked(docchain):
    docchain("document", "add", docchain.write("nota.txt", "nota"))
    made = docchain("document", "link", "document_1", "--seconds", "600")
    path = made.out.strip().partition("/api/v3/files/")[2]
    with docchain.serving() as url:
        assert httpx.get(f"{url}/api/v3/files/{path}").text == "nota"
        ((listed,),) = docchain("document", "links", "document_1", "--json").lines
        assert (listed["uses"], listed["created_by"], listed["revocable"]) == (1, "admin", True)
        revoked = docchain("document", "unlink", "document_1", listed["id"])
        assert (revoked.code, revoked.out) == (0, f"{listed['id']}: revoked\n")
        assert httpx.get(f"{url}/api/v3/files/{path}").status_code == 404
    assert docchain("document", "links", "document_1", "--json").lines == [[]]
    ((ended,),) = docchain("document", "links", "document_1", "--ended", "--json").lines
    assert ended["revoked_by"] == "admin"
    missing = docchain("document", "unlink", "document_1", "0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e50")
    assert missing.code == 2
    assert "There is no link 0199f5e2-7c7e-7a4b-b6e5-2f1c6a3d9e50 to it." in missing.err
