"""How long an ended run is kept, and with how much of it: the workflow says, else its origin, else the server."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from docchain.engine.definition import KEEP, RetentionSpec
from docchain.engine.durations import parse_duration
from docchain.features.runs.domain import ENDED
from docchain.platform.settings import RetentionSettings, SettingsError

PAYLOAD: Final = "payload"


class Verdict(StrEnum):
    """What is to become of an ended run."""

    KEEP = "keep"
    PURGE = "purge"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Rules:
    """Times after the end of a run; none: for ever."""

    after: Mapping[str, timedelta | None] = field(default_factory=dict)
    archive: bool = True

    @property
    def shortest(self) -> timedelta | None:
        return min((span for span in self.after.values() if span is not None), default=None)

    def verdict(self, status: str, ended_at: datetime, now: datetime) -> Verdict:
        if self._is_over(status, ended_at, now):
            return Verdict.DELETE
        return Verdict.PURGE if self._is_over(PAYLOAD, ended_at, now) else Verdict.KEEP

    def _is_over(self, what: str, ended_at: datetime, now: datetime) -> bool:
        span = self.after.get(what)
        return span is not None and ended_at + span <= now


def rules_of(*specs: RetentionSpec | None) -> Rules:
    """The rules that several say together: of each outcome, the first that says anything counts."""
    after = {what: _first(getattr(spec, what) for spec in specs if spec) for what in (*ENDED, PAYLOAD)}
    archive = next((spec.archive for spec in specs if spec and spec.archive is not None), True)
    return Rules(after, archive)


def _first(said: Iterable[str | None]) -> timedelta | None:
    text = next((text for text in said if text is not None), KEEP)
    return None if text == KEEP else timedelta(microseconds=parse_duration(text))


@dataclass(frozen=True, slots=True)
class Policy:
    """Who says what: the server's rule, its rules by origin, and the workflows'."""

    general: RetentionSpec = field(default_factory=RetentionSpec)
    origins: Mapping[str, RetentionSpec] = field(default_factory=dict)
    workflows: Mapping[UUID, RetentionSpec] = field(default_factory=dict)

    def rules(self, workflow_id: UUID | None, origin: str) -> Rules:
        own = self.workflows.get(workflow_id) if workflow_id else None
        return rules_of(own, self.origins.get(origin), self.general)

    @classmethod
    def of(cls, settings: RetentionSettings) -> "Policy":
        """The operator's rules.

        Raises:
            SettingsError: when the operator's cannot be read.
        """
        origins = {
            name: _spec(said, f"DOCCHAIN_RETENTION_ORIGINS: {name}")
            for name, said in settings.retention_origins.items()
        }
        return cls(_spec(settings.retention, "DOCCHAIN_RETENTION"), origins)

    def beside(self, workflows: Mapping[UUID, RetentionSpec]) -> "Policy":
        """The same, with the workflows' own rules."""
        return replace(self, workflows=workflows)

    def shortest(self) -> timedelta | None:
        """No run that ended later ago than this is touched; none: nothing ever is."""
        specs = (self.general, *self.origins.values(), *self.workflows.values())
        return min((span for spec in specs if (span := rules_of(spec).shortest) is not None), default=None)


def _spec(said: Mapping[str, Any], variable: str) -> RetentionSpec:
    try:
        return RetentionSpec.model_validate(dict(said))
    except ValidationError as error:
        faults = "; ".join(f"{item['loc'][0]}: {item['msg']}" for item in error.errors())
        hint = 'Write JSON such as {"succeeded": "90d", "payload": "30d"}.'
        raise SettingsError(f"{variable}: {faults}. {hint}") from None
