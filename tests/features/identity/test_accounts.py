"""Passwords changed and forgotten, addresses confirmed: as users, and those who would like to be them, see it."""

import hashlib

import pytest
from account_place import STRONG, Place
from sqlalchemy import text

from docchain.features.identity.accounts.breached import is_breached
from docchain.features.identity.accounts.strength import weaknesses
from docchain.platform.settings import AccountSettings
from docchain.platform.work import SYSTEM
from mail_server import MailServer

NEW = "marea baja junto al faro 9"


@pytest.fixture(scope="module")
def server():
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def place(database, passwords, server):
    server.mails.clear()
    server.answer = "250 OK"
    return Place(database, passwords, server)


@pytest.fixture
async def ana(place):
    return await place.registered("ana", name="Ana Ruiz", email="ana@example.com")


async def test_a_changed_password_works_at_once_and_ends_the_other_sessions(place, ana):
    elsewhere = await place.signed_in("ana", STRONG)
    changed = await ana.post("/auth/password", json={"current_password": STRONG, "new_password": NEW})
    assert changed.status_code == 204
    assert (await ana.get("/auth/me")).status_code == 200
    assert (await elsewhere.get("/auth/me")).json()["code"] == "session_ended"
    await place.signed_in("ana", NEW)
    old = await place.client().post("/auth/login", json={"username": "ana", "password": STRONG})
    assert old.status_code == 401
    assert [(to, subject) for to, subject, _ in await place.mailed()] == [
        ("ana@example.com", "Your password was changed")
    ]


async def test_a_password_is_not_changed_without_the_present_one(ana):
    refused = await ana.post("/auth/password", json={"current_password": "a guess", "new_password": NEW})
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_password")


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("secreto", ["too_short", "common"]),
        ("Ana Ruiz 1987!!", ["personal"]),
        ("MiContraseña2024!", ["common"]),
        ("P4ssw0rd-P4ssw0rd", ["common"]),
        ("tequieromucho", ["common"]),
        ("barcelona1899", ["common"]),
        ("aaaaaaaaaaaaaaaa", ["guessable"]),
        (NEW, []),
        ("J8#kfp29xLq!", []),
    ],
)
async def test_a_weak_password_is_refused_with_the_reasons(ana, password, codes):
    answer = await ana.post("/auth/password", json={"current_password": STRONG, "new_password": password})
    if not codes:
        assert answer.status_code == 204
        return
    refused = answer.json()
    assert (answer.status_code, refused["code"]) == (422, "weak_password")
    assert [(fault["path"], fault["code"]) for fault in refused["errors"]] == [("new_password", code) for code in codes]
    assert password not in answer.text


async def test_a_forgotten_password_is_set_by_a_link_that_works_once(place, ana):
    assert (await place.client().post("/auth/password/forgot", json={"email": "ANA@example.com"})).status_code == 202
    token = await place.token("reset")
    assert "30 minutes" in place.server.text()
    weak = await place.client().post("/auth/password/reset", json={"token": token, "new_password": "tequieromucho"})
    assert weak.json()["code"] == "weak_password"
    done = await place.client().post("/auth/password/reset", json={"token": token, "new_password": NEW})
    assert done.status_code == 204
    assert (await ana.get("/auth/me")).json()["code"] == "session_ended"
    again = await place.client().post("/auth/password/reset", json={"token": token, "new_password": NEW})
    assert (again.status_code, again.json()["code"]) == (410, "link_invalid")
    account = (await (await place.signed_in("ana", NEW)).get("/auth/account")).json()
    assert account["username"] == "ana"


async def test_a_link_ends_after_half_an_hour_and_when_the_password_is_set_otherwise(place, ana, clock):
    await place.client().post("/auth/password/forgot", json={"email": "ana@example.com"})
    first = await place.token("reset")
    clock.advance(minutes=30)
    late = await place.client().post("/auth/password/reset", json={"token": first, "new_password": NEW})
    assert late.json()["code"] == "link_invalid"
    await place.client().post("/auth/password/forgot", json={"email": "ana@example.com"})
    second = await place.token("reset")
    ana = await place.signed_in("ana", STRONG)
    await ana.post("/auth/password", json={"current_password": STRONG, "new_password": NEW})
    over = await place.client().post("/auth/password/reset", json={"token": second, "new_password": STRONG})
    assert over.json()["code"] == "link_invalid"


