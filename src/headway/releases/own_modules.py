"""Finds the modules of this process that no package brought: the user's own code."""

from __future__ import annotations

import site
import sys
import sysconfig
from typing import TYPE_CHECKING

from headway.releases.distributions import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator


def own_modules() -> Iterator[str]:
    """Yield the names of modules that were imported here and that are not installed."""
    installed = tuple(
        {
            *(sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")),
            *site.getsitepackages(),
            site.getusersitepackages(),
        }
    )
    for name, module in list(sys.modules.items()):
        # not getattr: a module that is imported when it is first used would be imported now
        file = getattr(module, "__dict__", {}).get("__file__")
        is_known = name.partition(".")[0] in {OURS, "__main__", "__mp_main__"}
        if file and not is_known and not str(file).startswith(installed):
            yield name
