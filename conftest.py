"""Runs the examples of the documentation and of docstrings as tests.

Each page runs from top to bottom in a folder of its own, with a home of its own. In the tutorials the
commands of console blocks run too, where they are ours and come to an end by themselves.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sybil import Sybil
from sybil.evaluators import python
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser
from sybil.sybil import SybilCollection

from isolation import isolated

if TYPE_CHECKING:
    from sybil import Example

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


def _run_console(example: Example) -> str | None:
    """Run a console block, and say where a command does not print what stands below it."""
    for command, expected in re.findall(
        r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", example.parsed, re.MULTILINE
    ):
        words = shlex.split(command, comments=True)
        if words[0] != "headway" or words[1] == "serve":
            continue
        result = subprocess.run(
            [sys.executable, "-m", *words], capture_output=True, text=True, timeout=60, check=False
        )
        printed = result.stdout + result.stderr
        pattern = r"\s+".join(map(re.escape, expected.split())).replace(re.escape("..."), ".*?")
        if not re.fullmatch(rf"\s*{pattern}\s*", printed, re.DOTALL):
            return f"`{command}` printed\n{printed}\ninstead of\n{expected}"
    return None


def _pages(*parsers: Any, **where: Any) -> Sybil:
    return Sybil(
        parsers=[PythonCodeBlockParser(), SkipParser(), *parsers],
        setup=_enter,
        teardown=_leave,
        **where,
    )


_HERE = str(Path(__file__).parent)

pytest_collect_file = SybilCollection(
    [
        _pages(path=_HERE, filenames=["README.md"]),
        _pages(path=f"{_HERE}/docs", pattern="*.md", exclude="tutorial/*.md"),
        _pages(
            CodeBlockParser(language="console", evaluator=_run_console),
            path=f"{_HERE}/docs/tutorial",
            pattern="*.md",
        ),
        Sybil(parsers=[DocTestParser()], path=f"{_HERE}/src", pattern="*.py"),
    ]
).pytest()
