"""The step `extract.fields`; its one rule: reading happens in a child process, judging by threshold here."""

from collections.abc import AsyncIterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from pydantic import BaseModel, Field, ValidationError

from docchain.engine.failures import FailureClass
from docchain.engine.kinds import Effect, Params, Result, StepContext, StepError, StepKind
from docchain.features.documents import Children, DocumentRef, StepDocuments
from docchain.features.extraction.field_spec import FieldSpec
from docchain.features.extraction.recalling import Recalls
from docchain.features.extraction.rules import Rule, broken
from docchain.features.extraction.schema import parse_schema, schema_key, specs
from docchain.platform.model import Model

PARSED = "application/vnd.docchain.parsed+json"
TARGET = "docchain.features.extraction.extract:extract_file"
LIKENESS = "docchain.features.extraction.correcting:likeness_of_file"
UNPARSED = "docchain.features.extraction.extract:extract_unparsed"


class ExtractParams(Params):
    """What to read, and when to trust it."""

    document: DocumentRef = Field(description="The parsed document that `document.parse` made, or an e-invoice.")
    schema_: str | dict[str, Any] = Field(
        default="invoice",
        alias="schema",
        description="A preset (`invoice`, `receipt`, `contract`, `identity`, `mail`), or `fields` by name, with a "
        "preset's name as `$ref` and `rules` in CEL beside them.",
    )
    threshold: float = Field(default=0.85, ge=0, le=1, description="Values below this confidence need a person.")


class ExtractedField(Model):
    """One value, how sure it is and where it stands."""

    value: Any
    text: str
    confidence: float
    accepted: bool
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    path: str | None = Field(None, description="Where it stands in the XML of an e-invoice, instead of a page.")
    method: str
    parts: list[dict[str, Any]] = Field([])
    grounded: bool = Field(default=True, description="Whether the document says it; what it does not, nobody accepts.")


class FoundFault(Model):
    """Something that does not fit."""

    path: str
    code: str
    message: str
    severity: str
    message_es: str = ""
    source: str = Field("", description="Who published the rule that is broken, if it is one.")


class ExtractResult(Result):
    """Plain values by name, the same with their evidence, and what needs a person."""

    value: dict[str, Any]
    fields: dict[str, ExtractedField]
    missing: dict[str, str]
    faults: list[FoundFault]
    unsure: list[str]
    ok: bool
    learned_from: list[str] = Field([], description="Corrections of papers of the same layout that had a part in it.")


class ExtractFields(StepKind):
    """Read fields (dates, parties, amounts, lines…) from a parsed document, each with confidence, page and box.

    Of an e-invoice, the fields of the preset are exactly what its XML says.

    Args:
        documents: where parsed documents are read.
        children: where the reading runs.
        pages: how many are read from the start of a document and from its end.
        recalls: who keeps what people corrected; without it, nothing is learned.
    """

    name: ClassVar[str] = "extract.fields"
    version: ClassVar[int] = 1
    title: ClassVar[str] = "Extract fields"
    effect: ClassVar[Effect] = Effect.IDEMPOTENT
    params: ClassVar[type[Params]] = ExtractParams
    result: ClassVar[type[BaseModel]] = ExtractResult

    def __init__(
        self,
        documents: StepDocuments,
        children: Children,
        pages: tuple[int, int] = (8, 4),
        recalls: Recalls | None = None,
    ) -> None:
        self._documents = documents
        self._recalls = recalls
        self._children = children
        self._pages = pages

    async def run(self, params: ExtractParams, context: StepContext) -> ExtractResult:
        wanted = wanted_of(params.schema_)
        target = TARGET if params.document.media_type == PARSED else UNPARSED
        hints: dict[str, Any] = {"today": context.started_at.date().isoformat(), "pages": self._pages}
        async with self._children.file() as given:
            content: dict[Path, AsyncIterable[bytes]] = {given: self._documents.open(context, params.document)}
            if target == TARGET and (memory := await self._memory(params, context, given, content)):
                hints["memory"] = memory
            answer = await self._children.call(target, str(given), params.schema_, hints, given=content)
        if answer is None:
            raise StepError(
                f"{params.document.name} is not parsed.",
                FailureClass.BAD_INPUT,
                hint="Put a document.parse step before this one and give its `document`.",
            )
        found = judge(msgspec.json.decode(answer), wanted, params.threshold, rules_of(params.schema_))
        _log(found, context)
        return found

    async def _memory(
        self, params: ExtractParams, context: StepContext, given: Path, content: dict[Path, AsyncIterable[bytes]]
    ) -> list[dict[str, Any]]:
        """What was corrected on papers like this; looking puts the content into its file."""
        key = schema_key(params.schema_)
        if self._recalls is None or not await self._recalls.knows(context.workspace_id, key):
            return []
        told = await self._children.call(LIKENESS, str(given), given=content)
        content.clear()
        return await self._recalls.like(context.workspace_id, key, *msgspec.json.decode(told))


def _log(found: ExtractResult, context: StepContext) -> None:
    """Names of fields only: what they say is nobody's business here."""
    context.log(f"Found {len(found.fields)} fields.", missing=found.missing, unsure=found.unsure)
    for fault in found.faults:
        context.log(f"{fault.path} does not fit.", level="warning", code=fault.code, severity=fault.severity)


def wanted_of(schema: str | Mapping[str, Any]) -> dict[str, FieldSpec]:
    """The fields of a schema; raises a failure that says where it is wrong."""
    try:
        return specs(parse_schema(schema))
    except ValidationError as error:
        first = error.errors()[0]
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        raise StepError(
            f"The schema is wrong at {path or 'its root'}: {first['msg'].removeprefix('Value error, ')}.",
            FailureClass.BAD_INPUT,
            hint="Give `invoice`, `receipt`, `contract`, `identity` or `mail`, or a mapping with `fields`.",
        ) from error


def rules_of(schema: str | Mapping[str, Any]) -> list[Rule]:
    """The rules of a schema that `wanted_of` took."""
    return [] if isinstance(schema, str) or not schema.get("rules") else parse_schema(schema).rules


def _is_sure(found: Mapping[str, Any], threshold: float) -> bool:
    return bool(found["confidence"] >= threshold and found.get("grounded", True))


def judge(
    extraction: Mapping[str, Any], wanted: Mapping[str, FieldSpec], threshold: float, rules: Sequence[Rule] = ()
) -> ExtractResult:
    """Accept what is sure enough and without a fault; everything else is for a person."""
    values = {name: found["value"] for name, found in extraction["fields"].items()}
    wrong = list(broken(rules, values))
    faults = [*extraction["faults"], *(msgspec.to_builtins(fault) for fault, _ in wrong)]
    faulty = {fault["path"] for fault in faults}.union(*(named for _, named in wrong))
    errors = [fault for fault in faults if fault["severity"] == "error"]
    fields = {
        name: ExtractedField(**found, accepted=_is_sure(found, threshold) and name not in faulty)
        for name, found in extraction["fields"].items()
    }
    unsure = [name for name, found in extraction["fields"].items() if not _is_sure(found, threshold)]
    required = [name for name, spec in wanted.items() if spec.required]
    settled = all(name in fields and name not in unsure for name in required)
    return ExtractResult(
        value={name: fields[name].value if name in fields else None for name in wanted},
        fields=fields,
        missing=extraction["missing"],
        faults=[FoundFault(**fault) for fault in faults],
        unsure=unsure,
        ok=not errors and settled,
        learned_from=extraction.get("learned_from", []),
    )
