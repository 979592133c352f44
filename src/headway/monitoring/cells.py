"""What counts into shared memory: a series is a few 8-byte floats that one process writes.

Invariant: each change is one aligned store of 8 bytes, so that a reader, or a successor of a process that
was killed, sees the value before it or after it. Floats count without loss up to 2**53.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Counter:
    """A number that only grows.

    Args:
        cells: Its one cell.

    Examples:
        >>> counter = Counter(memoryview(bytearray(8)).cast("d"))
        >>> counter.add()
        >>> counter.add(2)
        >>> counter.value
        3
    """

    __slots__ = ("_cells",)

    def __init__(self, cells: memoryview[float]) -> None:
        self._cells = cells

    def add(self, amount: float = 1) -> None:
        """Count `amount` more, which is not negative."""
        self._cells[0] += amount

    @property
    def value(self) -> float:
        """What was counted; a whole number is an `int`."""
        return plain_number(self._cells[0])


class Gauge:
    """A number that goes up and down.

    Args:
        cells: Its one cell.
    """

    __slots__ = ("_cells",)

    def __init__(self, cells: memoryview[float]) -> None:
        self._cells = cells

    def set(self, value: float) -> None:
        """Say how it is."""
        self._cells[0] = value

    def add(self, amount: float) -> None:
        """Say by how much it has changed."""
        self._cells[0] += amount

    @property
    def value(self) -> float:
        """How it is; a whole number is an `int`."""
        return plain_number(self._cells[0])


class SlotHistogram:
    """Counts values by the first bound that they do not exceed.

    Args:
        cells: One for each bound, one for what is above the last one, and one for the sum of the values.
        bounds: Upper bounds, ascending.

    Examples:
        >>> histogram = SlotHistogram(memoryview(bytearray(32)).cast("d"), (1.0, 10.0))
        >>> for value in (1, 2, 50):
        ...     histogram.observe(value)
        >>> histogram.cumulative(), histogram.total
        ([1, 2, 3], 53.0)
    """

    __slots__ = ("_cells", "bounds")

    def __init__(self, cells: memoryview[float], bounds: tuple[float, ...]) -> None:
        self._cells = cells
        self.bounds = bounds

    def observe(self, value: float) -> None:
        """Count one value."""
        cells = self._cells
        cells[bisect_left(self.bounds, value)] += 1
        cells[-1] += value

    @property
    def total(self) -> float:
        """Sum of the values."""
        return self._cells[-1]

    def cumulative(self) -> list[int]:
        """Return how many values lie at or below each bound, and last how many there are."""
        return cumulative(self._cells.tolist()[:-1])


def cumulative(bins: Iterable[float]) -> list[int]:
    """Return the running sums of bins.

    Examples:
        >>> cumulative([1.0, 0.0, 2.0])
        [1, 1, 3]
    """
    return [int(count) for count in accumulate(bins)]


def plain_number(value: float) -> float:
    """Return an `int` where the value is whole."""
    return int(value) if value.is_integer() else value
