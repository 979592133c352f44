"""Runs the Python examples of the documentation and of docstrings as tests.

Each page runs from top to bottom in a folder of its own, with a home of its own.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sybil import Sybil
from sybil.evaluators import python
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser
from sybil.sybil import SybilCollection

from isolation import isolated

TIMEOUT_S = 120  # a page may register a model and serve it


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give examples the time that they need."""
    for item in items:
        if isinstance(item, SybilItem):
            item.add_marker(pytest.mark.timeout(TIMEOUT_S))


def _enter(namespace: dict[str, Any]) -> None:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stack.enter_context(isolated(Path(folder)))
        namespace["_page"] = stack.pop_all()


def _leave(namespace: dict[str, Any]) -> None:
    namespace["_page"].close()


# the filter of Sybil 10 breaks the whole run on a chained exception whose traceback is one frame long
SybilItem._traceback_filter = lambda _item, caught: caught.traceback.cut(python.__file__)  # noqa: SLF001


def _pages(**where: Any) -> Sybil:
    parsers = [PythonCodeBlockParser(), SkipParser()]
    return Sybil(parsers=parsers, setup=_enter, teardown=_leave, **where)


_HERE = str(Path(__file__).parent)

pytest_collect_file = SybilCollection(
    [
        _pages(path=_HERE, filenames=["README.md"]),
        _pages(path=f"{_HERE}/docs", pattern="*.md"),
        Sybil(parsers=[DocTestParser()], path=f"{_HERE}/src", pattern="*.py"),
    ]
).pytest()
