from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from headway.supervisor.descriptors import N_OTHERS, make_room

SCRIPT = """
import resource, sys
from headway.supervisor.descriptors import make_room
soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(make_room(wanted), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "room"),
    [
        (300, 4000, 1000, (1000, 1000 + N_OTHERS, 4000)),
        (300, 1000, 4096, (1000 - N_OTHERS, 1000, 1000)),
        (60, 80, 4096, (40, 80, 80)),
        (900, 4000, 100, (100, 900, 4000)),
    ],
)
def test_the_limit_is_raised_as_far_as_it_may_be(
    soft: int, hard: int, wanted: int, room: tuple[int, int, int]
) -> None:
    arguments = [str(number) for number in (soft, hard, wanted)]
    printed = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, check=True, text=True
    ).stdout
    assert tuple(map(int, printed.split())) == room


def test_where_it_may_not_be_raised_there_is_room_for_fewer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not allowed to raise the limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert make_room(4096) == 1024 - N_OTHERS


def test_without_a_limit_there_is_room_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = resource.RLIM_INFINITY
    monkeypatch.setattr(resource, "getrlimit", lambda _: (endless, endless))
    assert make_room(10**6) == 10**6
