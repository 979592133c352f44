"""Which version of scikit-learn a model was fitted with, where that is not the one that is installed.

scikit-learn says it while it reads the pickle, as a warning, and forgets it then. What another version
reads may raise, or answer otherwise; nothing here can tell, since only this version is here.
"""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING

from headway.releases.distributions import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_WARNING = "Trying to unpickle estimator"


@contextlib.contextmanager
def noting_versions() -> Iterator[list[str]]:
    """Load a model within; the list then holds what its owner should know of its version."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", message=_WARNING)
        yield notes
    versions = set()
    for warning in caught:
        version = getattr(warning.message, "original_sklearn_version", None)
        if version is None:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
        else:
            versions.add(str(version))
    notes += map(_note, sorted(versions))


def _note(version: str) -> str:
    installed = version_of("scikit-learn")
    return (
        f"it was fitted with scikit-learn {version}, and {installed} is installed here: what is recorded and "
        f"compared are the answers of {installed}; fit it again, or register it where "
        f"scikit-learn=={version} is installed"
    )
