"""What a workspace wishes of its models: set by administrators, known within seconds, and never widened by a fault."""

from uuid import UUID, uuid4

import pytest

from docchain.features.ai.asking import Policy
from docchain.features.ai.errors import NothingLeaves
from docchain.features.ai.privacy.policy import WorkspacePolicies
from docchain.features.settings import Outward
from docchain.platform.outgoing_rules import OutsideRulesError
from docchain.platform.settings import AiSettings, SettingsError, StorageSettings, load_settings
from signed_in_product import signed_in

OURS = {"ours": {"url": "http://127.0.0.1:1/v1"}}


@pytest.fixture
async def house(tmp_path):
    settings = load_settings(
        env_file=None,
        storage=StorageSettings(data_dir=tmp_path / "data", database_url="", blob_url=""),
        ai=AiSettings(_env_file=None, ai_compatible=OURS),
    )
    async with signed_in(settings) as (services, http):
        yield services, http


async def put(http, value, revision=0):
    path, tag = "/admin/settings/ai", {"If-Match": f'"{revision}"'}
    return await http.put(path, json={"value": value}, headers=tag)


async def workspace_of(http) -> UUID:
    return UUID((await http.get("/auth/me")).json()["workspace"]["id"])


def policies_of(services, known=("local", "openai", "ours")):
    watch = Outward(services.workspace_settings, services.database)
    return WorkspacePolicies(services.workspace_settings, known, watch), watch


async def test_a_workspace_chooses_and_others_keep_what_is_usual(house) -> None:
    services, http = house
    assert (await http.get("/admin/settings/ai")).json()["value"] == {
        "order": [], "fallback_local": False, "redact": "strict", "nothing_leaves": False, "models": {},
        "examples": True,
    }  # fmt: skip
    wish = {"order": ["ours", "local"], "fallback_local": True, "redact": "names", "models": {"ours": "smollm"}}
    assert (await put(http, wish)).status_code == 200
    policies, _ = policies_of(services)
    mine = await policies.of(await workspace_of(http))
    assert mine == Policy(("ours", "local"), fallback_local=True, redact="names", models={"ours": "smollm"})
    assert await policies.of(uuid4()) == Policy((), redact="strict")


async def test_what_no_setting_may_be(house) -> None:
    _, http = house
    told = (await put(http, {"order": ["local", "opnai"]})).json()
    assert (told["code"], told["errors"][0]["path"]) == ("bad_setting", "value.order[1]")
    assert "take one of: local, openai, anthropic, google, ours" in told["errors"][0]["message"]
    assert (await put(http, {"models": {"nobody": "x"}})).json()["code"] == "bad_setting"
    assert (await put(http, {"order": ["local", "local"]})).json()["errors"][0]["path"] == "value.order"
    assert (await put(http, {"redact": "some"})).json()["errors"][0]["path"] == "value.redact"


async def test_a_provider_that_is_gone_is_left_out_but_nobody_else_comes_in(house) -> None:
    services, http = house
    workspace = await workspace_of(http)
    await put(http, {"order": ["ours", "local"]})
    assert (await policies_of(services, ("local", "openai"))[0].of(workspace)).order == ("local",)
    await put(http, {"order": ["ours"]}, 1)
    assert (await policies_of(services, ("local", "openai"))[0].of(workspace)).order == ("ours",)


async def test_nothing_leaves_is_refused_closed_and_written_down(house) -> None:
    services, http = house
    workspace = await workspace_of(http)
    policies, watch = policies_of(services)
    await policies.check_remote(workspace, "openai")
    await put(http, {"nothing_leaves": True})
    with pytest.raises(NothingLeaves, match="openai is a remote model, and nothing leaves this workspace"):
        await policies.check_remote(workspace, "openai")
    with pytest.raises(OutsideRulesError):
        (await watch.rules(workspace)).check_open("api.openai.com")
    (await watch.rules(uuid4())).check_open("api.openai.com")
    page = (await http.get("/security/audit/logs", params={"type": "security.address_refused"})).json()
    told = page["items"][0]["data"]
    assert told == {"detail": "Nothing may leave this workspace, so openai was not asked.", "count": 1}
    changed = (await http.get("/security/audit/logs", params={"type": "settings.changed"})).json()["items"][0]["data"]
    assert changed["after"]["nothing_leaves"] is True
    await put(http, {"nothing_leaves": False}, 1)
    (await watch.rules(workspace)).check_open("api.openai.com")


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("AI_ORDER", '["local", "opnai"]', "DOCCHAIN_AI_ORDER names the provider 'opnai', which there is not. Take "),
        ("AI_MODELS", '{"gogle": "x"}', "DOCCHAIN_AI_MODELS names the provider 'gogle'"),
        ("AI_CONCURRENCY", '{"x": 1}', "DOCCHAIN_AI_CONCURRENCY names the provider 'x'"),
        ("AI_RATES", '{"x": 1}', "DOCCHAIN_AI_RATES names the provider 'x'"),
        ("AI_PRICES", '{"x/y": {"input": 1, "output": 1}}', "DOCCHAIN_AI_PRICES names the provider 'x'"),
        ("AI_COMPATIBLE", '{"openai": {"url": "http://h/v1"}}', "a server 'openai', which is a name of ours"),
    ],
)
def test_a_name_that_is_none_stops_the_start_with_a_sentence(monkeypatch, variable, value, told) -> None:
    monkeypatch.setenv(f"DOCCHAIN_{variable}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings(env_file=None)
    assert told in str(caught.value)
    assert "Value error" not in str(caught.value)
