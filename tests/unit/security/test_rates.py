from __future__ import annotations

import json
import mmap
import subprocess
import sys
import time
from array import array
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.errors import RateLimitedError
from headway.security.keys import ApiKey
from headway.security.rates import Cells, RateLimiter, private_cells

if TYPE_CHECKING:
    from pathlib import Path


class Line:
    """A limiter whose time stands still until it is moved."""

    def __init__(self, cells: Cells | None = None) -> None:
        self.now_s = 1000.0
        self.limiter = RateLimiter(cells or private_cells(), lambda: self.now_s)

    def admits(self, key: ApiKey) -> bool:
        try:
            self.limiter.admit(key)
        except RateLimitedError:
            return False
        return True

    def admitted_of(self, n: int, key: ApiKey) -> int:
        return sum(self.admits(key) for _ in range(n))


def key(rate_per_s: float, cell: int = 0, name: str = "batch") -> ApiKey:
    return ApiKey(name, "0" * 64, rate_per_s=rate_per_s, cell=cell)


@pytest.mark.parametrize(
    ("rate_per_s", "burst"), [(10, 10), (1, 1), (0.1, 1), (2.5, 2), (1000, 1000), (7, 7)]
)
def test_at_once_comes_one_seconds_worth_and_at_least_one(rate_per_s: float, burst: int) -> None:
    line = Line()
    assert line.admitted_of(burst + 20, key(rate_per_s)) == burst
    line.now_s += 1 / rate_per_s
    assert line.admitted_of(5, key(rate_per_s)) == 1
    line.now_s += 3600
    assert line.admitted_of(burst + 20, key(rate_per_s)) == burst


@given(
    rate_per_s=st.floats(0.5, 500),
    pauses_s=st.lists(st.floats(0, 0.3), min_size=1, max_size=300),
)
def test_in_no_span_of_time_comes_more_than_the_rate_and_one_burst(
    rate_per_s: float, pauses_s: list[float]
) -> None:
    line = Line()
    times_s = []
    for pause_s in pauses_s:
        line.now_s += pause_s
        if line.admits(key(rate_per_s)):
            times_s.append(line.now_s)
    for first, start_s in enumerate(times_s):
        for last in range(first, len(times_s)):
            allowed = max(rate_per_s, 1) + (times_s[last] - start_s) * rate_per_s
            assert last - first + 1 <= allowed + 1e-3


def test_it_says_when_to_come_back_and_then_lets_in() -> None:
    line = Line()
    line.admitted_of(10, key(4))
    with pytest.raises(RateLimitedError, match="`batch` may ask 4 times a second") as caught:
        line.limiter.admit(key(4))
    assert caught.value.retry_after_s == pytest.approx(0.25)
    line.now_s += caught.value.retry_after_s
    assert line.admits(key(4))


def test_what_is_refused_moves_nothing_on() -> None:
    line = Line()
    assert line.admitted_of(1000, key(2)) == 2
    line.now_s += 0.5
    assert line.admits(key(2))


def test_keys_of_other_cells_do_not_count() -> None:
    line = Line()
    line.admitted_of(10, key(1, cell=1))
    assert line.admits(key(1, cell=2))
    assert not line.admits(key(1, cell=1 + len(private_cells()))), "cells are counted round"


def test_a_cell_that_a_slower_key_has_left_holds_nobody_up() -> None:
    line = Line()
    assert line.admits(key(0.001))
    assert line.admitted_of(200, key(100)) == 100


def test_nor_does_one_from_before_a_restart_of_the_machine() -> None:
    assert Line(array("d", [1e12])).admitted_of(20, key(10)) == 10


ASKING = """
import json, mmap, sys, time
from headway.errors import RateLimitedError
from headway.security.keys import ApiKey
from headway.security.rates import RateLimiter
path, rate, end = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
with open(path, "r+b") as file:
    limiter = RateLimiter(memoryview(mmap.mmap(file.fileno(), 0)).cast("d"))
    key, admitted = ApiKey("k", "0" * 64, rate_per_s=rate, cell=3), 0
    while time.monotonic() < end:
        try:
            limiter.admit(key)
            admitted += 1
        except RateLimitedError:
            time.sleep(0.001)
print(json.dumps(admitted))
"""


def test_processes_that_share_the_cells_count_together(tmp_path: Path) -> None:
    path = tmp_path / "cells"
    path.write_bytes(bytes(mmap.PAGESIZE))
    rate, start_s = 50.0, time.monotonic()
    end_s = start_s + 2.0
    command = [sys.executable, "-c", ASKING, str(path), str(rate), str(end_s)]
    asking = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    admitted = [json.loads(process.communicate()[0]) for process in asking]
    # alone, each would have had as much as both together may have
    assert sum(admitted) <= rate * (end_s - start_s) + rate * 1.2
    assert all(admitted)
