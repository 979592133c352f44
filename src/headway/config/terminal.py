"""What the environment says about the terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# A shell sets it where it asks for the ends of a word
COMPLETION_VARIABLE = "_HEADWAY_COMPLETE"


def is_completing(environ: Mapping[str, str] | None = None) -> bool:
    """Whether a shell asks for the ends of a word, and nothing is to be run.

    Args:
        environ: The environment; the process's own where it is `None`.
    """
    return bool((os.environ if environ is None else environ).get(COMPLETION_VARIABLE))


def allows_color(environ: Mapping[str, str] | None = None) -> bool:
    """Whether a terminal may be sent colours: `NO_COLOR` is unset or empty, and it is not dumb.

    Args:
        environ: The environment; the process's own where it is `None`.

    Source: https://no-color.org
    """
    environ = os.environ if environ is None else environ
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
