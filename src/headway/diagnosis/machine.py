"""What the machine has, and how busy it is."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from headway.diagnosis.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST_DISK_BYTES = 10**9
LEAST_MEMORY_BYTES = 500 * 10**6

_MEMORY = Path("/proc/meminfo")
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


def check_machine() -> Iterator[Finding]:
    """Tell cores, load and memory."""
    yield processor(len(os.sched_getaffinity(0)), os.cpu_count() or 1, os.getloadavg()[0])
    yield memory(_read(_MEMORY), _read(_CONTAINER_LIMIT))


def processor(usable: int, cores: int, load: float) -> Finding:
    """Tell the cores that this process may use, and the load of the last minute."""
    shown = f"{usable} of {cores} cores, load {load:.1f} in the last minute"
    if load > usable:
        return Finding(
            "processor", "warning", shown, "more is waiting than can run: replies wait too"
        )
    return Finding("processor", "ok", shown)


def memory(meminfo: str, container_limit: str) -> Finding:
    """Tell the memory that is free, from `/proc/meminfo` and the limit of the container."""
    found = dict(re.findall(r"^(\w+):\s+(\d+) kB", meminfo, re.MULTILINE))
    if "MemAvailable" not in found:
        return Finding("memory", "ok", "not known on this system")
    free_bytes, total_bytes = (int(found[name]) * 1024 for name in ("MemAvailable", "MemTotal"))
    shown = f"{in_gb(free_bytes)} of {in_gb(total_bytes)} free"
    if container_limit.strip().isdigit():
        shown += f", this container may use {in_gb(int(container_limit))}"
    if free_bytes < LEAST_MEMORY_BYTES:
        return Finding("memory", "warning", shown, "a worker needs 150 MB and what its models need")
    return Finding("memory", "ok", shown)


def check_home(home: Path) -> Iterator[Finding]:
    """Tell whether the home folder can be written, and how much room there is."""
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    yield _writable(home, existing)
    free_bytes = shutil.disk_usage(existing).free
    if free_bytes < LEAST_DISK_BYTES:
        shown = f"{in_gb(free_bytes)} free below {existing}; {in_gb(LEAST_DISK_BYTES)} is little"
        yield Finding("disk", "warning", shown, "every release that is served is kept there")
    else:
        yield Finding("disk", "ok", f"{in_gb(free_bytes)} free below {existing}")


def in_gb(n_bytes: int) -> str:
    """Return a size for people.

    Examples:
        >>> in_gb(1_530_000_000), in_gb(20_000)
        ('1.5 GB', '0.0 GB')
    """
    return f"{n_bytes / 10**9:.1f} GB"


def _writable(home: Path, existing: Path) -> Finding:
    hint = "choose another with `--home` or HEADWAY_HOME"
    if not existing.is_dir():
        return Finding("home", "failed", f"{existing} is a file and no folder", hint)
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return Finding("home", "failed", f"{existing} cannot be written: {error.strerror}", hint)
    if existing != home:
        return Finding("home", "ok", f"{home} is made when it is needed")
    return Finding("home", "ok", str(home))


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
