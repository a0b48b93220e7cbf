"""Settings of a workspace: typed, with history, and back to any revision."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from docchain.engine.definition.faults import field_faults
from docchain.features.settings import domain
from docchain.features.settings.errors import BadSetting, SettingChanged, SettingNotFound
from docchain.features.settings.repository import SettingRepository
from docchain.features.settings.schemas import Setting
from docchain.features.settings.tables import WorkspaceSettingRow
from docchain.platform.preconditions import Expected
from docchain.platform.work import Work

_SHOWN: Final = 100


class SettingService:
    """Reads and changes settings; `providers` are those of models that may be chosen, None where any may."""

    def __init__(self, work: Work, providers: Collection[str] | None = None) -> None:
        self._work = work
        self._providers = providers
        self._rows = SettingRepository(work.session)

    def all(self) -> list[Setting]:
        return [self.read(name) for name in domain.KNOWN]

    def read(self, name: str) -> Setting:
        return _shown(name, self._rows.newest(name))

    def history(self, name: str) -> list[Setting]:
        """Its revisions, the newest first."""
        return [_shown(name, row) for row in self._rows.revisions(name, _SHOWN)]

    def set(self, name: str, value: dict[str, Any], expected: Expected) -> Setting:
        return self._put(name, _checked(name, value, self._providers), expected)

    def roll_back(self, name: str, revision: int, expected: Expected) -> Setting:
        row = self._rows.revision(name, revision)
        if row is None and revision:
            raise SettingNotFound(f"{name} has no revision {revision}.", hint=f"GET /admin/settings/{name}/history.")
        return self._put(name, row.value if row else domain.blank(name), expected)

    def _put(self, name: str, value: dict[str, Any], expected: Expected) -> Setting:
        before = self._rows.newest(name)
        revision = before.revision if before else 0
        expected.check(revision, SettingChanged(f"It is at revision {revision}.", hint="Read it again."))
        row = WorkspaceSettingRow(
            workspace_id=self._work.workspace_id,
            name=name,
            revision=revision + 1,
            value=value,
            changed_at=self._work.now,
            changed_by=self._work.actor.name,
        )
        self._rows.add(row)
        told = {"name": name, "revision": row.revision, "before": before.value if before else None, "after": value}
        self._work.emit("settings.changed", "settings", self._work.workspace_id, told)
        return _shown(name, row)


def values_of_all(work: Work, name: str) -> dict[UUID, dict[str, Any]]:
    """By workspace, what is set; takes a work of the system."""
    return SettingRepository(work.session).of_all(name)


def _checked(name: str, value: dict[str, Any], providers: Collection[str] | None) -> dict[str, Any]:
    try:
        checked = domain.KNOWN[name].model_validate(value, context={domain.PROVIDERS: providers})
        return checked.model_dump(mode="json")
    except ValidationError as error:
        faults = field_faults(error, "value")
        raise BadSetting(f"{faults[0].path}: {faults[0].message}", errors=faults) from None


def _shown(name: str, row: WorkspaceSettingRow | None) -> Setting:
    meaning = (domain.KNOWN[name].__doc__ or "").strip()
    if row is None:
        return Setting(name=name, meaning=meaning, value=domain.blank(name), revision=0)
    return Setting(
        name=name,
        meaning=meaning,
        value=row.value,
        revision=row.revision,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
