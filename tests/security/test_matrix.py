"""Every operation there is, asked by everybody who may not: each answers what the rules of `operations.py` say.

Operations come from the published document, so that a new one is asked, too; only rules are written down.
"""

import re
from datetime import timedelta

import httpx
import pytest
from operations import RULES, operations_of

from conftest import BASE, opened
from docchain.features.identity.authorization.catalogue import CATALOGUE
from docchain.platform.settings import FactorSettings
from docchain.platform.settings_protection import RateSettings
from docchain.platform.tokens import Tokens

_TOKENS = ["", "garbage", "eyJhbGciOiJub25lIn0.eyJzaWQiOiJ4In0.", "dck_000000000000_x", "dcs_x"]
ENROLS = re.compile(r"GET /auth/me|\w+ /auth/(session|sessions|sessions/[^/]+|step-up|factors.*)")
"""What is open to whoever has to set up a second factor first."""
_NO_SIGN_IN = {"unauthenticated", "bad_token", "session_ended", "bad_api_key", "token_expired"}
_REFUSED = {"denied", "key_not_accepted"}


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path, None, rates=RateSettings(rate_limiting=False)) as product:
        yield product


@pytest.fixture
async def operations(house):
    document = await house.somebody().get(f"{BASE.removesuffix('/api/v3')}/openapi.json")
    return operations_of(document.json())


def _code(answer) -> tuple[int, str]:
    kind = answer.headers.get("content-type", "")
    return answer.status_code, answer.json().get("code", "") if "json" in kind and answer.status_code >= 400 else ""


def _wrong(found: dict) -> None:
    assert not found, "\n".join(f"{name}: {answer}" for name, answer in found.items())


def _ends_nothing(operation, code: str) -> bool:
    """Whoever signs out with a key is told that it stands for no session."""
    return operation.needs == "bearer" and code == "no_session"


async def _ask(operations, client, expected, **headers):
    """Who answers otherwise than expected: a function of what the operation needs, and of the answer's code."""
    wrong = {}
    for operation in operations:
        answer = _code(await operation.sent(client, **headers))
        if not expected(operation, *answer):
            wrong[operation.name] = answer
    _wrong(wrong)


async def test_a_rule_says_of_every_operation_who_may_call_it(operations):
    assert len(operations) > 200
    needed = {operation.needs for operation in operations}
    assert needed == {name for name, _ in RULES}
    assert needed - {"public", "bearer", "known", "person", "installation:admin"} <= CATALOGUE.keys()


@pytest.mark.parametrize("token", _TOKENS)
async def test_without_a_good_credential_only_public_operations_answer(house, operations, token):
    def expected(operation, status, code):
        known = (status == 401 and code in _NO_SIGN_IN) or _ends_nothing(operation, code)
        return code != "unauthenticated" if operation.is_public else known

    await _ask(operations, house.somebody(token), expected)


async def test_an_expired_token_opens_nothing(house, operations):
    token = await house.token("ana", "owner")
    sign_in = house.services.sign_in
    claims = sign_in._tokens.read(token)  # noqa: SLF001 - nobody else makes an old one
    secret = house.services.settings.security.secret_key.get_secret_value()
    old = Tokens(secret, timedelta(minutes=-1), house.services.database.clock)
    expired, _ = old.issue({"sub": claims["sub"], "sid": claims["sid"]})
    me = await house.somebody(token).get("/auth/me")
    assert me.status_code == 200
    await _ask(operations, house.somebody(expired), lambda asked, status, _: asked.is_public or status == 401)


async def test_a_revoked_session_opens_nothing(house, operations):
    client = await house.member("ana", "owner")
    assert (await client.post("/auth/logout")).status_code == 204

    def expected(operation, status, code):
        # To end a session that has ended is no fault.
        return operation.is_public or operation.needs == "bearer" or (status, code) == (401, "session_ended")

    await _ask(operations, client, expected)


async def test_a_revoked_key_opens_nothing(house, operations):
    owner = await house.member("ana", "owner")
    made = await owner.made("/security/api-keys", {"name": "k", "permissions": ["runs:read"]})
    await owner.delete(f"/security/api-keys/{made['id']}")
    client = house.somebody(made["key"])

    def expected(operation, status, code):
        return operation.is_public or status == 401 or _ends_nothing(operation, code)

    await _ask(operations, client, expected)


async def test_a_member_of_another_workspace_gets_into_none(house, operations):
    await house.member("ana", "owner")
    token = await house.token("eve", "owner", "elsewhere")
    client = house.somebody(token, **{"x-workspace": "default"})

    def expected(operation, status, code):
        return operation.is_public or (status, code) == (403, "not_a_member")

    await _ask([one for one in operations if one.needs != "bearer"], client, expected)


async def test_a_member_without_any_permission_may_nothing_that_needs_one(house, operations):
    owner = await house.member("ana", "owner")
    await owner.made("/security/roles", {"name": "nothing", "permissions": []})
    client = await house.member("nora", "nothing")
    asked = [one for one in operations if one.needs not in {"public", "bearer", "person"}]

    def expected(operation, status, code):
        if operation.needs == "known":  # a search finds what one may read, and says so if that is nothing
            return code != "denied"
        return (status, code) == (403, "denied")

    await _ask(asked, client, expected)


