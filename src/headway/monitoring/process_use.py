"""What a process uses, from Linux's /proc."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")


class ProcessUse(NamedTuple):
    """What a process uses.

    Attributes:
        resident_bytes: Memory that it occupies, shared pages included.
        cpu_s: User and system time since its start.
    """

    resident_bytes: int
    cpu_s: float


def process_use(pid: int) -> ProcessUse | None:
    """Return what a process uses, or `None` where there is no such process or no /proc.

    Examples:
        >>> import os
        >>> process_use(os.getpid()).resident_bytes > 1_000_000
        True
    """
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # the name of the program comes in brackets before the numbers, and may hold blanks
    fields = stat.rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return ProcessUse(int(fields[21]) * mmap.PAGESIZE, ticks / os.sysconf("SC_CLK_TCK"))
