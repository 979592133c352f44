"""Makes what asks Redis. What that imports is imported only where one is configured."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from headway.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.core.clock import Clock
    from headway.serving.cache.redis import RedisTier

    # where answers are shared, and what measures a look-up there
    Shared = tuple[RedisTier, Callable[[], float | None]]


def load_redis(url: str | None, timeout_ms: float, clock: Clock) -> Shared | None:
    """Return where answers are shared; `None` where that is nowhere.

    Args:
        url: Of the Redis that is configured; `None` for none.
        timeout_ms: Longest time for a look-up.
        clock: Measures.

    Raises:
        ConfigError: The URL says something that is not known.
        MissingExtraError: The extra `redis` is not installed.
    """
    if url is None:
        return None
    try:
        from headway.serving.cache.redis import (  # noqa: PLC0415 (see the module's docstring)
            RedisTier,
            measure_lookup_s,
        )
    except ModuleNotFoundError as error:
        raise MissingExtraError("redis", "keeping answers in Redis") from error
    place = url, timeout_ms / 1000, clock
    return RedisTier(*place), functools.partial(measure_lookup_s, *place)
