"""`make docs`: writes the reference pages that come from the code, so that they cannot say anything else."""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping
from inspect import getdoc
from pathlib import Path
from typing import Any, Final

from docchain.bootstrap import open_services
from docchain.engine.definition import json_schema
from docchain.engine.kinds import Effect, StepKind
from docchain.features.realtime import message_schema
from docchain.platform.settings import Settings, StorageSettings, load_settings
from docchain.platform.settings_reference import env_example, markdown

ROOT: Final = Path(__file__).resolve().parent.parent
REFERENCE: Final = "DocumentRef"

_HEAD: Final = """# Step kinds

What `use:` can name, with the parameters of `with:` and the fields of `${steps.<id>.…}`. Generated from the code; do
not edit. `docchain workflow steps` lists them too, and `GET /api/v3/steps` answers with JSON Schemas.

*pure*: same input, same output. *idempotent*: safe to repeat. *external*: changes the world outside, so its intent is
durable before the call; what happens when nobody knows the outcome is the kind's *in doubt* policy, see
[workflows](workflows.md#effects-in-doubt).

A **document** is the reference that an input of type `document` and the result of other steps hold: `document_id`,
`version_id`, `sha256`, `media_type`, `name`, `size`.
"""


def pages() -> dict[str, str]:
    """Every generated page by its path."""
    return {
        ".env.example": env_example(),
        "docs/settings.md": markdown(),
        "docs/socket.schema.json": json.dumps(message_schema(), indent=2, ensure_ascii=False) + "\n",
        "docs/steps.md": asyncio.run(_steps_page()),
        "docs/workflow.schema.json": json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n",
    }


async def _steps_page() -> str:
    with tempfile.TemporaryDirectory() as folder:
        async with open_services(_settings(Path(folder)), run_engine=False) as services:
            listed = [kind for kind in services.kinds if not kind.internal]
            own = [kind for kind in listed if type(kind).__module__.startswith("docchain.")]
            return _HEAD + "".join(f"\n{_kind(kind)}" for kind in own)


def _settings(folder: Path) -> Settings:
    return load_settings(storage=StorageSettings(data_dir=folder, database_url="", blob_url=""))


def _kind(kind: StepKind) -> str:
    doubt = f" · in doubt: {kind.in_doubt.value}" if kind.effect is Effect.EXTERNAL else ""
    lines = [
        f"## {kind.name}",
        "",
        _sentence((getdoc(type(kind)) or "").partition("\n")[0]),
        "",
        f"Version {kind.version} · {kind.effect.value}{doubt}",
        "",
        *_tables("parameter", kind.params.model_json_schema(by_alias=True)),
        *_tables("result", kind.result.model_json_schema(mode="serialization")),
    ]
    return "\n".join(lines)


def _tables(word: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """The model's own table, then one for each model within it."""
    open_ = schema.get("additionalProperties") is True
    if not schema.get("properties"):
        yield f"No {word}s." if not open_ else f"The {word} has whatever fields were given."
        yield ""
        return
    yield from _table(word, schema)
    for name, inner in schema.get("$defs", {}).items():
        if name != REFERENCE and inner.get("properties"):
            yield from _table(f"{word} · {name}", inner)


def _table(word: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """Parameters have defaults; results are as they are."""
    given = word.startswith("parameter")
    yield from (
        (_row(word, "type", "default", "meaning"), "|---|---|---|---|")
        if given
        else (
            _row(word, "type", "meaning"),
            "|---|---|---|",
        )
    )
    required = schema.get("required", ())
    for name, field in schema["properties"].items():
        default = ["required" if name in required else _default(field)] if given else []
        yield _row(f"`{name}`", _type(field, schema), *default, field.get("description", ""))
    yield ""


def _row(*cells: str) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def _default(field: Mapping[str, Any]) -> str:
    default = field.get("default")
    return "" if default in (None, "", [], {}) else f"`{json.dumps(default, ensure_ascii=False)}`"


def _type(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return _named(field["$ref"].rpartition("/")[2], schema)
    if "anyOf" in field:
        return " or ".join(_type(item, schema) for item in field["anyOf"] if item.get("type") != "null")
    if "enum" in field:
        return ", ".join(f"`{item}`" for item in field["enum"])
    type_ = field.get("type", "any")
    if isinstance(type_, list):
        return " or ".join("list" if item == "array" else str(item) for item in type_)
    if type_ == "array":
        return f"list of {_type(field['items'], schema)}" if "items" in field else "list"
    if type_ == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"map of {_type(field['additionalProperties'], schema)}"
    return str(type_)


def _named(name: str, schema: Mapping[str, Any]) -> str:
    if name == REFERENCE:
        return "document"
    values = schema.get("$defs", {}).get(name, {}).get("enum")
    return ", ".join(f"`{item}`" for item in values) if values else name


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def main() -> None:
    for name, text in pages().items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")


if __name__ == "__main__":
    main()