@pytest.mark.usefixtures("ana")
async def test_nobody_learns_whether_an_address_is_known(place, database):
    answers = [
        await place.client().post("/auth/password/forgot", json={"email": email})
        for email in ("ana@example.com", "nobody@example.com")
    ]
    assert [(answer.status_code, answer.text) for answer in answers] == [(202, "null"), (202, "null")]

    def kept(work):
        counted = "SELECT (SELECT count(*) FROM one_time_link), (SELECT count(*) FROM outgoing_mail)"
        return list(work.session.execute(text(counted)).one())

    assert await database.read(kept, SYSTEM) == [2, 2]  # the same is done for both
    assert [to for to, _, _ in await place.mailed()] == ["ana@example.com"]
    assert await database.read(kept, SYSTEM) == [2, 0]


@pytest.mark.usefixtures("ana")
async def test_somebody_else_cannot_fill_a_mailbox_with_links(place):
    for _ in range(6):
        await place.client().post("/auth/password/forgot", json={"email": "ana@example.com"})
    assert len(await place.mailed()) == 3


@pytest.mark.usefixtures("ana")
async def test_a_mail_that_waits_and_the_links_give_nothing_away(place, database, tmp_path):
    await place.client().post("/auth/password/forgot", json={"email": "ana@example.com"})
    token = await place.token("reset")
    place.server.answer = "451 later"
    await place.client().post("/auth/password/forgot", json={"email": "ana@example.com"})
    await place.postman.round()
    await database.read(lambda work: work.session.execute(text("SELECT 1")), SYSTEM)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("app.db*"))
    assert token.encode() not in kept
    assert b"Set a new password" not in kept


@pytest.mark.usefixtures("ana")
async def test_a_mail_is_tried_again_until_the_server_takes_it(place, clock):
    place.server.answer = "451 later"
    await place.client().post("/auth/password/forgot", json={"email": "ana@example.com"})
    assert await place.mailed() == []
    place.server.answer = "250 OK"
    assert await place.mailed() == []  # not at once
    clock.advance(seconds=15)
    assert len(await place.mailed()) == 1
    clock.advance(hours=1)
    assert len(await place.mailed()) == 1


@pytest.mark.usefixtures("ana")
async def test_a_mail_that_is_refused_for_good_is_told_in_the_log_of_events(place, database):
    place.server.answer = "554 no such mailbox"
    await place.client().post("/auth/password/forgot", json={"email": "ana@example.com"})
    assert await place.postman.round() == 1
    given_up = "SELECT count(*) FROM event WHERE type = 'mail.given_up'"
    assert await database.read(lambda work: work.session.scalar(text(given_up)), SYSTEM) == 1


async def test_without_a_mail_server_everybody_is_told_the_same(database, passwords):
    place = Place(database, passwords, None)
    await place.registered("ana", email="ana@example.com")
    for email in ("ana@example.com", "nobody@example.com"):
        refused = await place.client().post("/auth/password/forgot", json={"email": email})
        assert (refused.status_code, refused.json()["code"]) == (409, "mail_not_configured")
        assert "docchain user reset-link" in refused.json()["hint"]


async def test_an_address_is_taken_when_its_link_is_opened_and_the_old_one_is_told(place, ana):
    await ana.post("/auth/account", json={"language": "es"})
    asked = await ana.post("/auth/email", json={"email": "ruiz@example.com", "password": STRONG})
    assert asked.status_code == 202
    assert (await ana.get("/auth/account")).json()["email"] == "ana@example.com"
    token = await place.token("email")
    assert place.server.mails[-1]["To"] == "ruiz@example.com"
    assert place.server.mails[-1]["Subject"] == "Confirme su dirección"
    confirmed = await place.client().post("/auth/email/confirm", json={"token": token})
    assert confirmed.json() | {"name": ""} == {
        "username": "ana",
        "name": "",
        "email": "ruiz@example.com",
        "email_confirmed": True,
        "language": "es",
        "installation_admin": False,
    }
    to, subject, said = (await place.mailed())[-1]
    assert (to, subject) == ("ana@example.com", "Se ha cambiado su dirección")
    assert "ruiz@example.com" in said
    assert (await place.client().post("/auth/email/confirm", json={"token": token})).status_code == 410


