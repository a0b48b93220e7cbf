"""Versions of prompts: saved once, found by number or label, and named by labels that may move."""

from docchain.features.ai.prompts import domain
from docchain.features.ai.prompts.errors import (
    LabelReserved,
    PromptChanged,
    PromptNotPublished,
    PromptUnchanged,
    PromptVersionNotFound,
    TooManyPrompts,
)
from docchain.features.ai.prompts.filling import Checked
from docchain.features.ai.prompts.repository import PromptRepository
from docchain.features.ai.prompts.schemas import PromptVersion
from docchain.features.ai.prompts.tables import AiPromptLabelRow, AiPromptRow, AiPromptVersionRow
from docchain.platform.ids import Handle, new_id
from docchain.platform.pagination import Page, PageRequest
from docchain.platform.work import Work

Named = int | str | None


class VersionService:
    """Works on prompts whose rows are at hand."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows = PromptRepository(work.session)

    def page(self, prompt: AiPromptRow, request: PageRequest) -> Page[PromptVersion]:
        rows, cursor, total = self._rows.versions(prompt.id, request)
        labels = self._rows.labels([prompt.id])
        items = [_version(prompt, row, [one.label for one in labels if one.number == row.number]) for row in rows]
        return Page[PromptVersion](items=items, next_cursor=cursor, total=total)

    def read(self, prompt: AiPromptRow, named: Named) -> PromptVersion:
        """By number or label; None: the one that is published."""
        row = self._found(prompt, self.number_of(prompt, named))
        labels = self._rows.labels([prompt.id])
        return _version(prompt, row, [one.label for one in labels if one.number == row.number])

    def current(self, prompt: AiPromptRow, label: str) -> PromptVersion | None:
        """The version that a label stands for now."""
        found = self._rows.label(prompt.id, label)
        return None if found is None else self.read(prompt, found.number)

    def number_of(self, prompt: AiPromptRow, named: Named) -> int:
        if isinstance(named, int):
            return named
        if named == domain.LATEST:
            return prompt.versions
        label = self._rows.label(prompt.id, named or domain.PRODUCTION)
        if label is not None:
            return label.number
        if named is None:
            raise PromptNotPublished(prompt.name)
        raise PromptVersionNotFound(prompt.name, named)

    def save(self, prompt: AiPromptRow, version: Checked) -> PromptVersion:
        """A new version.

        Raises:
            PromptUnchanged: the newest one says the same.
        """
        newest = self._rows.version(prompt.id, prompt.versions)
        if newest is not None and newest.digest == version.digest:
            raise PromptUnchanged(
                f"Version {newest.number} of {prompt.name} says the same.", hint="Change something, or publish that."
            )
        if prompt.versions >= domain.MOST_VERSIONS:
            raise TooManyPrompts(f"{prompt.name} has {prompt.versions:,} versions.", hint="Go on with a new prompt.")
        prompt.versions += 1
        wanted = version.wanted
        row = AiPromptVersionRow(
            id=new_id(),
            prompt_id=prompt.id,
            number=prompt.versions,
            **wanted.model_dump(mode="json"),
            digest=version.digest,
            created_at=self._work.now,
            created_by=self._work.actor.name,
        )
        self._rows.add(row)
        self._told("version_saved", prompt, version=row.number, digest=row.digest, notes=row.notes)
        return _version(prompt, row, [])

    def put_label(self, prompt: AiPromptRow, label: str, named: Named) -> None:
        """Let a label stand for this version, and for no other one from now on."""
        if label in (domain.PRODUCTION, domain.LATEST):
            how = f"POST /ai/prompts/{prompt.name}/publish moves it." if label == domain.PRODUCTION else "Take another."
            raise LabelReserved(f"The label {label} is not set like this.", hint=how)
        self._move(prompt, label, named, "labelled")

    def remove_label(self, prompt: AiPromptRow, label: str) -> None:
        found = self._rows.label(prompt.id, label)
        if found is None:
            raise PromptVersionNotFound(prompt.name, label)
        self._told("unlabelled", prompt, label=label, version=found.number)
        self._rows.unlabel(found)

    def publish(self, prompt: AiPromptRow, label: str, number: int, seen: int | None, reason: str | None) -> None:
        """Move a label that a gate agreed to, or that `reason` forces.

        Args:
            prompt: whose label it is.
            label: which.
            number: of the version.
            seen: what the label stood for when the gate was asked.
            reason: why the gate was not asked, if so.
        """
        if label == domain.LATEST:
            raise LabelReserved(f"The label {label} is not set like this.", hint="Take another.")
        before = self._rows.label(prompt.id, label)
        if (before.number if before else None) != seen:
            raise PromptChanged(f"{label} was moved meanwhile.", hint="Publish again, if that is still right.")
        forced = {"forced": reason is not None, "reason": reason or ""}
        self._move(prompt, label, number, "published", **forced)

    def _move(self, prompt: AiPromptRow, label: str, named: Named, what: str, **told: object) -> None:
        version = self._found(prompt, self.number_of(prompt, named))
        row = self._rows.label(prompt.id, label)
        before = row.number if row else None
        if row is not None:
            row.number = version.number
        elif len(self._rows.labels([prompt.id])) >= domain.MOST_LABELS:
            raise TooManyPrompts(f"{prompt.name} has {domain.MOST_LABELS} labels.", hint="Take one away.")
        else:
            self._rows.add(AiPromptLabelRow(prompt_id=prompt.id, label=label, number=version.number))
        digest = version.digest
        self._told(what, prompt, label=label, version=version.number, digest=digest, before=before, **told)

    def _found(self, prompt: AiPromptRow, number: int) -> AiPromptVersionRow:
        row = self._rows.version(prompt.id, number)
        if row is None:
            raise PromptVersionNotFound(prompt.name, number or domain.LATEST)
        return row

    def _told(self, what: str, prompt: AiPromptRow, **more: object) -> None:
        told = {"handle": str(Handle(domain.KIND, prompt.number)), "name": prompt.name, **more}
        self._work.emit(f"ai.prompt.{what}", domain.KIND, prompt.id, told)


def _version(prompt: AiPromptRow, row: AiPromptVersionRow, labels: list[str]) -> PromptVersion:
    plain = PromptVersion.model_fields.keys() - {"prompt", "name", "labels"}
    handle = str(Handle(domain.KIND, prompt.number))
    told = {name: getattr(row, name) for name in plain}
    return PromptVersion(prompt=handle, name=prompt.name, labels=labels, **told)
