"""How many connections a process may keep open: the system bounds the files of each process."""

from __future__ import annotations

import contextlib
import resource

# of models, libraries, the log, and what a worker opens for a moment
N_OTHERS = 256


def make_room(n_connections: int) -> int:
    """Raise the limit of open files as far as connections need it, and return how many there is room for.

    The soft limit is raised, up to the hard one, and never lowered.

    Args:
        n_connections: Most that are wanted.

    Examples:
        >>> make_room(10)
        10
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = n_connections + N_OTHERS
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return n_connections
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
        soft = raised
    return min(n_connections, max(soft - N_OTHERS, soft // 2))
