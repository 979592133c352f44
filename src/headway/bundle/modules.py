"""Which modules a folder of source files brings, by their paths alone."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def module_names(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the names that can be imported at the top, sorted.

    Args:
        paths: Paths of files, relative to the folder that is searched for imports.

    Examples:
        >>> module_names(["features/__init__.py", "features/text.py", "words.txt", "rates.py"])
        ('features', 'rates')
    """
    sources = [PurePosixPath(path) for path in paths if path.endswith(".py")]
    # a script that is run as a whole is no module, and the process has one of that name
    names = {path.parts[0].removesuffix(".py") for path in sources} - {"__main__"}
    return tuple(sorted(name for name in names if name.isidentifier()))
