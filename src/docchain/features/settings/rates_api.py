"""HTTP door of rate limits: the policies, and what they leave to who asks."""

from fastapi import APIRouter

from docchain.features.settings.rates_schemas import RateLimitState, RatePolicy
from docchain.platform.limits.counting import Count
from docchain.platform.limits.limiter import Limiter, Subject, subject_of
from docchain.platform.limits.policies import Policy
from docchain.platform.web.door import KNOWN, Door
from docchain.platform.web.routes import LateRoute

router = APIRouter(prefix="/security", tags=["Security"], route_class=LateRoute)


@router.get("/rate-limits", summary="Read how often you may ask, and how often you still may now", dependencies=[KNOWN])
async def read_rate_limits(door: Door) -> RateLimitState:
    limiter: Limiter | None = getattr(door.request.app.state, "limiter", None)
    if limiter is None:
        return RateLimitState(enabled=False, shared=False, policies=[])
    subject = subject_of(door.actor)
    told = [await _told(limiter, subject, policy) for policy in limiter.policies.values()]
    return RateLimitState(enabled=True, shared=limiter.memory is None, policies=told)


async def _told(limiter: Limiter, subject: Subject, policy: Policy) -> RatePolicy:
    kind, _, class_ = policy.name.partition(".")
    counted: tuple[Policy, Count | None] = (policy, None)
    if kind == subject.kind:
        counted = await limiter.look(subject, class_)
    policy, count = counted
    return RatePolicy(
        name=policy.name,
        requests=policy.amount,
        seconds=policy.seconds,
        burst=policy.burst,
        remaining=count.remaining if count else None,
        full_in=round(count.full, 3) if count else None,
    )
