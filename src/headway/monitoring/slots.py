"""Memory that the processes of one server share: a slot for each worker, and cells for all of them.

A worker counts into the slot that it has taken, and anybody sums all slots. The memory belongs to a
file descriptor without a name, so nothing of it is left when the last process has ended. Pages that
nobody touched cost nothing.

Invariant: one process writes the series of a slot. Whoever takes a slot goes on with the counters of its
predecessor, so that a sum over the slots never goes back.
"""

from __future__ import annotations

import contextlib
import enum
import mmap
import os
import tempfile
import threading
from typing import TYPE_CHECKING

from headway.monitoring.cells import Counter, Gauge, SlotHistogram
from headway.monitoring.directory import Directory, Entry, Kind, Labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

N_SHARED_CELLS = 4096
SLOT_BYTES = 4 * 1024 * 1024

_CELL_BYTES = 8
_MAGIC = 0x31_79_61_77_64_61_65_68
_HEADER_BYTES = mmap.PAGESIZE
_FIXED_BYTES = mmap.PAGESIZE
_DIRECTORY_BYTES = SLOT_BYTES // 2
_VALUES_START = _FIXED_BYTES + _DIRECTORY_BYTES
_SLOTS_START = _HEADER_BYTES + N_SHARED_CELLS * _CELL_BYTES


class SlotState(enum.IntEnum):
    """What the worker of a slot does."""

    EMPTY = 0
    LOADING = 1
    READY = 2
    DRAINING = 3


class _Fixed(enum.IntEnum):
    """Places of the cells that every slot has."""

    PUBLISHED = 0
    STATE = 1
    PID = 2
    N_CONNECTIONS = 3
    REVISION = 4
    N_RESTARTS = 5
    N_SERIES_DROPPED = 6
    N_ACCEPTED = 7
    N_BEATS = 8
    IS_STUCK = 9


class SlotView:
    """A slot as anybody sees it. Its plain cells may be written by whom they belong to.

    Args:
        memory: The bytes of the slot.
    """

    def __init__(self, memory: memoryview[int]) -> None:
        self._fixed = memory[:_FIXED_BYTES].cast("Q")
        self._directory = Directory(
            memory[_FIXED_BYTES:_VALUES_START], self._fixed[_Fixed.PUBLISHED : _Fixed.STATE]
        )
        self._values = memory[_VALUES_START:].cast("d")

    @property
    def state(self) -> SlotState:
        """What its worker does; the supervisor sets `EMPTY` when it has ended."""
        return SlotState(self._fixed[_Fixed.STATE])

    @state.setter
    def state(self, state: SlotState) -> None:
        self._fixed[_Fixed.STATE] = state

    @property
    def pid(self) -> int:
        """Process id of its worker, 0 before it had one."""
        return self._fixed[_Fixed.PID]

    @pid.setter
    def pid(self, pid: int) -> None:
        self._fixed[_Fixed.PID] = pid

    @property
    def n_connections(self) -> int:
        """Open connections of its worker."""
        return self._fixed[_Fixed.N_CONNECTIONS]

    @n_connections.setter
    def n_connections(self, n_connections: int) -> None:
        self._fixed[_Fixed.N_CONNECTIONS] = n_connections

    @property
    def n_accepted(self) -> int:
        """Connections that its worker has accepted, and before it came, what those beside it had."""
        return self._fixed[_Fixed.N_ACCEPTED]

    @n_accepted.setter
    def n_accepted(self, n_accepted: int) -> None:
        self._fixed[_Fixed.N_ACCEPTED] = n_accepted

    @property
    def revision(self) -> int:
        """Revision of the serving plan that its worker answers by, 0 before it has loaded one."""
        return self._fixed[_Fixed.REVISION]

    @revision.setter
    def revision(self, revision: int) -> None:
        self._fixed[_Fixed.REVISION] = revision

    @property
    def n_restarts(self) -> int:
        """How often its worker was replaced; the supervisor writes it."""
        return self._fixed[_Fixed.N_RESTARTS]

    @n_restarts.setter
    def n_restarts(self, n_restarts: int) -> None:
        self._fixed[_Fixed.N_RESTARTS] = n_restarts

    @property
    def n_beats(self) -> int:
        """How often the event loops of its workers have turned so far, now and then counted."""
        return self._fixed[_Fixed.N_BEATS]

    @n_beats.setter
    def n_beats(self, n_beats: int) -> None:
        self._fixed[_Fixed.N_BEATS] = n_beats

    @property
    def is_stuck(self) -> bool:
        """Whether one of the models of its worker cannot be expected to answer any more."""
        return bool(self._fixed[_Fixed.IS_STUCK])

    @is_stuck.setter
    def is_stuck(self, is_stuck: bool) -> None:
        self._fixed[_Fixed.IS_STUCK] = is_stuck

    @property
    def n_series_dropped(self) -> int:
        """Series that did not fit into the slot."""
        return self._fixed[_Fixed.N_SERIES_DROPPED]

    def entries(self) -> list[Entry]:
        """Return the series that it holds."""
        return self._directory.entries()

    def values(self, entry: Entry) -> Sequence[float]:
        """Return the cells of a series."""
        return self._values[entry.offset : entry.offset + entry.n_cells].tolist()


