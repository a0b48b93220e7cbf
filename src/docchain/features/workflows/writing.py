"""Definitions as YAML: values written so that they are read back as what they were."""

import io
import json
import re
from typing import Any, Final

import yaml

_WIDE: Final = 1_000_000
_PLAIN_NUMBER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")

# Breaks that YAML would read as others, and blanks at an end that a block does not keep wherever it is put.
_ONLY_QUOTED: Final = re.compile(r"[\r\x85\u2028\u2029\ufeff]|\A\s.*\n|\A\n|\n\n\Z", re.DOTALL)


class _Dumper(yaml.SafeDumper):
    """Lists stand indented, long texts as blocks, and what YAML 1.1 or 1.2 would take for something else in quotes."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - its signature
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the same
        return True


class _Block(dict[str, Any]):
    """A mapping that is written one entry a line."""


def _mapping(dumper: yaml.SafeDumper, value: _Block) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if _ONLY_QUOTED.search(value) else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Block, _mapping)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _PLAIN_NUMBER, list("-+0123456789"))


def as_yaml(value: Any, column: int = 0) -> str:
    """A definition, a step of one, or several of them, from this column on; a value that is plain takes one line."""
    written = yaml.dump(
        _in_blocks(value), Dumper=_Dumper, default_flow_style=None, sort_keys=False, allow_unicode=True, width=_WIDE
    )
    return "".join(f"{' ' * column}{line}" if line != "\n" else line for line in io.StringIO(written, newline="\n"))


def _in_blocks(value: Any) -> Any:
    if isinstance(value, list):
        return [_Block(item) if isinstance(item, dict) else item for item in value]
    if not isinstance(value, dict):
        return value
    return _Block({key: _in_blocks(item) if key == "steps" else item for key, item in value.items()})


def as_entry(value: Any, column: int) -> str:
    """What stands behind `key:` where the key stands in this column."""
    return as_yaml({"k": value}, column).lstrip()[2:].rstrip("\n")


def in_line(value: Any) -> str:
    """A value as it stands within brackets."""
    written = yaml.dump(
        [value], Dumper=_Dumper, default_flow_style=True, sort_keys=False, allow_unicode=True, width=_WIDE
    )
    return written.strip()[1:-1]


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
