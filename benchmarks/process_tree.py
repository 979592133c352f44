"""CPU time of a process and of everything that it started, from Linux's /proc."""

from __future__ import annotations

import os
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return user and system time of the tree below `pid`, ended and reaped children included."""
    parents, ticks = _read_processes()
    total, todo = 0, [pid]
    while todo:
        current = todo.pop()
        total += ticks.get(current, 0)
        todo += [child for child, parent in parents.items() if parent == current]
    return total / TICKS_PER_S


def load_average() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]


def _read_processes() -> tuple[dict[int, int], dict[int, int]]:
    parents, ticks = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue  # it has ended
        # the name may hold blanks and parentheses; the fields after it do not
        fields = stat[stat.rindex(")") + 2 :].split()
        parents[int(folder.name)] = int(fields[1])
        ticks[int(folder.name)] = sum(int(field) for field in fields[11:15])
    return parents, ticks
