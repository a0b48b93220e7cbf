"""An application with notes whose answers are kept, for tests of who gets them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Annotated
from uuid import UUID

import httpx
from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import select

from docchain.entrypoints.web.app import create_app
from docchain.features.identity import SignIn
from docchain.platform.database import Database
from docchain.platform.errors import NotFound
from docchain.platform.passwords import Passwords
from docchain.platform.settings import LimitSettings, SecuritySettings
from docchain.platform.web.door import Door, needs
from docchain.platform.work import Work

BASE = "http://docchain.test/api/v3"
ADMIN = {"username": "admin", "password": "admin123"}


class Note(BaseModel):
    id: UUID
    text: str


class House:
    """An application with notes that are versioned; `asked` counts what its route was asked for."""

    def __init__(self, database: Database, passwords: Passwords, note_row, limits: LimitSettings) -> None:
        self.database = database
        self.note_row = note_row
        self.asked = 0
        self.meanwhile = None
        sign_in = SignIn(database, passwords, SecuritySettings(registration="open"))
        services = SimpleNamespace(database=database, sign_in=sign_in, authenticate=sign_in.authenticate, probes={})
        self.app = create_app(services, limits)
        self.app.include_router(self.routes())

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/api/v3/notes")

        @router.get("/{note}", dependencies=[needs("documents:read")])
        async def read(note: UUID, door: Door, size: Annotated[int, Query()] = 0) -> Note:
            self.asked += 1
            found = await door.read(lambda work: self._read(work, note))
            if self.meanwhile:
                await self.meanwhile()
            door.versioned("note", note)
            return Note(id=note, text=found + "x" * size)

        @router.get("", dependencies=[needs("documents:read")])
        async def read_all(door: Door) -> list[Note]:
            self.asked += 1
            door.versioned_by_all()
            found = await door.read(lambda work: work.session.scalars(select(self.note_row)).all())
            if self.meanwhile:
                await self.meanwhile()
            return [Note(id=row.id, text=row.text) for row in found]

        @router.put("/{note}", dependencies=[needs("documents:write")])
        async def write(note: UUID, body: Note, door: Door) -> None:
            await door.write(lambda work: self.put(work, note, body.text))

        return router

    def _read(self, work: Work, note: UUID) -> str:
        found = work.session.get(self.note_row, note)
        if found is None:
            raise NotFound("There is no such note.")
        return found.text

    def put(self, work: Work, note: UUID, given: str) -> None:
        work.session.merge(self.note_row(id=note, text=given))
        work.emit("note.changed", "note", note)

    def client(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=BASE, headers=headers)

    @asynccontextmanager
    async def signed_in(self, path: str = "/auth/login", **given: str) -> AsyncIterator[httpx.AsyncClient]:
        async with self.client() as client:
            answer = (await client.post(path, json=given or ADMIN)).json()
            client.headers["authorization"] = f"Bearer {answer['access_token']}"
            yield client
