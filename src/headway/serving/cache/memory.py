"""Answers kept in this process: the last ones that were asked for, up to so many bytes and so old.

Invariant: `n_bytes` is what the entries take of the process, and never more than was allowed, whatever
clients send. Use it from one thread, except for `limit`.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headway.core.clock import Clock
    from headway.monitoring.metrics import CacheSeries

# Beside the bytes of key and entry: a place in the dictionary and in its order, the pair, its float, and
# the heads of two byte strings. Measured with tracemalloc: 215 to 325, by how full the dictionary is.
ENTRY_OVERHEAD_BYTES = 336


class MemoryTier:
    """The kept answers of one model, of whichever version.

    Args:
        max_bytes: Most bytes that they may take.
        ttl_s: How long one is kept.
        clock: Tells how old they are.
    """

    __slots__ = (
        "__weakref__",
        "_clock",
        "_entries",
        "_max_bytes",
        "_shown_by",
        "_ttl_s",
        "n_bytes",
    )

    def __init__(self, max_bytes: int, ttl_s: float, clock: Clock) -> None:
        self._entries: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._max_bytes = max_bytes
        self._ttl_s = ttl_s
        self._clock = clock
        self._shown_by: CacheSeries | None = None
        self.n_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def limit(self, max_bytes: int, ttl_s: float) -> None:
        """Change the limits, which hold for what is put from here on. Call it from any thread."""
        self._max_bytes = max_bytes
        self._ttl_s = ttl_s

    def get(self, keys: Sequence[bytes], series: CacheSeries) -> list[bytes | None]:
        """Return for each key its entry, or `None` where there is none that is young enough."""
        now_s = self._clock.monotonic_s()
        found = [self._get(key, now_s) for key in keys]
        n_misses = found.count(None)
        if n_misses:
            series.misses.add(n_misses)
        if n_misses < len(found):
            series.hits.add(len(found) - n_misses)
        return found

    def find(self, keys: Sequence[bytes]) -> list[bytes] | None:
        """Return the entries of keys where all of them are there, without counting anything."""
        now_s = self._clock.monotonic_s()
        found = []
        for key in keys:
            entry = self._get(key, now_s)
            if entry is None:
                return None
            found.append(entry)
        return found

    def put(self, entries: Iterable[tuple[bytes, bytes]], series: CacheSeries) -> None:
        """Keep entries, at the cost of those that were not asked for the longest."""
        now_s = self._clock.monotonic_s()
        for key, entry in entries:
            self._put(key, entry, now_s)
        n_evicted = self._evict()
        if n_evicted:
            series.evictions.add(n_evicted)
        self._drop_oldest_expired(now_s)
        self._show(series)

    def _get(self, key: bytes, now_s: float) -> bytes | None:
        found = self._entries.get(key)
        if found is None:
            return None
        if found[0] <= now_s:
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return found[1]

    def _put(self, key: bytes, entry: bytes, now_s: float) -> None:
        if key in self._entries:
            self._drop(key)
        size = len(key) + len(entry) + ENTRY_OVERHEAD_BYTES
        # one that cannot stay must not push out all others
        if size <= self._max_bytes:
            self._entries[key] = (now_s + self._ttl_s, entry)
            self.n_bytes += size

    def _drop(self, key: bytes) -> None:
        _, entry = self._entries.pop(key)
        self.n_bytes -= len(key) + len(entry) + ENTRY_OVERHEAD_BYTES

    def _evict(self) -> int:
        n_evicted = 0
        while self.n_bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))
            n_evicted += 1
        return n_evicted

    def _drop_oldest_expired(self, now_s: float) -> None:
        """Give back what old versions have left: nobody asks for it, so nobody finds it expired."""
        # two of them for each that comes, so that their number falls
        for key in [*itertools.islice(self._entries, 2)]:
            if self._entries[key][0] <= now_s:
                self._drop(key)

    def _show(self, series: CacheSeries) -> None:
        """Show the bytes at the version that keeps answers now, and at no other one."""
        if self._shown_by is not series:
            if self._shown_by is not None:
                self._shown_by.bytes.set(0)
            self._shown_by = series
        series.bytes.set(self.n_bytes)
