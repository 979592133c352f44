from __future__ import annotations

import inspect
import re

import pytest

from headway import errors
from headway.errors import HeadwayError


def subclasses(root: type[HeadwayError]) -> list[type[HeadwayError]]:
    children = root.__subclasses__()
    return children + [below for child in children for below in subclasses(child)]


# those that other modules define, for tests or for their own use, are not of the public tree
CLASSES = [one for one in subclasses(HeadwayError) if one.__module__.startswith(errors.__name__)]


def test_the_tree_in_the_documentation_is_the_tree() -> None:
    documented: list[tuple[str, str]] = []
    above = {-1: "HeadwayError"}
    for line in inspect.getdoc(errors).split("\n"):  # type: ignore[union-attr]
        found = re.match(r"\s*([│ ]*)[├└] (\w+)", line)
        if found:
            depth = found[1].count("│")
            above[depth] = found[2]
            documented.append((found[2], above[depth - 1]))
    real = [(one.__name__, one.__bases__[0].__name__) for one in CLASSES]
    assert sorted(documented) == sorted(real)


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_every_error_has_a_code_and_words_of_its_own(error: type[HeadwayError]) -> None:
    assert re.fullmatch(r"[a-z]+(\.[a-z_]+)+", error.code) or error.code == "error"
    assert [other for other in CLASSES if other.code == error.code] == [error]
    assert error.__name__.endswith("Error")
    assert error.__doc__


def test_every_error_is_found_at_the_top() -> None:
    others = {"HeadwayError", "HeadwayWarning", "Violation"}
    assert {one.__name__ for one in CLASSES} | others == set(errors.__all__)


def test_an_error_carries_its_message_and_its_hint() -> None:
    error = errors.ConfigError("`port` is 0", hint="use 8000")
    assert str(error) == error.message == "`port` is 0"
    assert error.hint == "use 8000"
    assert errors.ConfigError("x").hint is None
