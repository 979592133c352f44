"""CPU time and memory of a process and of everything that it started, from Linux's /proc."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")
_KILOBYTE = 1024


def tree_of(pid: int) -> list[int]:
    """Return a process and all below it that live."""
    parents = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            parents[int(folder.name)] = int(fields[1])
    found, todo = [], [pid]
    while todo:
        current = todo.pop()
        found.append(current)
        todo += [child for child, parent in parents.items() if parent == current]
    return found


def cpu_s(pid: int) -> float:
    """Return user and system time of the tree below `pid` in seconds, ended and reaped children included."""
    ticks = 0
    for member in tree_of(pid):
        if fields := _stat(member):
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_bytes(pid: int) -> int:
    """Return the memory of the tree below `pid`; what processes share counts once (PSS)."""
    return sum(_proportional_bytes(member) for member in tree_of(pid))


def _stat(pid: int) -> list[str]:
    """Return the fields behind the name of a process, which may hold blanks; nothing where it has ended."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _proportional_bytes(pid: int) -> int:
    try:
        text = (_PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * _KILOBYTE
    return 0
