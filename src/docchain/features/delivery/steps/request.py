"""`http.request`: a call to a public address; one that changes something is never repeated while in doubt."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, InDoubt, OutcomeUnknown, Params, Result, StepContext, StepError, StepKind
from docchain.features.delivery.answers import host_of, is_success, log_call, not_answered, refused
from docchain.features.documents import DocumentRef, StepDocuments
from docchain.features.secrets import SecretName
from docchain.platform.outgoing import Answer, Outgoing, OutgoingError

LONGEST_BODY: Final = 20 * 1024 * 1024
LONGEST_INLINE: Final = 64 * 1024
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_GATEWAY: Final = frozenset({502, 504})
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}")
_VALUE: Final = re.compile(r"[\x20-\x7e\t]{0,8000}")
_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade"})


def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or name.lower() in _OURS:
            raise ValueError(f"{name[:100]!r} cannot be set as a header")
        if not _VALUE.fullmatch(value):
            raise ValueError(f"the value of {name} must be printable ASCII")
    return headers


class Auth(Params):
    """A secret that is sent along: as a bearer token, as a password, or as it is in a header of its own."""

    secret: SecretName
    user: str | None = Field(None, max_length=200, pattern=r"^[^:\x00-\x1f]+$", description="Sends it as a password.")
    header: str | None = Field(
        None, pattern=rf"^{_TOKEN.pattern}$", description="Sends it as it is in this header, such as `X-Api-Key`."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.user is not None and self.header is not None:
            raise ValueError("give user, or header, or neither of them")
        if self.header is not None and self.header.lower() in _OURS:
            raise ValueError(f"{self.header[:100]!r} cannot be set as a header")
        return self


class RequestParams(Params):
    method: Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: str = Field(max_length=8_000, description="Private addresses must be allowed by the operator.")
    headers: Annotated[dict[str, str], AfterValidator(_checked)] = Field(default_factory=dict)
    auth: Auth | None = Field(
        None,
        description="A secret of the workspace to send along, such as `{secret: erp_token}`; it is never in the run.",
    )
    json_: Any = Field(None, alias="json", description="Sent as JSON.")
    body: str | None = Field(None, description="Sent as text.")
    document: DocumentRef | None = Field(None, description="Its content is sent, with its media type.")
    expect: tuple[Annotated[int, Field(ge=100, le=599)], ...] = Field(
        (), description="Statuses that are a success; every 2xx unless given."
    )
    timeout: float | None = Field(None, gt=0, le=600, description="Seconds to wait for an answer.")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if sum(("json_" in self.model_fields_set, self.body is not None, self.document is not None)) > 1:
            raise ValueError("give at most one of json, body and document")
        return self

    def is_expected(self, status: int) -> bool:
        return status in self.expect if self.expect else is_success(status)


class RequestResult(Result):
    status: int
    headers: dict[str, str]
    body: Any = Field(None, description="The JSON value or the text; null if it became a document.")
    document: DocumentRef | None = Field(None, description="An answer that is neither JSON nor text, or a long one.")


class HttpRequest(StepKind):
    """Calls an HTTP service and hands on its answer.

    Args:
        documents: where documents are read and written.
        outgoing: the guarded client.
    """

    name = "http.request"
    title = "Call an HTTP service"
    effect = Effect.EXTERNAL
    in_doubt = InDoubt.PARK
    params: ClassVar[type[Params]] = RequestParams
    result: ClassVar[type[BaseModel]] = RequestResult

    def __init__(self, documents: StepDocuments, outgoing: Outgoing) -> None:
        self._documents = documents
        self._outgoing = outgoing

    async def run(self, params: RequestParams, context: StepContext) -> RequestResult:
        content, media_type = await self._content(params, context)
        headers = {**_complete(params, context, media_type), **await _credentials(params, context)}
        safe = params.method in _SAFE
        try:
            answer = await self._outgoing.send(
                params.method,
                params.url,
                headers=headers,
                content=content,
                timeout=params.timeout,
                workspace=context.workspace_id,
            )
        except OutgoingError as error:
            log_call(context, params.method, params.url, error)
            raise not_answered(error, safe=safe) from error
        answer = _masked(answer, context)
        log_call(context, params.method, params.url, answer, expected=params.is_expected(answer.status))
        if params.is_expected(answer.status):
            return await self._result(params, answer, context)
        if answer.status in _GATEWAY and not safe:
            raise OutcomeUnknown(f"A gateway answered {answer.status}; what is behind it may have acted.")
        raise refused(answer, params.url)

    def provider(self, params: Mapping[str, Any]) -> str:
        return host_of(params)

    async def preview(self, params: RequestParams, context: StepContext) -> RequestResult | None:
        """What only reads is read; what may change something is left out."""
        return await self.run(params, context) if params.method in _SAFE else None

    async def _content(self, params: RequestParams, context: StepContext) -> tuple[bytes | None, str]:
        if params.document is not None:
            if params.document.size > LONGEST_BODY:
                message = f"{params.document.name} is larger than the {LONGEST_BODY:,} bytes that one request may send."
                raise StepError(message, FailureClass.RESOURCE)
            return await self._documents.read(context, params.document), params.document.media_type
        if "json_" in params.model_fields_set:
            return json.dumps(params.json_, ensure_ascii=False).encode(), "application/json"
        return (None if params.body is None else params.body.encode()), "text/plain; charset=utf-8"

    async def _result(self, params: RequestParams, answer: Answer, context: StepContext) -> RequestResult:
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        kept: dict[str, Any] = {"status": answer.status, "headers": _shown(answer.headers)}
        if not answer.body:
            return RequestResult(**kept)
        if len(answer.body) <= LONGEST_INLINE and (body := _readable(answer, media_type)) is not None:
            return RequestResult(**kept, body=body[0])
        name = params.url.partition("?")[0].rstrip("/").rpartition("/")[2] or "answer"
        document = await self._documents.write(
            context, answer.body, name, media_type or "application/octet-stream",
            inputs=[params.document] if params.document else [],
        )  # fmt: skip
        return RequestResult(**kept, document=document)


async def _credentials(params: RequestParams, context: StepContext) -> Mapping[str, str]:
    if (auth := params.auth) is None:
        return {}
    value = await context.secret(auth.secret, host_of({"url": params.url}))
    if auth.user is not None:
        pair = base64.b64encode(f"{auth.user}:{value}".encode()).decode()
        context.reveal(pair)
        value = f"Basic {pair}"
    elif auth.header is None:
        value = f"Bearer {value}"
    if not _VALUE.fullmatch(value):
        raise StepError(f"The secret {auth.secret} cannot be sent in a header.", FailureClass.BAD_INPUT)
    return {(auth.header or "Authorization").lower(): value}


def _masked(answer: Answer, context: StepContext) -> Answer:
    """Some services answer with what they were sent."""
    if (known := context.revealed) is None:
        return answer
    headers = {name: known.text(value) for name, value in answer.headers.items()}
    return Answer(answer.status, headers, known.data(answer.body))


def _complete(params: RequestParams, context: StepContext, media_type: str) -> dict[str, str]:
    given = {name.lower(): value for name, value in params.headers.items()}
    ours = {"user-agent": "docchain"}
    if params.method not in _SAFE:
        ours["idempotency-key"] = context.effect_key
    if params.document is not None or params.body is not None or "json_" in params.model_fields_set:
        ours["content-type"] = media_type
    return {**ours, **given}


def _readable(answer: Answer, media_type: str) -> tuple[Any] | None:
    """The answer as a JSON value or a text, if it is one."""
    try:
        if media_type == "application/json" or media_type.endswith("+json"):
            value = json.loads(answer.body)
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # half a character or NaN goes nowhere
            return (value,)
        return (answer.body.decode(),) if media_type.startswith("text/") else None
    except (ValueError, RecursionError):
        return None


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    """Cookies are nobody's business."""
    return {name.lower(): value for name, value in headers.items() if name.lower() != "set-cookie"}
