"""What a workspace takes: its own rules over the operator's settings."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from docchain.features.documents.domain import media_type_of
from docchain.features.documents.intake import signatures as kinds
from docchain.features.documents.intake.findings import MIB, Bounds, Suspicious
from docchain.features.documents.intake.programs import runs_by_name
from docchain.features.documents.intake.schemas import IntakeRules
from docchain.platform.settings_intake import IntakeSettings

_OPAQUE: Final = frozenset({kinds.SEVEN_ZIP, kinds.RAR, "application/zstd"})
_NAMED: Final = frozenset({kinds.TEXT, kinds.OLE, kinds.ZIP, kinds.BINARY, kinds.XML})
"""Types that content tells only roughly; what a name says within them counts too."""


@dataclass(frozen=True, slots=True)
class Taking:
    """The rules that hold."""

    allow: tuple[str, ...]
    max_bytes: int | None
    macros: bool
    encrypted: bool
    mismatch: bool
    programs: tuple[str, ...] = ()

    @classmethod
    def of(cls, rules: IntakeRules, own: IntakeSettings) -> "Taking":
        return cls(
            tuple(own.intake_allow if rules.allow is None else rules.allow),
            rules.max_bytes,
            (rules.macros or own.intake_macros) == "accept",
            (rules.encrypted or own.intake_encrypted) == "accept",
            (rules.mismatch or own.intake_mismatch) == "accept",
            tuple(own.intake_programs),
        )

    @property
    def runnable(self) -> bool:
        """Whether programs are taken, as only somebody who lists them wants."""
        return any(_matches(allowed, kinds.PROGRAM) for allowed in self.allow)

    def check(self, seen: str, name: str, declared: str | None) -> None:
        """Refuse a type that is not taken, or that is another than it was said to be."""
        self._check_allowed(seen, name)
        if self.mismatch:
            return
        promise = kinds.promised(name)
        if promise is not None and not kinds.agree(promise, seen):
            raise Suspicious("type_mismatch", f"Its name says {promise}, but its content is {seen}; name it right.")
        said = kinds.declared_type(declared)
        if said is not None and not kinds.agree(said, seen):
            raise Suspicious("type_mismatch", f"It was sent as {said}, but its content is {seen}; send it as it is.")

    def _check_allowed(self, seen: str, name: str) -> None:
        if not self.runnable and runs_by_name(name, self.programs):
            raise Suspicious("program", "Its name ends as those of programs do; programs are not taken.")
        if self.allow:
            candidates = {seen, media_type_of(None, name)} if seen in _NAMED else {seen}
            if not any(_matches(allowed, found) for allowed in self.allow for found in candidates):
                raise Suspicious("type_not_allowed", f"Files of the type {seen} are not taken here.")
        elif seen == kinds.PROGRAM:
            raise Suspicious("program", "It is a program; programs are not taken.")
        elif seen in _OPAQUE:
            raise Suspicious(
                "archive_opaque", f"Nobody can look into {seen} here; send a ZIP, or the files themselves."
            )


def _matches(allowed: str, found: str) -> bool:
    return found.startswith(allowed[:-1]) if allowed.endswith("/*") else allowed in ("*/*", found)


def bounds_of(taking: Taking, own: IntakeSettings) -> dict[str, Any]:
    """What looking into one file may cost, for the child that looks."""
    bounds = Bounds(
        expanded=own.intake_expanded_mb * MIB,
        entries=own.intake_entries,
        ratio=own.intake_ratio,
        depth=own.intake_depth,
        pages=own.intake_pages,
        macros=taking.macros,
        encrypted=taking.encrypted,
        programs=taking.programs,
        runnable=taking.runnable,
    )
    return asdict(bounds)
