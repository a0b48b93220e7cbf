"""HTTP door of streams, rules and alerts."""

from typing import Annotated

from fastapi import APIRouter, Query

from docchain.features.audit.doors import READ, WRITE, audit_of
from docchain.features.audit.stream_schemas import Alert, Rule, RuleRequest, Stream, StreamRequest
from docchain.features.audit.streams import AlertService, RuleService, StreamService
from docchain.platform.pagination import Page, PageQuery
from docchain.platform.web.door import Door
from docchain.platform.web.routes import LateRoute

router = APIRouter(route_class=LateRoute)
_Asked = Annotated[PageQuery, Query()]


@router.get("/streams", summary="List where entries are streamed to", dependencies=READ)
async def list_audit_streams(wanted: _Asked, door: Door) -> Page[Stream]:
    return await door.read(lambda work: StreamService(work).list(wanted.page()))


@router.post("/streams", status_code=201, summary="Stream entries to a file, syslog or a webhook", dependencies=WRITE)
async def create_audit_stream(body: StreamRequest, door: Door) -> Stream:
    """Delivered at least once and in order, from now on; a receiver tells repeats by `position`."""
    audit = audit_of(door)
    made = await door.create(Stream, lambda work: StreamService(work).create(body, audit.settings.audit_streams_max))
    if made.kind != "webhook":
        return made
    return made.model_copy(update={"signing_key": audit.streamer.senders.signing_key(made.id)})


@router.delete("/streams/{stream}", status_code=204, summary="Stop streaming there", dependencies=WRITE)
async def delete_audit_stream(stream: str, door: Door) -> None:
    await door.write(lambda work: StreamService(work).delete(stream))


@router.get("/rules", summary="List the rules that raise alerts", dependencies=READ)
async def list_audit_rules(wanted: _Asked, door: Door) -> Page[Rule]:
    return await door.read(lambda work: RuleService(work).list(wanted.page()))


@router.post("/rules", status_code=201, summary="Raise alerts by a rule from now on", dependencies=WRITE)
async def create_audit_rule(body: RuleRequest, door: Door) -> Rule:
    """An alert is an entry of its own, `alert.raised`, so streams deliver it."""
    most = audit_of(door).settings.audit_rules_max
    return await door.create(Rule, lambda work: RuleService(work).create(body, most))


@router.delete("/rules/{rule}", status_code=204, summary="Remove a rule; its alerts stay", dependencies=WRITE)
async def delete_audit_rule(rule: str, door: Door) -> None:
    await door.write(lambda work: RuleService(work).delete(rule))


@router.get("/alerts", summary="List alerts, the newest first", dependencies=READ)
async def list_audit_alerts(wanted: _Asked, door: Door) -> Page[Alert]:
    return await door.read(lambda work: AlertService(work).list(wanted.page()))


@router.post("/alerts/{alert}/acknowledge", summary="Say that somebody looks after an alert", dependencies=WRITE)
async def acknowledge_audit_alert(alert: str, door: Door) -> Alert:
    return await door.create(Alert, lambda work: AlertService(work).acknowledge(alert))
