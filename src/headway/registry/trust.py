"""Whose code may run here. Loading a pickle runs code; a lowered form needs none of it.

Trusted are the registry under Headway's own home and what was named on the command line. Anything
else only where the configuration says so.
"""

from __future__ import annotations

from pathlib import Path

from headway.errors import TrustRefusedError

_SQLITE = "sqlite:///"


def is_trusted_registry(uri: str, artifacts: str | None, *, home: Path, trust_code: bool) -> bool:
    """Whether code that comes from a registry may run.

    Args:
        uri: Tracking URI of the registry.
        artifacts: Where it keeps its files; `None` for beside its database.
        home: Headway's home folder.
        trust_code: What the configuration or the command line says about any registry.
    """
    if trust_code:
        return True
    if not uri.startswith(_SQLITE) or not _is_below(uri.removeprefix(_SQLITE), home):
        return False
    return artifacts is None or ("://" not in artifacts and _is_below(artifacts, home))


def require_trust(what: str, *, is_trusted: bool) -> None:
    """Refuse to run code of a place that is not trusted.

    Args:
        what: What would be run, for the message: "`credit:3`".
        is_trusted: Whether the place is trusted.

    Raises:
        TrustRefusedError: It is not.
    """
    if not is_trusted:
        raise TrustRefusedError(
            f"loading {what} runs code (pickle) of a registry that is not trusted",
            hint="give `--trust`, or set `trust_code = true` in `[registry]`",
        )


def _is_below(path: str, home: Path) -> bool:
    return Path(path).resolve().is_relative_to(home.resolve())
