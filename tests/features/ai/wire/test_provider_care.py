"""How providers are looked after: pauses, places, keys of workspaces, calls that nobody waits for, and TLS."""

import asyncio
import logging
import ssl
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from uuid import UUID

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from model_server import ModelServer

from docchain.features.ai.port import Ask, Health, Message, Origin, ProviderFailedError
from docchain.features.ai.providers.breaker import Breaker
from docchain.features.ai.providers.registry import Providers
from docchain.features.ai.providers.turns import Turns
from docchain.platform.limits.counting import InMemory
from docchain.platform.limits.policies import Policy
from docchain.platform.settings import AiSettings, StorageSettings, load_settings
from signed_in_product import signed_in

ORIGIN = Origin(UUID(int=7), "user-1")
HI = Ask("generate", (Message("user", "hi"),), max_tokens=50)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def settings_of(port, scheme="http", **more):
    return AiSettings(_env_file=None, openai_base_url=f"{scheme}://127.0.0.1:{port}/v1", openai_api_key="ours", **more)


@pytest.fixture
async def server():
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def opened():
    every = []

    def make(server, scheme="http", vault=None, **more):
        allow = [f"127.0.0.1:{server.port}"]
        every.append(Providers(settings_of(server.port, scheme, **more), None, vault=vault, allow=allow))
        return every[-1]

    yield make
    for providers in every:
        await providers.close()


def test_after_a_pause_one_call_tries_and_decides():
    clock = Clock()
    breaker = Breaker(2, 30, clock)
    breaker.failed()
    assert (breaker.enter(), breaker.health()) == (0, Health("degraded", None, 1))
    breaker.failed()
    assert (breaker.enter(), breaker.health().state) == (30, "open")
    clock.now += 30
    assert [breaker.enter(), breaker.enter()] == [0, 30]
    breaker.failed()
    clock.now += 29
    assert breaker.enter() == 1
    clock.now += 1
    assert breaker.enter() == 0
    breaker.succeeded(0.25)
    assert [breaker.enter(), breaker.enter()] == [0, 0]
    assert breaker.health() == Health("degraded", 250, 3)
    clock.now += 301
    assert breaker.health() == Health("unknown")


def test_one_that_tried_and_never_came_back_does_not_block_for_ever():
    clock = Clock()
    breaker = Breaker(1, 30, clock)
    breaker.failed()
    clock.now += 30
    assert breaker.enter() == 0
    clock.now += 30
    assert breaker.enter() == 0


async def test_a_gate_lets_in_as_many_as_the_operator_allows(server, opened):
    providers = opened(server, ai_concurrency={"openai": 2}, ai_timeout=0.2)
    for name, places in {"openai": 2, "google": 8}.items():
        async with AsyncExitStack() as inside:
            for _ in range(places):
                await inside.enter_async_context(providers.gate(name))
            with pytest.raises(ProviderFailedError, match="at once as DOCCHAIN_AI_CONCURRENCY allows") as caught:
                await inside.enter_async_context(providers.gate(name))
            assert (caught.value.failure, caught.value.billed, caught.value.retry_after) == ("rate_limited", "no", 1)
        async with providers.gate(name):
            pass


async def test_calls_wait_for_their_minute_and_who_would_wait_too_long_is_told_how_long():
    clock, slept = Clock(), []
    settings = AiSettings(_env_file=None, ai_rates={"openai": 20}, ai_timeout=10)

    async def sleep(seconds):
        slept.append(seconds)
        clock.now += seconds

    counter = InMemory(clock)
    here, elsewhere = (Turns(settings, counter, clock, sleep) for _ in range(2))
    for turns in (here, elsewhere, here, here):
        async with turns.of("openai"):
            pass
    assert round(sum(slept), 1) == 6  # two come at once, then one in three seconds, wherever they are made
    counter.take_now("openai", Policy("ai", 20, 60, 100))
    for _ in range(3):
        counter.take_now("openai", Policy("ai", 20, 60, 100))
    with pytest.raises(ProviderFailedError, match=r"DOCCHAIN_AI_RATES allows\. Try again in 15 s") as caught:
        async with here.of("openai"):
            pass
    assert (caught.value.failure, round(caught.value.retry_after), round(sum(slept), 1)) == ("rate_limited", 15, 6)
    async with here.of("anthropic"):
        pass


