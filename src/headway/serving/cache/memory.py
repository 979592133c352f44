"""Answers kept in this process: the last ones that were asked for, up to so many bytes and so old.

Invariant: `n_bytes` is what the entries take of the process, and never more than was allowed, whatever
clients send. Use it from one thread.
"""

from __future__ import annotations

from collections import OrderedDict

# Beside the bytes of key and entry, measured with tracemalloc: a place in the dictionary and in its
# order, the pair, its float, and the heads of two byte strings, as the allocator rounds them.
ENTRY_OVERHEAD_BYTES = 288


class MemoryTier:
    """The kept answers of one model.

    Args:
        max_bytes: Most bytes that they may take.
        ttl_s: How long one is kept.

    Examples:
        >>> tier = MemoryTier(max_bytes=1024, ttl_s=10.0)
        >>> tier.put(b"key", b"entry", now_s=0.0)
        >>> tier.get(b"key", now_s=9.9), tier.get(b"key", now_s=10.0)
        (b'entry', None)
    """

    __slots__ = ("_entries", "_max_bytes", "_ttl_s", "n_bytes", "n_evicted", "n_expired")

    def __init__(self, max_bytes: int, ttl_s: float) -> None:
        self._entries: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._max_bytes = max_bytes
        self._ttl_s = ttl_s
        self.n_bytes = 0
        self.n_evicted = 0
        self.n_expired = 0

    def __len__(self) -> int:
        return len(self._entries)

    def limit(self, max_bytes: int, ttl_s: float) -> None:
        """Change the limits; the time holds for what is put from here on."""
        self._max_bytes = max_bytes
        self._ttl_s = ttl_s
        self._evict()

    def get(self, key: bytes, now_s: float) -> bytes | None:
        """Return an entry, or `None` where there is none that is young enough."""
        found = self._entries.get(key)
        if found is None:
            return None
        if found[0] <= now_s:
            self._drop(key, found[1])
            self.n_expired += 1
            return None
        self._entries.move_to_end(key)
        return found[1]

    def put(self, key: bytes, entry: bytes, now_s: float) -> None:
        """Keep an entry, at the cost of those that were not asked for the longest."""
        entries = self._entries
        size = len(key) + len(entry) + ENTRY_OVERHEAD_BYTES
        if size > self._max_bytes:
            return
        before = entries.pop(key, None)
        if before is not None:
            self.n_bytes -= len(key) + len(before[1]) + ENTRY_OVERHEAD_BYTES
        entries[key] = (now_s + self._ttl_s, entry)
        self.n_bytes += size
        if self.n_bytes > self._max_bytes:
            self._evict()
        self._drop_oldest_expired(now_s)

    def _drop_oldest_expired(self, now_s: float) -> None:
        """Give back what old versions have left: nobody asks for it, so nobody finds it expired."""
        key, (end_s, entry) = next(iter(self._entries.items()))
        if end_s <= now_s:
            self._drop(key, entry)
            self.n_expired += 1

    def _evict(self) -> None:
        while self.n_bytes > self._max_bytes:
            key, (_, entry) = self._entries.popitem(last=False)
            self.n_bytes -= len(key) + len(entry) + ENTRY_OVERHEAD_BYTES
            self.n_evicted += 1

    def _drop(self, key: bytes, entry: bytes) -> None:
        del self._entries[key]
        self.n_bytes -= len(key) + len(entry) + ENTRY_OVERHEAD_BYTES
