"""Every error has a status, an exit code and a section in the documentation, and they agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headway.cli.console import EXIT_CODES
from headway.errors import HeadwayError
from headway.serving.problems import STATUSES

PAGE = (Path(__file__).parents[2] / "docs/reference/errors.md").read_text()
ROW = re.compile(r"^\| \[`([\w.]+)`\]\(#([\w]+)\) \| `(\w+)` \| (\d+) \| (\d+) \|$", re.MULTILINE)


def tree(root: type[HeadwayError]) -> list[type[HeadwayError]]:
    """Return the class and everything below it that the package defines."""
    kinds = [root] if root.__module__.startswith("headway.") else []
    return kinds + [kind for child in root.__subclasses__() for kind in tree(child)]


ALL = {kind.__name__: kind for kind in tree(HeadwayError)}
DOCUMENTED = {match[3]: match for match in ROW.finditer(PAGE)}


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in ALL.values()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("name", ALL)
def test_an_error_has_a_status_and_an_exit_code_of_its_own(name: str) -> None:
    assert ALL[name] in STATUSES
    assert ALL[name] in EXIT_CODES


@pytest.mark.parametrize("name", ALL)
def test_the_page_agrees_with_the_code(name: str) -> None:
    code, anchor, _, status, exit_code = DOCUMENTED[name].groups()
    assert code == ALL[name].code
    assert anchor == code.replace(".", "")
    assert int(status) == STATUSES[ALL[name]][0]
    assert int(exit_code) == EXIT_CODES[ALL[name]]


@pytest.mark.parametrize("name", ALL)
def test_an_error_has_a_section(name: str) -> None:
    section = PAGE.partition(f"\n## `{ALL[name].code}`\n")[2].partition("\n## ")[0]
    assert len(section.split()) > 10


def test_the_page_names_no_other_error() -> None:
    assert set(DOCUMENTED) == set(ALL)
    assert len(re.findall(r"^## `", PAGE, re.MULTILINE)) == len(ALL)


@pytest.mark.parametrize("name", ALL)
def test_an_error_is_in_the_map_of_the_module(name: str) -> None:
    if name != "HeadwayError":
        assert re.search(rf"^    .*[├└] {name}\b", errors_docstring(), re.MULTILINE)


def errors_docstring() -> str:
    module = __import__("headway.errors", fromlist=["errors"])
    return module.__doc__ or ""
