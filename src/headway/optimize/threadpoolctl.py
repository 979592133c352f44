"""Holds the native libraries of a model to one thread while it is compared and measured.

A row of its own is predicted the same by one thread as by many, and on a busy machine much sooner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which OpenMP and BLAS, as loaded by now, use one thread."""
    limits: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limits