async def test_a_workspaces_key_goes_before_the_operators_and_only_where_it_may(tmp_path, server, opened):
    settings = load_settings(
        env_file=None,
        storage=StorageSettings(data_dir=tmp_path / "data", database_url="", blob_url=""),
        ai=settings_of(server.port),
    )
    async with signed_in(settings) as (services, http):
        origin = Origin(UUID((await http.get("/auth/me")).json()["workspace"]["id"]), "user-1")
        provider = await opened(server, vault=services.vault).get("openai")

        await provider.send(HI, "gpt-4o-mini", origin)
        secret = {"name": "openai", "value": "of-the-workspace", "hosts": ["127.0.0.1"]}
        made = await http.post("/security/secrets", json=secret)
        await provider.send(HI, "gpt-4o-mini", origin)
        await provider.send(HI, "gpt-4o-mini", Origin(UUID(int=9), "user-2"))
        used = [line for head, _ in server.calls for line in head.split("\r\n") if line.startswith("authorization")]
        assert used == [f"authorization: bearer {key}" for key in ("ours", "of-the-workspace", "ours")]

        elsewhere = {"hosts": ["api.openai.com"]}
        now = {"If-Match": made.headers["ETag"]}
        assert (await http.put("/security/secrets/openai", json=elsewhere, headers=now)).status_code == 200
        with pytest.raises(ProviderFailedError, match=r"is for api\.openai\.com only, not for 127\.0\.0\.1") as caught:
            await provider.send(HI, "gpt-4o-mini", origin)
        assert (caught.value.failure, caught.value.billed, len(server.calls)) == ("denied", "no", 3)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_a_call_that_nobody_waits_for_leaves_no_connection(server, opened, stream):
    server.script = "slow"
    provider = await opened(server, ai_breaker_failures=1).get("openai")

    async def take(_piece):
        pass

    call = asyncio.create_task(provider.send(HI, "gpt-4o-mini", ORIGIN, take if stream else None))
    async with asyncio.timeout(20):
        await server.came.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await server.gone.wait()
    assert await provider.health(ORIGIN) == Health("unknown")
    server.script = "well"
    assert (await provider.send(HI, "gpt-4o-mini", ORIGIN)).text == "Hello there."


def certificate(folder):
    """One for this machine that nobody else signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = timedelta(days=1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(datetime.now(UTC) - day).not_valid_after(datetime.now(UTC) + day)
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*plain))
    return public, private


@pytest.fixture
async def secure(tmp_path):
    public, private = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    async with ModelServer(context) as server:
        server.certificate = public
        yield server


async def test_a_certificate_that_nobody_signed_is_refused_before_anything_is_sent(secure, opened, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.certificate))
    provider = await opened(secure, scheme="https").get("openai")
    with pytest.raises(ProviderFailedError) as caught:
        await provider.send(HI, "gpt-4o-mini", ORIGIN)
    assert (caught.value.failure, caught.value.billed, secure.calls) == ("unavailable", "no", [])


async def test_a_provider_with_a_good_certificate_is_spoken_to_by_tls(secure, opened, monkeypatch):
    trusting = ssl.create_default_context(cafile=secure.certificate)
    monkeypatch.setattr(httpx2, "create_ssl_context", lambda **_: trusting)
    provider = await opened(secure, scheme="https").get("openai")
    assert (await provider.send(HI, "gpt-4o-mini", ORIGIN)).text == "Hello there."


async def test_libraries_write_no_bodies_into_the_log(server, opened, monkeypatch, caplog):
    for library in ("openai", "anthropic", "httpx2"):
        monkeypatch.setattr(logging.getLogger(library), "level", logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    provider = await opened(server).get("openai")
    await provider.send(Ask("generate", (Message("user", "what-nobody-logs"),)), "gpt-4o-mini", ORIGIN)
    assert "what-nobody-logs" not in caplog.text
    assert logging.getLogger("openai").getEffectiveLevel() == logging.WARNING
