"""Keep files and functions small, and names meaningful: limits that a newcomer's eye would set."""

import ast
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
FILE_LINES: Final = 300
TABLES_LINES: Final = 400
FUNCTION_LINES: Final = 50
BANNED: Final = {"utils", "helpers", "common", "core", "base", "misc", "manager", "util", "helper"}
SOURCES: Final = ("src", "tests", "bench", "scripts", "evals", "examples")


def faults_in(path: Path) -> list[str]:
    name = path.relative_to(ROOT)
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    limit = TABLES_LINES if path.name == "tables.py" else FILE_LINES
    found = [f"{name}: {lines} lines, more than {limit}; split it by use case"] if lines > limit else []
    found += [f"{name}: {part!r} says nothing; name what is in it" for part in {*name.parent.parts, path.stem} & BANNED]
    tree = ast.parse(text, str(path))
    if path.name != "__init__.py" and name.parts[0] == "src" and ast.get_docstring(tree) is None:
        found.append(f"{name}: begin with one line that says what the module is")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{name}:{node.lineno}: {node.name} has {length} lines, more than {FUNCTION_LINES}")
    return found


def main() -> int:
    paths = [path for source in SOURCES for path in sorted((ROOT / source).rglob("*.py"))]
    paths = [path for path in paths if "versions" not in path.parts]
    found = [fault for path in paths for fault in faults_in(path)]
    for fault in found:
        print(fault)
    print(f"{len(paths)} files checked, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
