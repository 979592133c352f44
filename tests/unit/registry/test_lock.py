from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from headway.registry.lock import exclusive

if TYPE_CHECKING:
    from pathlib import Path


def is_free(path: Path) -> bool:
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_it_is_held_within_and_free_after(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "registry.lock"
    with exclusive(path):
        assert not is_free(path)
    assert is_free(path)


def test_an_error_within_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "registry.lock"
    with pytest.raises(KeyError), exclusive(path):
        raise KeyError
    assert is_free(path)


def test_threads_come_one_after_the_other(tmp_path: Path) -> None:
    path, seen = tmp_path / "registry.lock", []

    def enter(name: str) -> None:
        with exclusive(path):
            seen.append(name)
            threading.Event().wait(0.02)
            seen.append(name)

    threads = [threading.Thread(target=enter, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen[0::2] == seen[1::2]


def test_a_holder_that_dies_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "registry.lock"
    program = (
        "import fcntl, os, sys\n"
        f"file = open({str(path)!r}, 'ab'); fcntl.flock(file, fcntl.LOCK_EX)\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert not is_free(path)
        holder.kill()
    assert is_free(path)