async def test_an_address_that_somebody_confirmed_is_theirs(place, ana):
    await ana.post("/auth/email", json={"email": "ana@example.com", "password": STRONG})
    await place.client().post("/auth/email/confirm", json={"token": await place.token("email")})
    eve = await place.registered("eve", email="ana@example.com")
    refused = await eve.post("/auth/email", json={"email": "Ana@Example.com", "password": STRONG})
    assert (refused.status_code, refused.json()["code"]) == (409, "email_taken")
    await place.client().post("/auth/password/forgot", json={"email": "ana@example.com"})
    await place.token("reset")
    assert "ana" in place.server.text()
    assert "eve" not in place.server.text()


async def test_a_link_of_one_kind_is_none_of_another(place, ana):
    await ana.post("/auth/email", json={"email": "ana@example.com", "password": STRONG})
    token = await place.token("email")
    refused = await place.client().post("/auth/password/reset", json={"token": token, "new_password": NEW})
    assert refused.json()["code"] == "link_invalid"


async def test_a_changed_password_ends_a_change_of_the_address(place, ana):
    await ana.post("/auth/email", json={"email": "eve@example.com", "password": STRONG})
    token = await place.token("email")
    await ana.post("/auth/password", json={"current_password": STRONG, "new_password": NEW})
    late = await place.client().post("/auth/email/confirm", json={"token": token})
    assert (late.status_code, late.json()["code"]) == (410, "link_invalid")
    assert (await ana.get("/auth/account")).json()["email"] == "ana@example.com"


async def test_a_changed_address_ends_the_links_that_the_old_one_got(place, ana):
    await place.client().post("/auth/password/forgot", json={"email": "ana@example.com"})
    reset = await place.token("reset")
    await ana.post("/auth/email", json={"email": "ruiz@example.com", "password": STRONG})
    await place.client().post("/auth/email/confirm", json={"token": await place.token("email")})
    late = await place.client().post("/auth/password/reset", json={"token": reset, "new_password": NEW})
    assert (late.status_code, late.json()["code"]) == (410, "link_invalid")


async def test_a_name_makes_no_lines_of_a_mail(place, ana):
    await ana.post("/auth/account", json={"name": "Ana\r\nBcc: eve@example.com"})
    await place.client().post("/auth/password/forgot", json={"email": "ana@example.com"})
    await place.token("reset")
    assert place.server.mails[-1]["Bcc"] is None
    assert "Hello Ana Bcc: eve@example.com," in place.server.text()


@pytest.mark.parametrize("password", ["hunter2hunter2", "correct horse battery staple", "ñandú en la pampa"])
def test_a_leaked_password_is_found_in_a_sorted_file_and_in_a_folder(tmp_path, password):
    leaked = [f"leaked {number}" for number in range(500)] + [password]
    hashes = sorted(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest().upper() for text in leaked)
    file, folder = tmp_path / "hashes.txt", tmp_path / "folder"
    file.write_text("".join(f"{digest}:{number % 17}\r\n" for number, digest in enumerate(hashes)))
    folder.mkdir()
    for digest in hashes:
        with (folder / f"{digest[:5]}.txt").open("a") as part:
            part.write(f"{digest[5:]}:3\n")
    for source in (file, folder):
        assert all(is_breached(text, source) for text in leaked)
        assert not any(is_breached(f"fresh {number}", source) for number in range(500))
    rules = AccountSettings(password_breached=file, password_min_score=0, password_min_length=8)
    assert [code for code, _ in weaknesses(password, rules)] == ["breached"]
    assert weaknesses("fresh words that nobody leaked", rules) == []
