"""HTTP door of approvals; a GET never approves."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from docchain.features.approvals.schemas import AnswerRequest, Approval, ApprovalQuery
from docchain.features.approvals.service import ApprovalService
from docchain.platform.pagination import Page
from docchain.platform.preconditions import etag_of, state_of
from docchain.platform.web.door import Door, needs
from docchain.platform.web.preconditions import IfMatch
from docchain.platform.web.routes import LateRoute

router = APIRouter(tags=["Approvals"], route_class=LateRoute)


@router.get("/approvals", summary="List approvals", dependencies=[needs("approvals:read")])
async def list_approvals(wanted: Annotated[ApprovalQuery, Query()], door: Door) -> Page[Approval]:
    newest_first = wanted.sort == "-created_at"
    return await door.read(
        lambda work: ApprovalService(work).list(wanted.filter(), wanted.page(), newest_first=newest_first)
    )


@router.get("/approvals/{approval}", summary="Read an approval", dependencies=[needs("approvals:read")])
async def read_approval(approval: str, door: Door, response: Response) -> Approval:
    return _tagged(response, await door.read(lambda work: ApprovalService(work).read(approval)))


def _tagged(response: Response, approval: Approval) -> Approval:
    response.headers["ETag"] = etag_of(state_of(approval))
    return approval


@router.post("/approvals/{approval}/answer", summary="Approve or reject", dependencies=[needs("approvals:answer")])
async def answer_approval(
    approval: str, answer: AnswerRequest, expected: IfMatch, door: Door, response: Response
) -> Approval:
    answered = await door.create(Approval, lambda work: ApprovalService(work).answer(approval, answer, expected))
    door.services.engine.wake()
    return _tagged(response, answered)
