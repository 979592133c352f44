from __future__ import annotations

import pytest

from headway.testing.load.search import PRECISION, find_rate


class Server:
    """Keeps its objectives up to a rate; in long runs up to another, and the generator up to a third."""

    def __init__(self, capacity: float, long: float | None = None, generator: float = 1e9) -> None:
        self.capacity, self.long, self.generator = capacity, long or capacity, generator
        self.asked: list[float] = []

    def __call__(self, rate_per_s: float, *, is_long: bool):
        self.asked.append(rate_per_s)
        if rate_per_s > self.generator:
            return "not measured"
        return "kept" if rate_per_s <= (self.long if is_long else self.capacity) else "missed"


@pytest.mark.parametrize("capacity", [3.0, 99.0, 100.0, 101.0, 2_345.0])
@pytest.mark.parametrize("start", [10.0, 100.0, 5_000.0])
def test_the_highest_rate_is_found_from_below_and_above(capacity, start):
    server = Server(capacity)
    found = find_rate(server, start)
    assert capacity / PRECISION <= found.rate_per_s <= capacity
    assert found.limit == "server"
    assert found.steps[-1].is_long
    assert [step.rate_per_s for step in found.steps] == server.asked


def test_what_a_long_run_does_not_keep_is_not_the_rate():
    found = find_rate(Server(1_000, long=900), 100)
    assert 700 < found.rate_per_s <= 900


def test_a_generator_that_gives_up_first_is_named():
    found = find_rate(Server(1e9, generator=3_000), 100)
    assert found.limit == "generator"
    assert 2_800 < found.rate_per_s <= 3_000


def test_a_server_that_keeps_nothing_has_no_rate():
    found = find_rate(Server(0.0), 100)
    assert (found.rate_per_s, found.limit) == (None, "none found")
    assert len(found.steps) < 10


def test_one_that_never_confirms_has_no_rate():
    found = find_rate(Server(1_000, long=0.1), 100)
    assert found.rate_per_s is None
    assert sum(step.is_long for step in found.steps) == 4
