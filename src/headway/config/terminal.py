"""What the environment says about the terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def allows_color(environ: Mapping[str, str] | None = None) -> bool:
    """Whether a terminal may be sent colours: `NO_COLOR` is unset or empty, and it is not dumb.

    Args:
        environ: The environment; the process's own where it is `None`.

    Source: https://no-color.org
    """
    environ = os.environ if environ is None else environ
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
