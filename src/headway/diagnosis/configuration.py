"""Which settings count, and what is wrong with them."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any

from headway.config.load import default_settings, load_with_origins
from headway.diagnosis.finding import Finding
from headway.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from headway.config.settings import Settings


def check_settings(overrides: Mapping[str, Any], directory: Path) -> tuple[Settings, list[Finding]]:
    """Read the settings; where they are broken, go on with the defaults and the home folder.

    Args:
        overrides: What the command line gave.
        directory: Where the search for `headway.toml` begins.
    """
    try:
        loaded = load_with_origins(overrides, directory=directory)
    except ConfigError as error:
        hint = error.hint or "the rest is looked at with the default settings"
        return default_settings(overrides), [Finding("settings", "failed", error.message, hint)]
    places = collections.Counter(
        origin.place for origin in loaded.origins.values() if origin.kind != "default"
    )
    told = ", ".join(f"{place} ({count})" for place, count in sorted(places.items()))
    return loaded.settings, [Finding("settings", "ok", f"from {told}" if told else "all defaults")]
