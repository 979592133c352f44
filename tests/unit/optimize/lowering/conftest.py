from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.optimize.threadpoolctl import one_thread

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def single_thread() -> Iterator[None]:
    """Fit small models on one thread: many threads only wait for each other."""
    with one_thread():
        yield
