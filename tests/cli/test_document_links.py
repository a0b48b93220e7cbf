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


def test_a_link_of_the_operator_hangs_on_no_user(docchain):
    docchain("document", "add", docchain.write("nota.txt", "nota"))
    made = docchain("document", "link", "document_1", "--seconds", "600")
    path = made.out.strip().partition("/api/v3/files/")[2]
    with docchain.serving() as url, httpx.Client(base_url=f"{url}/api/v3", timeout=30) as http:
        signed = http.post("/auth/login", json={"username": "admin", "password": "admin123"}).json()
        admin = {"authorization": f"Bearer {signed['access_token']}"}
        olga = {"username": "olga", "email": "olga@example.com", "password": "correct horse battery"}
        there = {"workspace": "default", "role": "owner", "name": "Olga"}
        made = http.post("/admin/users", json=olga | there, headers=admin)
        assert made.status_code == 201, made.text
        signed = http.post("/auth/login", json={"username": "olga", "password": "correct horse battery"}).json()
        olga = {"authorization": f"Bearer {signed['access_token']}", "x-workspace": "default"}
        assert http.get(f"/files/{path}").text == "nota"
        gone = http.post("/workspace/leave", headers=admin)
        assert gone.is_success, gone.text
        assert http.get(f"/files/{path}").text == "nota"
        assert http.get("/documents/document_1/links", headers=olga).json()["items"][0]["lapsed"] is None
