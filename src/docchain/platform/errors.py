"""Business errors: each class has a stable code, a title and a status number, and says what to do next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One fault in what was sent: where (`steps[2].with.limit`), what, a stable code, and the step that it is in."""

    path: str
    message: str
    code: str = "invalid"
    node: str = ""


class Refusal(Exception):
    """The product refuses a request. Subclass it per reason; the code is part of the public contract."""

    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "The request was refused"
    status: ClassVar[int] = 400
    members: Mapping[str, Any] = {}  # what programs need besides, such as `allowed`

    def __init__(self, detail: str = "", *, errors: Iterable[FieldFault] = (), hint: str = "") -> None:
        self.detail = detail or self.title
        self.errors = list(errors)
        self.hint = hint
        super().__init__(self.detail)


class Invalid(Refusal):
    code = "invalid"
    title = "The request is not valid"
    status = 422


class Unauthenticated(Refusal):
    code = "unauthenticated"
    title = "Sign in first"
    status = 401


class Denied(Refusal):
    code = "denied"
    title = "You may not do this"
    status = 403


class NotFound(Refusal):
    code = "not_found"
    title = "There is no such resource"
    status = 404


class Conflict(Refusal):
    code = "conflict"
    title = "The request conflicts with the present state"
    status = 409


class Stale(Refusal):
    code = "stale"
    title = "The resource changed since you read it"
    status = 412
    etag: str = ""
    """Of the present state, where the resource has one."""


class TooLarge(Refusal):
    code = "too_large"
    title = "The content is too large"
    status = 413


class Busy(Refusal):
    code = "busy"
    title = "The service is busy, try again shortly"
    status = 503
