"""Authenticator apps and recovery codes: set up, asked for, used once, and taken away again."""

import asyncio
import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from docchain.features.identity import UserAdministration
from docchain.features.identity.factors.one_time_codes import code_at, matching_step
from docchain.platform.tables import Table
from docchain.platform.work import SYSTEM, Work

KEPT = ("authenticator", "recovery_code", "proof_attempt")


@pytest.fixture
async def app_secret(visitor):
    """`admin` has an app; its first code was of the present period."""
    await visitor.sign_in()
    begun = (await visitor.post("/auth/factors/totp")).json()
    secret = base64.b32decode(begun["secret"])
    confirmed = await visitor.post("/auth/factors/totp/confirm", json={"code": visitor.code(secret)})
    assert confirmed.status_code == 200, confirmed.text
    visitor.recovery_codes = confirmed.json()["recovery_codes"]
    return secret


def proof(code: str, method: str = "totp") -> dict:
    return {"proof": {"method": method, "code": code}}


@pytest.mark.parametrize(
    ("moment", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(moment, code):
    assert code_at(b"12345678901234567890", moment // 30) == code


@pytest.mark.parametrize(
    ("neighbours", "right"),
    [
        (0, [False, False, True, False, False]),
        (1, [False, True, True, True, False]),
        (2, [True, True, True, True, True]),
    ],
)
def test_codes_of_as_many_neighbouring_periods_count_as_the_setting_says(clock, neighbours, right):
    secret, now = b"x" * 20, clock.now()
    present = int(now.timestamp()) // 30
    codes = [code_at(secret, present + off) for off in range(-2, 3)]
    assert [matching_step(secret, code, (now, neighbours), 0) is not None for code in codes] == right


@pytest.mark.parametrize(("neighbours", "early"), [(0, 403), (1, 200)])
async def test_an_early_code_counts_only_where_neighbours_do(visitor, app_secret, early):
    challenge = await visitor.challenge()
    answer = proof(visitor.code(app_secret, 1))
    sent = await visitor.post("/auth/second-factor", json={"challenge": challenge, **answer})
    assert sent.status_code == early


async def test_setting_up_shows_a_secret_an_address_and_a_picture(visitor):
    await visitor.sign_in()
    begun = await visitor.post("/auth/factors/totp")
    assert begun.status_code == 201
    body = begun.json()
    said = urlsplit(body["address"])
    assert (said.scheme, said.netloc, said.path) == ("otpauth", "totp", "/Document%20Workflow%20Chain%3Aadmin")
    assert parse_qs(said.query)["secret"] == [body["secret"]]
    assert len(base64.b32decode(body["secret"])) == 20
    assert body["qr"].startswith("data:image/svg+xml")
    assert (await visitor.get("/auth/factors")).json() == {
        "totp": None,
        "passkeys": [],
        "recovery_codes_left": 0,
        "methods": ["password"],
        "needed": False,
    }
    await visitor.sign_in()  # nothing is asked for before a code has confirmed it


async def test_the_app_is_asked_for_after_the_password(visitor, app_secret):
    challenge = await visitor.challenge()
    visitor.clock.advance(seconds=30)
    options = await visitor.post("/auth/second-factor/options", json={"challenge": challenge})
    assert options.json() == {"methods": ["totp", "recovery_code"], "options": None}
    signed_in = await visitor.post(
        "/auth/second-factor", json={"challenge": challenge, **proof(visitor.code(app_secret))}
    )
    visitor.carry(signed_in)
    assert (await visitor.get("/auth/me")).json()["user"]["username"] == "admin"
    assert {"security.factor_added", "security.recovery_codes_made"} <= set(await visitor.told())


async def test_a_code_works_once(visitor, app_secret):
    visitor.clock.advance(seconds=30)
    code = visitor.code(app_secret)
    sent = {"challenge": await visitor.challenge(), **proof(code)}
    assert (await visitor.post("/auth/second-factor", json=sent)).status_code == 200
    again = await visitor.post("/auth/second-factor", json={"challenge": await visitor.challenge(), **proof(code)})
    assert (again.status_code, again.json()["code"]) == (403, "wrong_proof")
    earlier = await visitor.post(
        "/auth/second-factor", json={"challenge": await visitor.challenge(), **proof(visitor.code(app_secret, -1))}
    )
    assert earlier.status_code == 403


async def test_guessing_gets_slower(visitor, app_secret):
    visitor.clock.advance(seconds=30)
    sent = {"challenge": await visitor.challenge(), **proof("000000")}
    answers = [await visitor.post("/auth/second-factor", json=sent) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]
    assert (answers[-1].json()["code"], answers[-1].headers["retry-after"]) == ("too_many_attempts", "15")
    right = {"challenge": sent["challenge"], **proof(visitor.code(app_secret))}
    assert (await visitor.post("/auth/second-factor", json=right)).status_code == 429
    visitor.clock.advance(seconds=16)
    right |= proof(visitor.code(app_secret))
    assert (await visitor.post("/auth/second-factor", json=right)).status_code == 200
    assert (await visitor.told()).count("security.proof_failed") == 5


async def test_a_challenge_is_good_for_minutes_and_for_nothing_else(visitor, app_secret):
    challenge = await visitor.challenge()
    visitor.clock.advance(minutes=6)
    sent = {"challenge": challenge, **proof(visitor.code(app_secret))}
    late = await visitor.post("/auth/second-factor", json=sent)
    assert (late.status_code, late.json()["code"]) == (401, "challenge_expired")
    forged = await visitor.post("/auth/second-factor", json=sent | {"challenge": "eyJhbGciOiJub25lIn0.e30."})
    assert forged.status_code == 401
    as_token = await visitor.get("/auth/me", headers={"authorization": f"Bearer {await visitor.challenge()}"})
    assert as_token.status_code == 401


@pytest.mark.usefixtures("app_secret")
async def test_a_recovery_code_signs_in_once_however_it_is_typed(visitor):
    assert len(set(visitor.recovery_codes)) == 10
    typed = visitor.recovery_codes[3].upper().replace("-", " ")
    sent = {"challenge": await visitor.challenge(), **proof(typed, "recovery_code")}
    visitor.carry(await visitor.post("/auth/second-factor", json=sent))
    assert (await visitor.get("/auth/factors")).json()["recovery_codes_left"] == 9
    again = await visitor.post("/auth/second-factor", json=sent)
    assert (again.status_code, again.json()["code"]) == (403, "wrong_proof")


@pytest.mark.usefixtures("app_secret")
async def test_new_recovery_codes_replace_the_earlier_ones(visitor):
    made = await visitor.post("/auth/factors/recovery-codes")
    assert made.status_code == 200, made.text
    challenge = await visitor.challenge()
    old = {"challenge": challenge, **proof(visitor.recovery_codes[0], "recovery_code")}
    assert (await visitor.post("/auth/second-factor", json=old)).status_code == 403
    new = {"challenge": challenge, **proof(made.json()["recovery_codes"][0], "recovery_code")}
    assert (await visitor.post("/auth/second-factor", json=new)).status_code == 200


async def test_removing_the_app_asks_for_a_code(visitor, app_secret):
    wrong = await visitor.post("/auth/factors/totp/remove", json=proof("000000"))
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_proof")
    visitor.clock.advance(seconds=30)
    removed = await visitor.post("/auth/factors/totp/remove", json=proof(visitor.code(app_secret)))
    assert removed.status_code == 204
    await visitor.sign_in()
    left = (await visitor.get("/auth/factors")).json()
    assert (left["totp"], left["recovery_codes_left"], left["methods"]) == (None, 0, ["password"])


async def test_a_second_app_is_refused_while_there_is_one(visitor, app_secret):
    refused = await visitor.post("/auth/factors/totp")
    assert (refused.status_code, refused.json()["code"]) == (409, "authenticator_active")
    again = await visitor.post("/auth/factors/totp/confirm", json={"code": visitor.code(app_secret)})
    assert again.status_code == 409


async def test_the_secret_and_the_codes_are_not_readable_where_they_are_kept(visitor, app_secret):
    def rows(work: Work) -> list[bytes]:
        tables = [table.select() for name, table in Table.metadata.tables.items() if name in {*KEPT, "event"}]
        return [str(tuple(row)).encode() for table in tables for row in work.session.execute(table)]

    dump = b"\n".join(await visitor.database.read(rows, SYSTEM))
    assert b"recovery_codes_made" in dump
    for secret in (app_secret.hex().encode(), base64.b32encode(app_secret), base64.b64encode(app_secret)):
        assert secret not in dump
    assert repr(app_secret)[2:-1].encode() not in dump
    assert not any(code.encode() in dump for code in visitor.recovery_codes)


async def test_of_two_who_send_one_code_at_the_same_moment_one_gets_in(visitor, app_secret):
    visitor.clock.advance(seconds=30)
    sent = {"challenge": await visitor.challenge(), **proof(visitor.code(app_secret))}
    answers = await asyncio.gather(*(visitor.post("/auth/second-factor", json=sent) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]


@pytest.mark.usefixtures("app_secret")
async def test_many_guesses_at_once_are_counted_one_by_one(visitor):
    sent = {"challenge": await visitor.challenge(), **proof("000000")}
    answers = await asyncio.gather(*(visitor.post("/auth/second-factor", json=sent) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [403] * 5 + [429] * 15


async def reset(visitor, passwords):
    """Whoever runs the installation sets another password."""
    hashed = await passwords.hash("lluvia sobre tejado verde 7")
    await visitor.database.write(lambda work: UserAdministration(work).set_password("admin", hashed), SYSTEM)


async def test_a_challenge_is_over_once_the_password_is_another(visitor, passwords):
    await visitor.sign_in()
    secret = base64.b32decode((await visitor.post("/auth/factors/totp")).json()["secret"])
    await visitor.post("/auth/factors/totp/confirm", json={"code": visitor.code(secret)})
    challenge = await visitor.challenge()
    asked = await visitor.post("/auth/second-factor/options", json={"challenge": challenge})
    assert asked.json()["methods"] == ["totp", "recovery_code"]
    await reset(visitor, passwords)
    visitor.clock.advance(seconds=30)
    for path, more in (("/options", {}), ("", {"proof": {"method": "totp", "code": visitor.code(secret)}})):
        refused = await visitor.post(f"/auth/second-factor{path}", json={"challenge": challenge, **more})
        assert (refused.status_code, refused.json()["code"]) == (401, "challenge_expired")
