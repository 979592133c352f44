from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from headway.supervisor.cores import usable_cores

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))


def test_without_a_quota_each_core_that_may_be_used_counts(tmp_path: Path) -> None:
    assert usable_cores(tmp_path) == 8


@pytest.mark.parametrize(
    ("text", "n_cores"),
    [
        ("max 100000", 8),
        ("200000 100000", 2),
        ("250000 100000", 2),
        ("50000 100000", 1),
        ("9900000 100000", 8),
        ("nonsense", 8),
    ],
)
def test_a_quota_counts_whole_cores_and_at_least_one(
    tmp_path: Path, text: str, n_cores: int
) -> None:
    (tmp_path / "cpu.max").write_text(f"{text}\n")
    assert usable_cores(tmp_path) == n_cores


@pytest.mark.parametrize(("quota_us", "n_cores"), [("-1", 8), ("300000", 3)])
def test_so_does_one_of_version_1(tmp_path: Path, quota_us: str, n_cores: int) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota_us)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert usable_cores(tmp_path) == n_cores


def test_where_nobody_knows_about_affinity_all_cores_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert usable_cores(tmp_path) == 3
