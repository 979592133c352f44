"""Write the map of each part, `src/headway/<part>/README.md`, from what its modules say of themselves.

python scripts/rooms.py            writes them
python scripts/rooms.py --check    ends with 1 where a map is not what it would write
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[1] / "src" / "headway"
MADE_BY = "<!-- made by scripts/rooms.py from the modules' docstrings; do not edit -->"


def docstring(module: Path) -> str:
    """Return the docstring of a module without importing it."""
    return ast.get_docstring(ast.parse(module.read_text())) or ""


def paragraph(text: str, start: str) -> str:
    """Return the paragraph that starts with `start`, or nothing."""
    found = [part for part in text.split("\n\n") if part.startswith(start)]
    return " ".join(found[0].split()) if found else ""


def invariants(modules: list[Path]) -> Iterator[str]:
    """Yield what the modules of a part promise."""
    for module in modules:
        text = docstring(module)
        promise = paragraph(text, "Invariant: ") or paragraph(text, "Invariants: ")
        if promise:
            words = promise.partition(": ")[2]
            yield f"- {words[0].upper()}{words[1:]} (`{module.name}`)"


def room(part: Path) -> str:
    """Return the map of one part."""
    first, _, rest = docstring(part / "__init__.py").partition("\n\n")
    name = part.relative_to(SOURCE).as_posix()
    modules = sorted(path for path in part.glob("*.py") if path.name != "__init__.py")
    rooms = sorted(path.parent for path in part.glob("*/__init__.py"))
    lines = [MADE_BY, f"# {name}", "", first]
    if rest:
        lines += ["", rest]
    promises = list(invariants(modules))
    if promises:
        lines += ["", "## What stays true", "", *promises]
    lines += ["", "| file | |", "|---|---|"]
    for module in modules:
        lines.append(
            f"| `{module.name}` | {' '.join(docstring(module).partition(chr(10))[0].split())} |"
        )
    for inner in rooms:
        summary = docstring(inner / "__init__.py").partition("\n")[0]
        lines.append(f"| [`{inner.name}/`]({inner.name}/README.md) | {summary} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check every map, and return the exit code."""
    parts = sorted(path.parent for path in SOURCE.glob("*/**/__init__.py"))
    stale = []
    for part in parts:
        page, text = part / "README.md", room(part)
        if not page.is_file() or page.read_text() != text:
            stale.append(page)
            if "--check" not in sys.argv:
                page.write_text(text)
    if "--check" not in sys.argv or not stale:
        return 0
    print("not what `make fix` writes: " + ", ".join(str(p.relative_to(SOURCE)) for p in stale))
    return 1


if __name__ == "__main__":
    sys.exit(main())
