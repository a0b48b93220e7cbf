"""Hashes of former parameters take another time to verify: they are renewed at the first sign-in."""

import asyncio

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select, update

from docchain.features.identity.tables import UserRow
from docchain.platform.work import SYSTEM

ADMIN = {"username": "admin", "password": "admin123"}
OLD = PasswordHash((Argon2Hasher(parallelism=4),))


async def _kept(database):
    wanted = select(UserRow.password_hash).where(UserRow.username == "admin")
    return await database.read(lambda work: work.session.scalar(wanted), SYSTEM)


async def _set(database, hashed):
    changed = update(UserRow).where(UserRow.username == "admin").values(password_hash=hashed)
    await database.write(lambda work: work.session.execute(changed), SYSTEM)


async def test_a_sign_in_renews_an_old_hash_and_a_wrong_one_does_not(client, database):
    old = OLD.hash("admin123")
    await _set(database, old)
    assert (await client.post("/auth/login", json=ADMIN | {"password": "admin124"})).status_code == 401
    assert await _kept(database) == old
    answers = await asyncio.gather(*(client.post("/auth/login", json=ADMIN) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    new = await _kept(database)
    assert (",p=4$" in old, ",p=1$" in new) == (True, True)
    assert (await client.post("/auth/login", json=ADMIN)).status_code == 200
    assert await _kept(database) == new
