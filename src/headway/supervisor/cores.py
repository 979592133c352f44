"""How many cores this process may use: those that it may run on, and the share that its cgroup allows."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def usable_cores(cgroups: Path = CGROUPS) -> int:
    """Return how many workers find a core of their own; at least 1.

    Args:
        cgroups: Folder of the cgroup that this process, as it sees it, is in.
    """
    try:
        n_cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        n_cores = os.cpu_count() or 1
    return max(1, int(min(n_cores, _quota(cgroups))))


def _quota(cgroups: Path) -> float:
    """Return the cores that a quota allows, infinity for no quota."""
    with contextlib.suppress(OSError, ValueError):
        quota, period = (cgroups / "cpu.max").read_text().split()
        return math.inf if quota == "max" else int(quota) / int(period)
    with contextlib.suppress(OSError, ValueError):
        # version 1
        quota_us = int((cgroups / "cpu" / "cpu.cfs_quota_us").read_text())
        if quota_us > 0:
            return quota_us / int((cgroups / "cpu" / "cpu.cfs_period_us").read_text())
    return math.inf
