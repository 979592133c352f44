"""How many rows a request has: one, or a mix of sizes."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from headway.errors import ConfigError

Mix = Mapping[int, float]

ONE_ROW: Mix = {1: 1.0}
MAX_ROWS = 50_000
_HINT = "write ROWS:SHARE for each size, as `1:0.9,10:0.09,100:0.01`"


def read_mix(mix: str | int | Mapping[Any, float]) -> Mix:
    """Return the share of requests of each size; the shares become such that their sum is 1.

    Args:
        mix: `1:0.9,10:0.1`, one size, or a mapping of sizes to shares.

    Raises:
        ConfigError: It is none of these.

    Examples:
        >>> read_mix("1:3,10:1"), read_mix(100)
        ({1: 0.75, 10: 0.25}, {100: 1.0})
    """
    if isinstance(mix, Mapping):
        pairs = [(str(size), str(share)) for size, share in mix.items()]
    else:
        pairs = [_pair(word) for word in str(mix).split(",")]
    try:
        shares = {int(size): float(share) for size, share in pairs}
    except ValueError:
        raise ConfigError(f"`{mix}` is no mix of sizes", hint=_HINT) from None
    if len(shares) != len(pairs):
        raise ConfigError(f"`{mix}` names a size twice", hint=_HINT)
    if not all(1 <= size <= MAX_ROWS for size in shares):
        raise ConfigError(f"`{mix}`: a request has 1 to {MAX_ROWS:,} rows", hint=_HINT)
    total = sum(shares.values())
    if not all(0 <= share < math.inf for share in shares.values()) or not 0 < total < math.inf:
        raise ConfigError(f"`{mix}`: a share is a number, 0 or more", hint=_HINT)
    return {size: share / total for size, share in sorted(shares.items()) if share}


def describe_mix(mix: Mix) -> str:
    """Return a mix in words.

    Examples:
        >>> describe_mix({1: 1.0}), describe_mix({1: 0.9, 10: 0.1})
        ('1 row', '1 row (90 %), 10 rows (10 %)')
    """
    if len(mix) == 1:
        return _rows(next(iter(mix)))
    return ", ".join(f"{_rows(size)} ({share:.3g} %)" for size, share in _percent(mix))


def choose_sizes(mix: Mix, n_requests: int, seed: int) -> list[int]:
    """Return the size of each request; the same seed gives the same sizes."""
    if len(mix) == 1:
        return list(mix) * n_requests
    chooser = random.Random(seed)  # noqa: S311 (sizes are no secret)
    return chooser.choices(list(mix), list(mix.values()), k=n_requests)


def _pair(word: str) -> tuple[str, str]:
    size, _, share = word.strip().partition(":")
    return size, share or "1"


def _rows(size: int) -> str:
    return f"{size:,} row{'s' if size > 1 else ''}"


def _percent(mix: Mix) -> list[tuple[int, float]]:
    return [(size, share * 100) for size, share in mix.items()]
