"""Starts a server whose whole tree can be counted and ended: `python launch.py CPUS COMMAND...`.

It becomes a child subreaper, because some servers detach daemons, whose CPU time must stay in the tree, alive or
dead. SIGTERM goes to the server alone; what is left of the tree after some seconds is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL, _SET_CHILD_SUBREAPER = 1, 36
_END_S = 5.0


def main() -> None:
    """Run the command, reap whatever ends, and leave nothing behind."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
    os.sched_setaffinity(0, [int(cpu) for cpu in sys.argv[1].split(",")])
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told.append(number))
    server = os.spawnvp(os.P_NOWAIT, sys.argv[2], sys.argv[2:])
    while not told and server not in reaped():
        time.sleep(0.05)
    send(signal.SIGTERM, [server])
    end_s = time.monotonic() + _END_S
    while descendants() and time.monotonic() < end_s:
        reaped()
        time.sleep(0.05)
    while left := descendants():
        send(signal.SIGKILL, left)
        reaped()
        time.sleep(0.02)


def reaped() -> list[int]:
    """Reap the children that have ended."""
    found = []
    with contextlib.suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            found.append(pid)
    return found


def descendants() -> list[int]:
    """Return the processes below this one."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (folder / "stat").read_text()
                parent = int(stat[stat.rindex(")") + 2 :].split()[1])
                children.setdefault(parent, []).append(int(folder.name))
    found, todo = [], [os.getpid()]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def send(number: int, pids: list[int]) -> None:
    """Send a signal to those that are still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


if __name__ == "__main__":
    main()
