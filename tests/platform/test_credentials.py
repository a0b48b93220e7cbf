"""Passwords and tokens: the right ones pass, everything else does not."""

from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from docchain.features.identity.service import NOBODYS_HASH
from docchain.platform.passwords import Passwords
from docchain.platform.tokens import BadToken, ExpiredToken, Tokens

SECRET = "k" * 40


@pytest.fixture(scope="module")
def passwords():
    made = Passwords()
    yield made
    made.close()


async def test_the_right_password_passes_and_a_wrong_one_does_not(passwords):
    hashed = await passwords.hash("contraseña")
    assert hashed.startswith("$argon2id$")
    assert await passwords.verify("contraseña", hashed)
    assert not await passwords.verify("contrasena", hashed)
    assert hashed != await passwords.hash("contraseña")


async def test_a_hash_takes_one_thread_and_as_long_as_that_of_nobody(passwords):
    hashed = await passwords.hash("contraseña")
    assert hashed.split("$")[:4] == ["", "argon2id", "v=19", "m=65536,t=3,p=1"]
    assert NOBODYS_HASH.split("$")[:4] == hashed.split("$")[:4]


@pytest.mark.parametrize("hashed", ["", "plain", "$argon2id$v=19$broken"])
async def test_an_unreadable_hash_matches_nothing(passwords, hashed):
    assert not await passwords.verify("contraseña", hashed)


def test_a_token_carries_its_claims_until_it_expires(clock):
    tokens = Tokens(SECRET, timedelta(minutes=5), clock)
    token, expires = tokens.issue({"sub": "ana", "ws": "w"})
    assert expires - clock.now() == timedelta(minutes=5)
    clock.advance(minutes=4, seconds=59)
    claims = tokens.read(token)
    assert (claims["sub"], claims["ws"]) == ("ana", "w")
    clock.advance(seconds=1)
    with pytest.raises(ExpiredToken) as caught:
        tokens.read(token)
    assert (caught.value.status, caught.value.code) == (401, "expired_token")


def test_a_token_of_another_key_or_changed_on_the_way_is_refused(clock):
    tokens = Tokens(SECRET, timedelta(minutes=5), clock)
    token, _ = tokens.issue({"sub": "ana"})
    head, body, signature = token.split(".")
    foreign, _ = Tokens("x" * 40, timedelta(minutes=5), clock).issue({"sub": "ana"})
    raw = jwt.encode({"alg": "HS256"}, {"sub": "ana", "exp": 9_999_999_999}, OctKey.import_key(SECRET))
    timeless = jwt.encode({"alg": "HS256"}, {"sub": "ana"}, tokens._key)  # noqa: SLF001 - what nobody else can make
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbmEiLCJleHAiOjk5OTk5OTk5OTl9."
    changed = [f"{head}.{body}x.{signature}", f"{head}.{body}.{signature[::-1]}", f"{head}.{body}"]
    for bad in [*changed, foreign, raw, timeless, unsigned, "", "a.b.c", "ñ"]:
        with pytest.raises(BadToken):
            tokens.read(bad)
