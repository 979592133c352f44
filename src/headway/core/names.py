"""Names of columns: whether they are the same, and what a wrong one was probably meant to be."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CUTOFF = 0.6
# a short word shares a letter or three with many others; `url` and `uri` share two of three
_SHORT, _SHORT_CUTOFF = 6, 0.66


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest to `name`, or `None` where none is close.

    Examples:
        >>> nearest_name("durtaion", ["duration", "age"])
        'duration'
        >>> nearest_name("zzz", ["duration", "age"]) is None
        True
    """
    cutoff = _SHORT_CUTOFF if len(name) <= _SHORT else _CUTOFF
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return matches[0] if matches else None


def are_fitted(names: Sequence[str], fitted: Sequence[str]) -> bool:
    """Whether columns are those that a model was fitted on, in the same order.

    LightGBM keeps an underscore for every space.

    Examples:
        >>> are_fitted(["a b"], ["a_b"])
        True
        >>> are_fitted(["a", "b"], ["b", "a"])
        False
    """
    kept = [name.replace(" ", "_") for name in names]
    return list(names) == list(fitted) or kept == list(fitted)
