"""Settings come from the environment; what would be unsafe is refused with what to do about it."""

from pathlib import Path

import pytest

from docchain.platform.settings import SecuritySettings, ServerSettings, SettingsError, StorageSettings, load_settings
from docchain.platform.settings_reference import env_example, markdown, rows

OWN_KEY = "k" * 32


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for row in rows():
        for name in (row.variable, *row.aliases):
            monkeypatch.delenv(name, raising=False)


def test_without_any_setting_everything_is_local(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8000)
    assert settings.security.admin_password.get_secret_value() == "admin123"
    assert settings.storage.app_database_url == f"sqlite:///{tmp_path}/data/app.db"
    assert settings.storage.journal_path == tmp_path / "data/journal.db"
    assert settings.delivery_roots == [tmp_path / "data/deliveries"]


def test_variables_and_the_env_file_are_read_and_variables_win(tmp_path, monkeypatch):
    file = tmp_path / ".env"
    file.write_text("DOCCHAIN_PORT=9001\nDOCCHAIN_HOST=::1\nSOMETHING_ELSE=x\n")
    monkeypatch.setenv("DOCCHAIN_PORT", "9002")
    settings = load_settings(file)
    assert (settings.server.host, settings.server.port) == ("::1", 9002)


@pytest.mark.parametrize(
    ("variable", "value", "read"),
    [
        ("DATABASE_URL", "postgresql://db/app", lambda s: s.storage.app_database_url),
        ("DOCCHAIN_DATABASE_URL", "postgresql://db/app", lambda s: s.storage.app_database_url),
        ("JWT_SECRET_KEY", OWN_KEY, lambda s: s.security.secret_key.get_secret_value()),
        ("WORKERS", "3", lambda s: str(s.processes.workers)),
        ("MAX_CONNECTIONS", "7", lambda s: str(s.storage.max_connections)),
    ],
)
def test_familiar_names_are_accepted_too(monkeypatch, variable, value, read):
    monkeypatch.setenv(variable, value)
    assert read(load_settings(None)) == value


def test_our_own_name_wins_over_a_familiar_one(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///theirs.db")
    monkeypatch.setenv("DOCCHAIN_DATABASE_URL", "sqlite:///ours.db")
    assert load_settings(None).storage.database_url == "sqlite:///ours.db"


def test_lists_are_json(monkeypatch):
    monkeypatch.setenv("DOCCHAIN_OUTGOING_ALLOW", '["127.0.0.1:9000"]')
    monkeypatch.setenv("DOCCHAIN_DELIVERY_ROOTS", '["/srv/out"]')
    settings = load_settings(None)
    assert settings.outgoing.outgoing_allow == ["127.0.0.1:9000"]
    assert settings.delivery_roots == [Path("/srv/out")]


def test_every_fault_is_named_at_once(monkeypatch):
    monkeypatch.setenv("DOCCHAIN_PORT", "eighty")
    monkeypatch.setenv("WORKERS", "0")
    monkeypatch.setenv("DOCCHAIN_DELIVERY_ROOTS", "/srv/out")
    with pytest.raises(SettingsError) as caught:
        load_settings(None)
    text = str(caught.value)
    assert "DOCCHAIN_PORT: Input should be a valid integer" in text
    assert "WORKERS: Input should be greater than or equal to 1" in text
    assert 'field "delivery_roots"' in text
    assert "write a JSON list" in text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"DOCCHAIN_ADMIN_PASSWORD": "s0lid-and-own"}, "DOCCHAIN_SECRET_KEY must be your own"),
        ({"DOCCHAIN_ADMIN_PASSWORD": "s0lid-and-own", "DOCCHAIN_SECRET_KEY": "short"}, "at least 32 characters"),
        ({"DOCCHAIN_SECRET_KEY": OWN_KEY}, "DOCCHAIN_ADMIN_PASSWORD must not be the default"),
        ({"DOCCHAIN_SECRET_KEY": OWN_KEY, "DOCCHAIN_ADMIN_PASSWORD": "admin123"}, "must not be the default"),
        (
            {"DOCCHAIN_SECRET_KEY": OWN_KEY, "DOCCHAIN_ADMIN_PASSWORD": "s0lid-and-own"},
            "DOCCHAIN_ENCRYPTION_KEY or DOCCHAIN_ENCRYPTION_KEY_FILE must be set",
        ),
    ],
)
def test_production_refuses_secrets_that_everybody_knows(tmp_path, monkeypatch, given, message):
    monkeypatch.setenv("DOCCHAIN_PROFILE", "production")
    monkeypatch.setenv("DOCCHAIN_DATA_DIR", str(tmp_path))
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=message):
        load_settings(None)


def test_production_starts_with_secrets_of_its_own(monkeypatch):
    monkeypatch.setenv("DOCCHAIN_PROFILE", "production")
    monkeypatch.setenv("DOCCHAIN_SECRET_KEY", OWN_KEY)
    monkeypatch.setenv("DOCCHAIN_ADMIN_PASSWORD", "s0lid-and-own")
    monkeypatch.setenv("ENCRYPTION_KEY", OWN_KEY)
    load_settings(None).check_listening("0.0.0.0")  # noqa: S104 - the point


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org"])  # noqa: S104 - the point
def test_the_default_password_never_leaves_this_machine(host):
    with pytest.raises(SettingsError, match=r"Set DOCCHAIN_ADMIN_PASSWORD, or listen on 127.0.0.1"):
        load_settings(None).check_listening(host)


def test_the_default_password_is_fine_on_loopback_and_an_own_one_anywhere():
    load_settings(None).check_listening()
    own = SecuritySettings(admin_password="s0lid-and-own")
    load_settings(None, security=own).check_listening("0.0.0.0")  # noqa: S104 - the point


def test_secrets_are_not_shown(monkeypatch):
    monkeypatch.setenv("DOCCHAIN_SECRET_KEY", OWN_KEY)
    settings = load_settings(None)
    assert OWN_KEY not in repr(settings)
    assert "admin123" not in repr(settings)


def test_a_concern_can_be_given(tmp_path):
    assert load_settings(None, storage=StorageSettings(data_dir=tmp_path)).storage.blob_dir == tmp_path / "blobs"


def test_every_setting_is_described_once():
    found = list(rows())
    assert all(row.description.endswith(".") for row in found)
    assert len({row.variable for row in found}) == len(found)
    assert "| `DOCCHAIN_PORT` | `8000` | Port to listen on; 0 picks a free one. |" in markdown()
    assert "Also read from `DATABASE_URL`." in markdown()


def test_the_shipped_example_is_the_generated_one():
    assert (Path(__file__).parents[2] / ".env.example").read_text() == env_example()


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"host": "0.0.0.0", "port": 9000}, "http://localhost:9000"),  # noqa: S104 - nobody listens
        ({"host": "::"}, "http://localhost:8000"),
        ({"host": "::1"}, "http://[::1]:8000"),
        ({"public_url": "https://flows.example.com/docchain/"}, "https://flows.example.com/docchain"),
    ],
)
def test_links_lead_to_where_others_find_the_server(server, url):
    assert ServerSettings(**server).url == url


@pytest.mark.parametrize("given", ["flows.example.com", "ftp://flows.example.com", "https://", "https://a.b/?x=1"])
def test_a_public_address_that_is_none_is_refused(monkeypatch, given):
    monkeypatch.setenv("DOCCHAIN_PUBLIC_URL", given)
    with pytest.raises(SettingsError) as refused:
        load_settings(None)
    assert "DOCCHAIN_PUBLIC_URL" in str(refused.value)
    assert "such as https://flows.example.com" in str(refused.value)
