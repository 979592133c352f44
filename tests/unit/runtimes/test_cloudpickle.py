from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any

import cloudpickle
import pytest

from headway.errors import MissingExtraError, MissingModuleError, RuntimeLoadError
from headway.runtimes.cloudpickle import load_failure, loading
from headway.runtimes.modules import ShippedModules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCRIPT = """
def late(value):
    import rates
    return value * rates.RATE

def plain(value):
    from decimal import Decimal
    return Decimal(value)

class Step:
    def predict(self, value):
        from rates import RATE
        return value * RATE
"""


def shipped(folder: Path, rate: int) -> ShippedModules:
    folder.mkdir()
    (folder / "rates.py").write_text(f"RATE = {rate}\n")
    return ShippedModules.below(folder)


def pickled(name: str) -> bytes:
    """Pickle by value, as of a script."""
    script: dict[str, Any] = {"__name__": "__main__"}
    exec(SCRIPT, script)
    thing = script[name]
    data: bytes = cloudpickle.dumps(thing() if isinstance(thing, type) else thing)
    return data


def test_functions_pickled_by_value_import_the_modules_of_their_release(tmp_path: Path) -> None:
    found: list[Callable[[int], int]] = []
    for rate in (2, 3):
        with loading(shipped(tmp_path / str(rate), rate)):
            found.append(pickle.loads(pickled("late")))
    assert [function(10) for function in found] == [20, 30]


def test_methods_do_so_too(tmp_path: Path) -> None:
    with loading(shipped(tmp_path / "m", 2)):
        step = pickle.loads(pickled("Step"))
    assert step.predict(10) == 20


@pytest.mark.parametrize("has_modules", [True, False])
def test_other_imports_are_as_ever(tmp_path: Path, has_modules: bool) -> None:
    modules = shipped(tmp_path / "m", 2) if has_modules else ShippedModules(tmp_path, {})
    with loading(modules):
        function = pickle.loads(pickled("plain"))
    assert function(3) == 3


@pytest.mark.parametrize("value", [True, False])
def test_no_bytecode_is_written_within(
    tmp_path: Path, value: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", value)
    with loading(ShippedModules(tmp_path, {})):
        assert sys.dont_write_bytecode
    assert sys.dont_write_bytecode is value


def test_afterwards_functions_are_made_as_before(tmp_path: Path) -> None:
    with loading(shipped(tmp_path / "m", 2)):
        pass
    function = pickle.loads(pickled("late"))
    with pytest.raises(ModuleNotFoundError, match="rates"):
        function(10)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ModuleNotFoundError("no", name="my_steps.text"), MissingModuleError, "`my_steps.text`"),
        (ModuleNotFoundError("no", name="sklearn.tree"), MissingExtraError, "native"),
        (ModuleNotFoundError("no"), RuntimeLoadError, "ModuleNotFoundError"),
        (AttributeError("no Step"), RuntimeLoadError, "AttributeError: no Step"),
    ],
)
def test_a_failure_says_what_is_missing(
    error: Exception, kind: type[RuntimeLoadError], words: str
) -> None:
    failure = load_failure(error)
    assert type(failure) is kind
    assert words in failure.message
    assert failure.hint
