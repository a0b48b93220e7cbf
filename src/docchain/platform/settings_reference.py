"""The settings as documents, generated from their code: `python -m docchain.platform.settings_reference env|docs`."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, SecretStr
from pydantic_core import PydanticUndefined, to_json

from docchain.platform.settings import PREFIX, Settings, concerns_of


@dataclass(frozen=True, slots=True)
class SettingRow:
    concern: str
    variable: str
    aliases: tuple[str, ...]
    default: str
    description: str


def rows() -> Iterator[SettingRow]:
    """Yield every setting, in the order of the code."""
    for _, concern in concerns_of(Settings):
        for name, field in concern.model_fields.items():
            alias = field.validation_alias
            names = [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else []
            variable, *aliases = names or [PREFIX + name.upper()]
            yield SettingRow(
                (concern.__doc__ or "").strip(), variable, tuple(aliases), _text(field.default), field.description or ""
            )


def env_example() -> str:
    """Return the `.env.example`: every variable with its default, commented out."""
    lines = ["# Copy to .env and uncomment what you change. Generated from the code; do not edit.", ""]
    concern = ""
    for row in rows():
        if row.concern != concern:
            concern = row.concern
            lines += [f"## {concern}", ""]
        lines += [f"# {row.description}", f"#{row.variable}={row.default}", ""]
    return "\n".join(lines[:-1]) + "\n"


def markdown() -> str:
    """Return the settings page of the documentation."""
    lines = [
        "# Settings",
        "",
        "Variables of the environment or of a file `.env`. Generated from the code; do not edit.",
    ]
    concern = ""
    for row in rows():
        if row.concern != concern:
            concern = row.concern
            lines += ["", f"## {concern.rstrip('.')}", "", "| variable | default | meaning |", "|---|---|---|"]
        also = f" Also read from `{'`, `'.join(row.aliases)}`." if row.aliases else ""
        default = f"`{row.default}`" if row.default else ""
        lines.append(f"| `{row.variable}` | {default} | {row.description}{also} |")
    return "\n".join(lines) + "\n"


def _text(default: Any) -> str:
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if default is PydanticUndefined:
        return ""
    return str(default) if isinstance(default, str | Path) else to_json(default).decode()


if __name__ == "__main__":
    sys.stdout.write({"env": env_example, "docs": markdown}[sys.argv[1]]())
