"""Tries every pattern of the product on texts that make others go back and forth for ever; prints those that do."""

import importlib
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docchain

LONG, BOUND = 1_500, 0.5
UNITS = (
    *(" ", "a", "1", "-", ".", ",", "/", '"', "\n", "a ", "1,", "1.", "a.", "a-", "<a", "--", "é", "Ab ", "\\", "_"),
    *("a@", "*", "{", "[", "#", "|", " \n", "a\n", 'W/"",', "€", "1 ", "0", "<!---->", "<!-- -->\n", "a=", "()"),
)


def modules() -> Iterator[Any]:
    root = Path(docchain.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if path.name != "__main__.py" and "migrations" not in path.parts:
            name = ".".join(("docchain", *path.relative_to(root).with_suffix("").parts))
            yield importlib.import_module(name.removesuffix(".__init__"))


def patterns() -> dict[re.Pattern[Any], str]:
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            values = value if isinstance(value, tuple | list) else [value]
            for one in [part for item in values for part in (item if isinstance(item, tuple) else (item,))]:
                if isinstance(one, re.Pattern):
                    found[one] = f"{module.__name__}.{name}"
    return found


def ends(pattern: re.Pattern[Any], unit: str, how: str) -> bool:
    text = unit * (LONG // len(unit)) + "\x01"
    signal.setitimer(signal.ITIMER_VIRTUAL, BOUND)
    try:
        getattr(pattern, how)(text.encode() if isinstance(pattern.pattern, bytes) else text)
    except TimeoutError:
        return False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return True


def main() -> None:
    def stop(*_: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGVTALRM, stop)
    found = patterns()
    for pattern, name in found.items():
        for how in ("match", "fullmatch", "search"):
            for unit in UNITS:
                if not ends(pattern, unit, how):
                    sys.stdout.write(f"{name}.{how} does not end on {unit!r}\n")
    sys.stderr.write(f"{len(found)} patterns tried\n")


if __name__ == "__main__":
    main()
