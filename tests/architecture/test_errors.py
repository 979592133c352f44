"""Every error has a stable code, a status, an exit code and a section in the documentation."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from headway import errors
from headway.cli.console import EXIT_CODES, MEANINGS, OWN_CODES
from headway.errors import HeadwayError
from headway.serving import problems
from headway.serving.predict import CODE_CLIENT_LEFT
from headway.serving.problems import STATUSES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/errors.md").read_text()
KNOWN = set((ROOT / "tests/architecture/error_codes.txt").read_text().split())
DERIVED = re.compile(r"^class \w+\((?:errors\.)?(\w+)\)", re.MULTILINE)
CODE = re.compile(r"[a-z_]+(\.[a-z_]+)*")


def tree(root: type[HeadwayError]) -> list[type[HeadwayError]]:
    """Return the class and everything below it that the package defines."""
    kinds = [root] if root.__module__.startswith("headway.") else []
    return kinds + [kind for child in root.__subclasses__() for kind in tree(child)]


SOURCE = ROOT / "src"
for file in SOURCE.rglob("*.py"):
    # an error may be defined anywhere, and is known once its module is imported
    if set(DERIVED.findall(file.read_text())) & set(errors.__all__):
        importlib.import_module(".".join(file.relative_to(SOURCE).with_suffix("").parts))
ALL = {kind.__name__: kind for kind in tree(HeadwayError)}
WITHOUT_A_CLASS = {
    *re.findall(r'"(http\.\w+|server\.\w+|error\.\w+)"', inspect.getsource(problems)),
    *OWN_CODES,
    CODE_CLIENT_LEFT,
}
CODES = {kind.code for kind in ALL.values()} | WITHOUT_A_CLASS


def section(code: str) -> str:
    return PAGE.partition(f"\n## `{code}`\n")[2].partition("\n## ")[0]


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in ALL.values()]
    assert len(codes) == len(set(codes))
    assert not WITHOUT_A_CLASS & set(codes)


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_is_a_stable_word_with_a_section(code: str) -> None:
    assert CODE.fullmatch(code)
    assert len(section(code).split()) > 10
    assert f"| [`{code}`](#" in PAGE


@pytest.mark.parametrize("name", ALL)
def test_an_error_has_a_status_and_an_exit_code_of_its_own(name: str) -> None:
    assert 400 <= STATUSES[ALL[name]][0] < 600
    assert EXIT_CODES[ALL[name]] in MEANINGS


@pytest.mark.parametrize("name", ALL)
def test_an_error_says_what_to_do(name: str) -> None:
    assert "code" in vars(ALL[name])
    assert "What to do: " in (vars(ALL[name])["__doc__"] or "")
    assert "**What to do.** " in section(ALL[name].code)


@pytest.mark.parametrize("name", sorted(ALL.keys() - {"HeadwayError"}))
def test_an_error_is_in_the_map_of_the_tree(name: str) -> None:
    assert re.search(rf"^    .*[├└] {name}\b", errors.__doc__ or "", re.MULTILINE)


def test_the_page_names_no_other_error() -> None:
    assert set(re.findall(r"^## `(.+)`$", PAGE, re.MULTILINE)) == CODES


def test_no_code_vanishes_or_changes() -> None:
    gone = sorted(KNOWN - CODES)
    assert not gone, (
        f"{gone} are gone: programs and alerts of users compare codes, so a code stays what it is. If that "
        "is meant, say so in CHANGELOG.md and take it out of tests/architecture/error_codes.txt."
    )


def test_a_new_code_is_written_down() -> None:
    new = sorted(CODES - KNOWN)
    assert not new, (
        f"add {new} to tests/architecture/error_codes.txt: from now on they stay as they are"
    )
