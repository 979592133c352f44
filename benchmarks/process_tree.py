"""CPU time and memory of a process and of everything that it started, from Linux's /proc."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return user and system time of the tree below `pid`, ended and reaped children included."""
    parents, ticks = _read_processes()
    return sum(ticks.get(member, 0) for member in _tree(pid, parents)) / TICKS_PER_S


def own_cpu_seconds(pid: int) -> float:
    """Return user and system time of one process, ended and reaped children included."""
    return _read_processes()[1][pid] / TICKS_PER_S


def processes(pid: int) -> list[int]:
    """Return the tree below `pid`, itself first."""
    return _tree(pid, _read_processes()[0])


def command_line(pid: int) -> str:
    """Return how a process was started; nothing once it has ended."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def pss_mb(pids: Iterable[int]) -> float:
    """Return the memory of processes in MB, each shared page divided among those that share it."""
    return _memory_mb(pids, "Pss:")


def rss_mb(pids: Iterable[int]) -> float:
    """Return the memory of processes in MB, each shared page counted for each of them."""
    return _memory_mb(pids, "Rss:")


def _memory_mb(pids: Iterable[int], field: str) -> float:
    total_kb = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            text = (Path("/proc") / str(pid) / "smaps_rollup").read_text()
            (line,) = (line for line in text.splitlines() if line.startswith(field))
            total_kb += int(line.split()[1])
    return total_kb / 1024


def pin_tree(pid: int, cpus: Iterable[int]) -> None:
    """Let every thread of the tree below `pid`, and what it starts from now on, run on these CPUs only."""
    for member in processes(pid):
        with contextlib.suppress(OSError):
            for thread in (Path("/proc") / str(member) / "task").iterdir():
                with contextlib.suppress(OSError):
                    os.sched_setaffinity(int(thread.name), cpus)


def load_average() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]


def _tree(pid: int, parents: dict[int, int]) -> list[int]:
    found = [pid]
    for current in found:
        found += [child for child, parent in parents.items() if parent == current]
    return found


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
