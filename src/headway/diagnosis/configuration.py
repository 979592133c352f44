"""Which settings count, and what is wrong with them."""

from __future__ import annotations

import collections
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.config.load import default_settings, load_with_origins
from headway.config.settings import Settings
from headway.diagnosis.finding import Finding
from headway.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_settings(overrides: Mapping[str, Any], directory: Path) -> tuple[Settings, list[Finding]]:
    """Read the settings; where they are broken, go on with the defaults and the home folder.

    Args:
        overrides: What the command line gave.
        directory: Where the search for `headway.toml` begins.
    """
    try:
        loaded = load_with_origins(overrides, directory=directory)
    except ConfigError as error:
        told = f"{error.message}; what follows is looked at with the default settings"
        return _defaults(overrides), [Finding("settings", "failed", told, error.hint)]
    places = collections.Counter(
        origin.place for origin in loaded.origins.values() if origin.kind != "default"
    )
    told = ", ".join(f"{place} ({count})" for place, count in sorted(places.items()))
    return loaded.settings, [Finding("settings", "ok", f"from {told}" if told else "all defaults")]


def _defaults(overrides: Mapping[str, Any]) -> Settings:
    try:
        return default_settings(overrides)
    except ConfigError:  # the home folder is what is wrong
        return Settings(home=Path(tempfile.gettempdir()) / "headway")
