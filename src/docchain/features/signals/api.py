"""HTTP door of signals from outside."""

from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request

from docchain.features.runs import Handed, LiveRuns, Run, RunService, known_workspaces
from docchain.features.signals.callbacks import Callback, CallbackLinks
from docchain.features.signals.domain import CALLBACK
from docchain.features.signals.errors import CallbackNotFound, CallbackUsed
from docchain.features.signals.schemas import CallbackTaken, EventRequest, PublishedEvent
from docchain.features.signals.service import SignalService
from docchain.platform.database import Database
from docchain.platform.idempotency import Asked, once, repeated
from docchain.platform.web.door import Door, asked_of, needs
from docchain.platform.web.media import reads
from docchain.platform.web.routes import LateRoute
from docchain.platform.work import SYSTEM, Actor, Work

router = APIRouter(tags=["Runs"], route_class=LateRoute)


@router.post(
    "/events",
    status_code=202,
    summary="Publish an event; runs that wait for it go on",
    dependencies=[needs("events:publish")],
)
async def publish_event(body: EventRequest, door: Door) -> PublishedEvent:
    limit = door.services.settings.limits.max_event_bytes
    return await door.create(PublishedEvent, lambda work: SignalService(work).publish(body, limit))


@router.post(
    "/callbacks/{token}",
    status_code=202,
    summary="Answer a step that waits for a call-back",
    dependencies=[reads("application/json")],
)
async def call_back(
    token: Annotated[str, Path(max_length=400)],
    request: Request,
    data: Annotated[Handed[Any], Body(examples=[{"paid": True}])] = None,
) -> CallbackTaken:
    services = request.app.state.services
    database: Database = services.database
    links: CallbackLinks = services.callbacks
    callback = links.read(token)
    actor = await _actor_of(callback, services)
    asked = await _asked(request, token)
    if asked and (known := await database.read(lambda work: repeated(work, asked, CallbackTaken), actor)):
        return known
    run = await database.read(lambda work: RunService(work).read(str(callback.run_id)), actor)
    await _check_waits(callback, run, services)

    def take(work: Work) -> CallbackTaken:
        SignalService(work).call_back(callback, data)
        return CallbackTaken(step=callback.step)

    taken = await database.write(
        lambda work: take(work) if asked is None else once(work, asked, CallbackTaken, take), actor
    )
    services.engine.wake()
    return taken


async def _asked(request: Request, token: str) -> Asked | None:
    """Whoever calls back knows no other callers, so a key counts only together with its address."""
    asked = await asked_of(request)
    return None if asked is None else replace(asked, key=sha256(f"{token} {asked.key}".encode()).hexdigest())


async def _actor_of(callback: Callback, services: Any) -> Actor:
    """Whoever knows the address acts in the run's workspace, and only there."""
    found = await services.database.read(lambda work: known_workspaces(work, [callback.run_id]), SYSTEM)
    if callback.run_id not in found:
        raise CallbackNotFound
    return Actor(user_id=None, name=CALLBACK, workspace_id=found[callback.run_id])


async def _check_waits(callback: Callback, run: Run, services: Any) -> None:
    state = await services.engine.state(callback.run_id)
    step = None if state is None else state.steps.get(callback.step)
    if step is None or step.attempt != callback.attempt or step.signal != CALLBACK:
        raise CallbackUsed(callback.step)
    await LiveRuns(services.engine).check_wait(run, callback.step, CALLBACK)
