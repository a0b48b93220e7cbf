"""Own sessions over HTTP: which there are, and the end of those that should not be."""

from uuid import UUID

from fastapi import APIRouter, Request

from docchain.features.identity.factors.proving import Factors
from docchain.features.identity.factors.strong import strong
from docchain.features.identity.sessions.errors import NoSession
from docchain.features.identity.sessions.own_door import OwnDoor, open_own_door
from docchain.features.identity.sessions.schemas import CurrentSession, OwnSessions, SessionsEnded
from docchain.features.identity.sessions.service import SessionService
from docchain.platform.web.door import DoorContext
from docchain.platform.web.routes import LateRoute
from docchain.platform.web.session_cookie import cookie_of, csrf_token

router = APIRouter(route_class=LateRoute)
# One's own sessions need no permission, but a session: a key that somebody stole ends nobody's.


@router.get("/session", summary="Show this session, and its CSRF token if a cookie stands for it")
async def read_session(request: Request, door: OwnDoor) -> CurrentSession:
    _, session_id = _own(door)
    found = await door.read(lambda work: SessionService(work).one(session_id))
    cookie = cookie_of(request) if found.kind == "browser" else None
    return CurrentSession(**found.model_dump(), csrf_token=csrf_token(cookie) if cookie else None)


@router.get("/sessions", summary="List where you are signed in")
async def list_sessions(door: OwnDoor) -> OwnSessions:
    user_id, session_id = _own(door)
    found = await door.read(lambda work: SessionService(work).list(user_id, session_id))
    return OwnSessions(items=found)


@router.delete("/sessions", summary="Sign out everywhere else", dependencies=[strong(opened=open_own_door)])
async def end_other_sessions(door: OwnDoor) -> SessionsEnded:
    """All sessions but this one end at once, with their tokens, cookies and sockets."""
    user_id, session_id = _own(door)
    ended = await door.write(lambda work: SessionService(work).end_others(user_id, session_id))
    return SessionsEnded(ended=ended)


@router.delete("/sessions/{session}", status_code=204, summary="End one of your sessions")
async def end_session(session: UUID, door: OwnDoor) -> None:
    """Any other than this one only with a fresh proof of who you are."""
    user_id, here = _own(door)
    if session != here:
        factors: Factors = door.services.factors
        await factors.require_fresh(door.actor)
    await door.write(lambda work: SessionService(work).end_own(user_id, session))


def _own(door: DoorContext) -> tuple[UUID, UUID]:
    if door.actor.user_id is None or door.actor.session_id is None:
        raise NoSession
    return door.actor.user_id, door.actor.session_id
