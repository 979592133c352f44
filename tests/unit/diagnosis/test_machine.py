"""A machine that is busy, full or small is a warning; a home that cannot be written has failed."""

from __future__ import annotations

import os
from collections import namedtuple
from typing import TYPE_CHECKING

import pytest

from headway.diagnosis import machine
from headway.diagnosis.machine import check_home, check_machine, memory, processor

if TYPE_CHECKING:
    from pathlib import Path

Usage = namedtuple("Usage", "free")  # noqa: PYI024 - shutil's own is one too


def test_this_machine_is_told() -> None:
    found = list(check_machine())
    assert [finding.check for finding in found] == ["processor", "memory"]


@pytest.mark.parametrize(("load", "state"), [(2.0, "ok"), (2.1, "warning")])
def test_a_load_above_the_cores_is_a_warning(load: float, state: str) -> None:
    finding = processor(2, 8, load)
    assert (finding.state, finding.measured) == (
        state,
        f"2 of 8 cores, load {load:.1f} in the last minute",
    )


@pytest.mark.parametrize(("free_kb", "state"), [(488_282, "ok"), (488_281, "warning")])
def test_little_memory_is_a_warning(free_kb: int, state: str) -> None:
    text = f"MemTotal:  8000000 kB\nMemAvailable:  {free_kb} kB\n"
    assert memory(text, "").state == state


def test_the_limit_of_a_container_is_told() -> None:
    text = "MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n"
    assert memory(text, "2000000000\n").measured.endswith("this container may use 2.0 GB")
    assert memory(text, "max\n").measured == "4.1 GB of 8.2 GB free"


def test_a_system_without_such_a_file_is_no_warning() -> None:
    assert memory("", "").state == "ok"


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    home, disk = check_home(tmp_path / "a" / "b")
    assert (home.state, disk.state) == ("ok", "ok")
    assert "is made when it is needed" in home.measured
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    home, _ = check_home(tmp_path)
    assert (home.state, home.measured) == ("ok", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        finding = next(iter(check_home(home)))
        assert (finding.state, finding.check) == ("failed", "home")
        assert "is a file" in finding.measured


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_has_failed(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert next(iter(check_home(tmp_path))).state == "failed"


def test_a_disk_that_is_almost_full_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _folder: Usage(10**9 - 1))
    _, disk = check_home(tmp_path)
    assert disk.state == "warning"
    assert "1.0 GB is little" in disk.measured
