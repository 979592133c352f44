"""Holds every test to its tier's time, and to a folder of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from isolation import isolated

if TYPE_CHECKING:
    from collections.abc import Iterator

# What continuous integration says about a change must not depend on the day: new examples are looked
# for where people run the suite.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
# `make nightly`
hypothesis.settings.register_profile("nightly", max_examples=1_000, deadline=None, print_blob=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

TESTS = Path(__file__).parent
TIMEOUTS_S = {"unit": 20, "architecture": 120, "integration": 120, "e2e": 120}
MARKED = frozenset({"integration", "e2e"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the timeout and the marker of its folder."""
    for item in items:
        if not item.path.is_relative_to(TESTS):
            continue
        tier = item.path.relative_to(TESTS).parts[0]
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TIMEOUTS_S.get(tier, 120)))
        if tier in MARKED:
            item.add_marker(tier)


@pytest.fixture(autouse=True)
def isolation(tmp_path: Path) -> Iterator[None]:
    """Keep the test in its own folder."""
    with isolated(tmp_path):
        yield
