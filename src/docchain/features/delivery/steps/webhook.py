"""`deliver.webhook`: a signed message; its id is the effect's key, so the receiver takes each only once."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, Field, model_validator

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, InDoubt, Params, Result, StepContext, StepError, StepKind
from docchain.features.delivery.answers import host_of, is_success, log_call, not_answered, refused
from docchain.features.delivery.signatures import SecretMissingError, Secrets, sign
from docchain.features.documents import DocumentRef, StepDocuments
from docchain.features.secrets import SecretName
from docchain.platform.outgoing import Answer, Outgoing, OutgoingError, OutgoingTooLargeError, OutgoingUnknownError

MOST_BYTES: Final = 20 * 1024 * 1024
"""Documents of one message, together."""


class WebhookParams(Params):
    url: str = Field(max_length=8_000, description="Where to; private addresses must be allowed by the operator.")
    type: str = Field("document.delivered", max_length=200, description="What kind of message it is.")
    payload: Any = Field(None, description="The message's `data`.")
    documents: tuple[DocumentRef, ...] = Field((), max_length=100, description="Sent along, in base64.")
    secret: SecretName | None = Field(None, description="Secret of the workspace that the message is signed with.")
    secret_env: str | None = Field(
        None,
        max_length=200,
        description="Instead: environment variable of the server that holds it, DOCCHAIN_SECRET_….",
        examples=["DOCCHAIN_SECRET_ERP"],
    )
    timeout: float | None = Field(None, gt=0, le=600, description="Seconds to wait for an answer.")

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if (self.secret is None) == (self.secret_env is None):
            raise ValueError("name the signing secret: as secret, or as secret_env")
        return self


class WebhookResult(Result):
    status: int
    message_id: str = Field(description="The header webhook-id, the same for every attempt.")
    preview: dict[str, Any] | None = Field(
        None, exclude_if=lambda told: told is None, description="In a dry run: what would have been sent, and where to."
    )


class DeliverWebhook(StepKind):
    """Sends a signed message (Standard Webhooks) with data and documents to another system.

    Args:
        documents: where documents are read.
        outgoing: the guarded client.
        secrets: where signing secrets are found.
    """

    name = "deliver.webhook"
    title = "Deliver to a webhook"
    effect = Effect.EXTERNAL
    in_doubt = InDoubt.RESEND
    params: ClassVar[type[Params]] = WebhookParams
    result: ClassVar[type[BaseModel]] = WebhookResult

    def __init__(self, documents: StepDocuments, outgoing: Outgoing, secrets: Secrets | None = None) -> None:
        self._documents = documents
        self._outgoing = outgoing
        self._secrets = secrets or Secrets()

    async def run(self, params: WebhookParams, context: StepContext) -> WebhookResult:
        body = await self._body(params, context)
        try:
            headers = _headers(await self._secret(params, context), context.effect_key, body)
        except SecretMissingError as error:
            raise StepError(str(error), FailureClass.DENIED) from None
        answer = await self._send(params, context, headers, body)
        log_call(context, "POST", params.url, answer, expected=is_success(answer.status))
        if not is_success(answer.status):
            raise refused(answer, params.url)
        return WebhookResult(status=answer.status, message_id=context.effect_key)

    async def _secret(self, params: WebhookParams, context: StepContext) -> str:
        if params.secret is not None:
            return await context.secret(params.secret, host_of({"url": params.url}))
        secret = self._secrets.get(str(params.secret_env))
        context.reveal(secret)
        return secret

    def provider(self, params: Mapping[str, Any]) -> str:
        return host_of(params)

    async def preview(self, params: WebhookParams, context: StepContext) -> WebhookResult:
        told = params.model_dump(mode="json", include={"url", "type", "payload"})
        documents = [document.model_dump(mode="json") for document in params.documents]
        return WebhookResult(status=0, message_id=context.effect_key, preview={**told, "documents": documents})

    async def _send(self, params: WebhookParams, context: StepContext, headers: dict[str, str], body: bytes) -> Answer:
        """The status is the answer; of what comes after it nothing is needed."""
        try:
            return await self._outgoing.send(
                "POST",
                params.url,
                headers=headers,
                content=body,
                timeout=params.timeout,
                workspace=context.workspace_id,
            )
        except (OutgoingTooLargeError, OutgoingUnknownError) as error:
            if error.status is None:
                log_call(context, "POST", params.url, error)
                raise not_answered(error) from error
            return Answer(error.status, {}, b"")
        except OutgoingError as error:
            log_call(context, "POST", params.url, error)
            raise not_answered(error) from error

    async def _body(self, params: WebhookParams, context: StepContext) -> bytes:
        """The same for every attempt."""
        if sum(document.size for document in params.documents) > MOST_BYTES:
            raise StepError(
                f"The documents are larger than {MOST_BYTES:,} bytes together.",
                FailureClass.RESOURCE,
                hint="Deliver them to a folder, or send their ids only.",
            )
        message: dict[str, Any] = {
            "type": params.type,
            "timestamp": context.started_at.isoformat().replace("+00:00", "Z"),
            "data": params.payload,
        }
        if params.documents:
            message["documents"] = [await self._enclosed(document, context) for document in params.documents]
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()

    async def _enclosed(self, document: DocumentRef, context: StepContext) -> dict[str, Any]:
        content = base64.b64encode(await self._documents.read(context, document)).decode()
        return {**document.model_dump(mode="json"), "content": content}


def _headers(secret: str, message_id: str, body: bytes) -> dict[str, str]:
    timestamp = int(time.time())
    return {
        "Content-Type": "application/json",
        "User-Agent": "docchain",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id, timestamp, body),
    }