async def test_a_key_that_only_reads_changes_nothing_and_reads_what_it_may(house, operations):
    owner = await house.member("ana", "owner")
    reading = [name for name in CATALOGUE if name.endswith(":read")]
    made = await owner.made("/security/api-keys", {"name": "reader", "permissions": reading, "read_only": True})
    client = house.somebody(made["key"])

    def expected(operation, status, code):
        if operation.needs in {"known", *reading}:
            return status != 401 and code not in _REFUSED
        if operation.needs == "person":
            return (status, code) == (403, "key_not_accepted")
        return (status, code) == (403, "denied")

    await _ask([one for one in operations if one.needs not in {"public", "bearer"}], client, expected)


async def test_an_old_session_does_nothing_that_wants_a_fresh_proof(house, operations):
    await house.member("ana", "owner")
    client = await house.long_ago("ana")

    def expected(operation, status, code):
        return ((status, code) == (401, "step_up_required")) == operation.wants_proof

    await _ask([one for one in operations if one.wants_proof], client, expected)
    over = {"POST /auth/logout", "POST /workspace/leave"}
    await _ask([one for one in operations if not one.wants_proof and one.name not in over], client, expected)


async def test_an_own_session_that_is_old_may_be_ended_all_the_same(house):
    await house.member("ana", "owner")
    client = await house.long_ago("ana")
    here = (await client.get("/auth/session")).json()["id"]
    assert (await client.delete(f"/auth/sessions/{here}")).status_code == 204
    assert (await client.get("/auth/session")).status_code == 401


async def test_a_key_with_every_permission_passes_only_those_doors_that_want_a_proof_and_are_open_to_keys(
    house, operations
):
    owner = await house.member("ana", "owner")
    made = await owner.made("/security/api-keys", {"name": "robot", "permissions": sorted(CATALOGUE)})
    client = house.somebody(made["key"])

    def expected(operation, status, code):
        refused = (status, code) in {(403, "session_needed"), (403, "key_not_accepted"), (403, "denied")}
        return refused != operation.open_to_keys

    await _ask([one for one in operations if one.wants_proof], client, expected)


async def test_who_owes_a_second_factor_gets_to_set_one_up_and_to_nothing_else(tmp_path):
    async with opened(
        tmp_path, None, rates=RateSettings(rate_limiting=False), factors=FactorSettings(second_factor="everybody")
    ) as house:
        client = await house.member("ana", "owner")

        def expected(operation, status, code):
            return ((status, code) == (403, "second_factor_needed")) != bool(ENROLS.fullmatch(operation.name))

        asked = [one for one in operations_of(house.app.openapi()) if one.needs not in {"public", "bearer"}]
        assert sum(1 for one in asked if ENROLS.fullmatch(one.name)) == 16
        await _ask(asked, client, expected)


async def test_a_cookie_changes_nothing_without_the_token_of_its_pages(house, operations):
    await house.token("ana", "owner")
    client = await _browser(house, "ana")
    same = {"sec-fetch-site": "same-origin"}

    def expected(operation, status, code):
        if operation.changes:
            return operation.is_public or (status, code) == (403, "csrf")
        return code != "csrf"

    asked = [one for one in operations if one.changes and not one.is_public]
    await _ask(asked, client, expected, **same)
    await _ask(asked, client, expected, **same, **{"x-csrf-token": "0" * 64})
    await _ask(asked, client, expected, **{"sec-fetch-site": "cross-site"})
    assert (await client.get("/auth/me")).status_code == 200


async def _browser(house, name: str) -> httpx.AsyncClient:
    from docchain.platform.provenance import Caller  # noqa: PLC0415 - here only
    from docchain.platform.web.session_cookie import new_cookie  # noqa: PLC0415 - as above

    cookie = new_cookie()
    await house.services.sign_in.admit_browser(house.ids[name], "password", Caller("api"), cookie)
    client = house.somebody()
    client.cookies.set(house.services.sign_in.session_cookie, cookie)
    return client


async def test_over_the_limit_nothing_is_answered_but_health(tmp_path):
    rates = {f"ip.{what}": (1, 3600.0, 1) for what in ("read", "write", "sign_in")}
    async with opened(tmp_path, None, rates=RateSettings(rate_limits=rates)) as product:
        operations = operations_of(product.app.openapi())
        client = product.somebody()
        for method, path in (("GET", "/runs"), ("POST", "/events"), ("POST", "/auth/login")):
            assert (await client.request(method, path)).status_code != 429
        wrong = {}
        for operation in operations:
            answer = await operation.sent(client)
            if operation.path.startswith("/health"):
                fits = answer.status_code == 200
            else:
                fits = _code(answer) == (429, "rate_limited") and int(answer.headers["retry-after"]) > 0
            if not fits:
                wrong[operation.name] = _code(answer)
        _wrong(wrong)