class Slot(SlotView):
    """The slot that this process counts into.

    Taking it zeroes the gauges of a predecessor, and keeps its counters. Series may be asked for from
    any thread, and each of them is written by one thread.

    Args:
        memory: The bytes of the slot.
    """

    def __init__(self, memory: memoryview[int]) -> None:
        super().__init__(memory)
        self._lock = threading.Lock()
        self._dropped: dict[tuple[str, Labels], memoryview[float]] = {}
        self._found = {(entry.name, entry.labels): entry for entry in self.entries()}
        self._n_cells = sum(entry.n_cells for entry in self._found.values())
        for entry in self._found.values():
            if entry.kind == "gauge":
                self._values[entry.offset] = 0
        self.pid = os.getpid()
        self.n_connections = self.revision = 0
        self.is_stuck = False
        self.state = SlotState.LOADING

    def counter(self, name: str, labels: Mapping[str, str] | None = None) -> Counter:
        """Return a counter, made at the first call.

        Args:
            name: Of the metric, without `_total`.
            labels: Their values must come from what is served, never from what clients send.
        """
        return Counter(self._cells("counter", name, labels))

    def gauge(self, name: str, labels: Mapping[str, str] | None = None) -> Gauge:
        """Return a gauge, made at the first call; arguments as `counter`."""
        return Gauge(self._cells("gauge", name, labels))

    def histogram(
        self, name: str, labels: Mapping[str, str] | None, bounds: tuple[float, ...]
    ) -> SlotHistogram:
        """Return a histogram, made at the first call; arguments as `counter`.

        Args:
            name: Of the metric.
            labels: As `counter`.
            bounds: Upper bounds, ascending, and the same at every call.
        """
        return SlotHistogram(self._cells("histogram", name, labels, bounds), bounds)

    def _cells(
        self,
        kind: Kind,
        name: str,
        labels: Mapping[str, str] | None,
        bounds: tuple[float, ...] = (),
    ) -> memoryview[float]:
        entry = Entry(kind, name, tuple(sorted((labels or {}).items())), bounds, self._n_cells)
        key = (name, entry.labels)
        with self._lock:
            entry = self._found.get(key) or Entry(kind, name, entry.labels, bounds, self._n_cells)
            if (entry.kind, entry.bounds) != (kind, bounds):
                raise ValueError(f"`{name}` is a {entry.kind} with the bounds {entry.bounds}")
            if key not in self._found and not self._publish(entry):
                return self._local(key, entry.n_cells)
            self._found[key] = entry
        return self._values[entry.offset : entry.offset + entry.n_cells]

    def _publish(self, entry: Entry) -> bool:
        fits = entry.offset + entry.n_cells <= len(self._values)
        if fits and self._directory.append(entry):
            self._n_cells += entry.n_cells
            return True
        return False

    def _local(self, key: tuple[str, Labels], n_cells: int) -> memoryview[float]:
        """Return cells that only this process sees, for a series that the slot has no room for."""
        cells = self._dropped.get(key)
        if cells is None:
            self._fixed[_Fixed.N_SERIES_DROPPED] += 1
            cells = self._dropped[key] = memoryview(bytearray(n_cells * _CELL_BYTES)).cast("d")
        return cells


class Board:
    """The shared memory of one server; see `create`, `attach` and `private`.

    Args:
        memory: All of it.
        fd: To be inherited by the processes that share it; `None` where it is not shared.

    Attributes:
        fd: As given.
        cells: 4,096 floats that all processes share.
    """

    def __init__(self, memory: mmap.mmap, fd: int | None = None) -> None:
        self.fd = fd
        self._memory = memoryview(memory)
        header = self._memory[:_HEADER_BYTES].cast("Q")
        if header[0] != _MAGIC:
            raise ValueError("this memory is no board")
        self.cells = self._memory[_HEADER_BYTES:_SLOTS_START].cast("d")
        self._views = [SlotView(self._slot_memory(i)) for i in range(header[1])]

    @classmethod
    def create(cls, n_slots: int) -> Board:
        """Make a board whose descriptor child processes can inherit."""
        fd = _nameless_file()
        os.ftruncate(fd, _size_bytes(n_slots))
        return cls(_marked(mmap.mmap(fd, _size_bytes(n_slots)), n_slots), fd)

    @classmethod
    def attach(cls, fd: int) -> Board:
        """Open the board of another process.

        Raises:
            ValueError: The descriptor is not that of a board.
        """
        size_bytes = os.fstat(fd).st_size
        if size_bytes < _SLOTS_START:
            raise ValueError(f"the file descriptor {fd} is not that of a board")
        return cls(mmap.mmap(fd, size_bytes), fd)

    @classmethod
    def private(cls) -> Board:
        """Make a board of one slot that is not shared."""
        return cls(_marked(mmap.mmap(-1, _size_bytes(1)), 1))

    def slot(self, index: int) -> Slot:
        """Take a slot, to count into it. Its predecessor must have ended."""
        return Slot(self._slot_memory(index))

    def slots(self) -> list[SlotView]:
        """Return every slot, to look at."""
        return self._views

    def close(self) -> None:
        """Close the descriptor. The memory goes with the last object that uses it."""
        fd, self.fd = self.fd, None
        if fd is not None:
            with contextlib.suppress(OSError):
                os.close(fd)

    def _slot_memory(self, index: int) -> memoryview[int]:
        start = _SLOTS_START + index * SLOT_BYTES
        return self._memory[start : start + SLOT_BYTES]


def _size_bytes(n_slots: int) -> int:
    return _SLOTS_START + n_slots * SLOT_BYTES


def _marked(memory: mmap.mmap, n_slots: int) -> mmap.mmap:
    header = memoryview(memory)[:_HEADER_BYTES].cast("Q")
    header[0], header[1] = _MAGIC, n_slots
    return memory


def _nameless_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("headway-board")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
