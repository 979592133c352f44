from __future__ import annotations

import importlib
import json
import pickle
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from headway.runtimes.modules import ShippedModules

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

INIT = """
import dataclasses
from . import words
from .words import WORD
import rates

@dataclasses.dataclass
class Step:
    factor: float = rates.RATE

    def late(self):
        from features.late import VALUE
        return VALUE

    def later(self):
        import features.late
        return features.late.VALUE

    def relative(self):
        from .late import VALUE
        from . import late
        return VALUE, late.VALUE

    def from_outside(self):
        import decimal
        from os import path
        return decimal.Decimal, path

    def nothing(self):
        import features.nothing

    def no_name(self):
        from features.late import nothing
"""


def ship(folder: Path, value: int) -> ShippedModules:
    files = {
        "features/__init__.py": INIT,
        "features/words.py": f"WORD = 'word {value}'\n",
        "features/late.py": f"VALUE = {value}\n",
        "rates.py": f"RATE = {value}.5\n",
        "spaced/inner/part.py": f"VALUE = {value}\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return ShippedModules.below(folder)


def load(shipped: ShippedModules, name: str = "features") -> ModuleType:
    with shipped.importable():
        return importlib.import_module(name)


@pytest.fixture
def one(tmp_path: Path) -> ShippedModules:
    return ship(tmp_path / "one", 1)


@pytest.fixture
def two(tmp_path: Path) -> ShippedModules:
    return ship(tmp_path / "two", 2)


def test_names_are_those_at_the_top(one: ShippedModules) -> None:
    assert one.names == {"features", "rates", "spaced"}


def test_two_releases_with_modules_of_one_name_run_their_own(
    one: ShippedModules, two: ShippedModules
) -> None:
    first, second = load(one), load(two)
    assert (first.WORD, second.WORD) == ("word 1", "word 2")
    assert (first.Step().factor, second.Step().factor) == (1.5, 2.5)


@pytest.mark.parametrize(
    ("method", "answers"),
    [("late", (1, 2)), ("later", (1, 2)), ("relative", ((1, 1), (2, 2)))],
)
def test_what_is_imported_when_a_method_runs_is_the_release_s_own(
    one: ShippedModules, two: ShippedModules, method: str, answers: tuple[object, ...]
) -> None:
    steps = [load(one).Step(), load(two).Step()]
    for _ in range(2):  # the second time it has been imported
        assert tuple(getattr(step, method)() for step in steps) == answers
    assert "features.late" not in sys.modules


def test_that_holds_in_another_thread(one: ShippedModules, two: ShippedModules) -> None:
    steps, found = [load(one).Step(), load(two).Step()] * 8, []
    start = threading.Barrier(len(steps))

    def run(step: object) -> None:
        start.wait()
        found.append((step.factor, step.late()))  # type: ignore[attr-defined]

    threads = [threading.Thread(target=run, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [(1.5, 1)] * 8 + [(2.5, 2)] * 8


def test_releases_can_be_loaded_in_several_threads(tmp_path: Path) -> None:
    shipped = [ship(tmp_path / str(value), value) for value in range(8)]
    start, found = threading.Barrier(len(shipped)), {}

    def run(value: int) -> None:
        start.wait()
        found[value] = load(shipped[value]).Step().late()

    threads = [threading.Thread(target=run, args=[value]) for value in range(len(shipped))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {value: value for value in range(len(shipped))}


def test_other_imports_of_a_shipped_module_are_as_ever(one: ShippedModules) -> None:
    from decimal import Decimal  # noqa: PLC0415 - what the other side imports too
    from os import path  # noqa: PLC0415

    assert load(one).Step().from_outside() == (Decimal, path)


def test_nothing_is_left_for_others(one: ShippedModules) -> None:
    modules, path = dict(sys.modules), list(sys.path)
    finders, entry = list(sys.meta_path), sys.path
    load(one).Step().late()
    assert not set(sys.modules) - set(modules) - {"dataclasses"}
    assert (sys.path, sys.meta_path) == (path, finders)
    assert sys.path is entry
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("features")


def test_what_is_done_to_the_search_path_is_undone(one: ShippedModules) -> None:
    path, entry = list(sys.path), sys.path
    with one.importable():
        sys.path.append("appended")
        sys.path = ["put first", *sys.path]
    assert sys.path is entry
    assert sys.path == path


def test_an_installed_module_is_shadowed_within_and_there_again_afterwards(
    one: ShippedModules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "rates.py").write_text("RATE = 'installed'\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    installed = importlib.import_module("rates")
    try:
        assert load(one).Step().factor == 1.5
        assert load(one, "rates").RATE == 1.5
        assert sys.modules["rates"] is installed
        assert importlib.import_module("rates").RATE == "installed"
    finally:
        del sys.modules["rates"]


def test_a_failing_module_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import broken_too\n")
    (tmp_path / "broken_too.py").write_text("1 / 0\n")
    path, finders = list(sys.path), list(sys.meta_path)
    with pytest.raises(ZeroDivisionError):
        load(ShippedModules.below(tmp_path), "broken")
    assert (sys.path, sys.meta_path) == (path, finders)
    assert not {"broken", "broken_too"} & set(sys.modules)


def test_instances_can_be_pickled_and_read_back_within(one: ShippedModules) -> None:
    step = load(one).Step(7.0)
    with one.importable():
        again = pickle.loads(pickle.dumps(step))
    assert again == step
    assert type(again) is type(step)


def test_modules_stay_the_same_objects(one: ShippedModules) -> None:
    assert load(one) is load(one)
    with one.importable(), one.importable():
        assert importlib.import_module("rates") is load(one, "rates")
        assert "rates" in sys.modules
    assert "rates" not in sys.modules


def test_no_bytecode_is_written(one: ShippedModules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    load(one).Step().late()
    assert not [path for path in one.folder.rglob("*") if path.suffix == ".pyc" or path.name == "__pycache__"]  # fmt: skip


def test_bytecode_that_lies_there_is_not_run(tmp_path: Path, one: ShippedModules) -> None:
    import py_compile  # noqa: PLC0415 - of this test only

    source = one.folder / "rates.py"
    good = source.read_bytes()
    source.write_text("RATE = 666\n")
    py_compile.compile(str(source), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    source.write_bytes(good)
    assert load(ShippedModules.below(one.folder), "rates").RATE == 1.5


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("planted.py", "planted"),
        ("features/planted.py", "features.planted"),
        ("features/planted.py", "planted"),
    ],
)
def test_a_file_that_was_not_verified_is_not_found(
    one: ShippedModules, file: str, name: str
) -> None:
    (one.folder / file).write_text("VALUE = 'planted'\n")
    with one.importable():
        # as MLflow does, and as a module does with its own folder
        sys.path = [str(one.folder), str(one.folder / "features"), *sys.path]
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(name)
    assert not list(one.folder.rglob("__pycache__"))


def test_another_folder_can_be_searched_within(one: ShippedModules, tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "found_beside.py").write_text("VALUE = 1\n")
    with one.importable():
        sys.path.insert(0, str(tmp_path / "beside"))
        assert importlib.import_module("found_beside").VALUE == 1
    del sys.modules["found_beside"]


def test_a_file_that_changes_later_is_not_run(one: ShippedModules) -> None:
    step = load(one).Step()
    (one.folder / "features" / "late.py").write_text("VALUE = 'changed'\n")
    assert step.late() == 1


def test_a_folder_without_init_is_a_package_too(one: ShippedModules) -> None:
    assert load(one, "spaced.inner.part").VALUE == 1


@pytest.mark.parametrize(
    ("method", "error", "words"),
    [
        ("nothing", ModuleNotFoundError, "features.nothing"),
        ("no_name", ImportError, "cannot import name 'nothing'"),
    ],
)
def test_what_is_not_there_is_named(
    one: ShippedModules, method: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        getattr(load(one).Step(), method)()


def test_the_standard_library_and_what_runs_a_release_stay_what_they_are(tmp_path: Path) -> None:
    for name in ("json", "numpy", "headway", "own"):
        (tmp_path / f"{name}.py").write_text("SHIPPED = True\n")
    shipped = ShippedModules.below(tmp_path)
    assert shipped.names == {"own"}
    assert load(shipped, "json") is json


def test_data_beside_a_module_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a b")
    (tmp_path / "own.py").write_text(
        "from pathlib import Path\nWORDS = Path(__file__).with_name('words.txt').read_text()\n"
    )
    assert load(ShippedModules.below(tmp_path), "own").WORDS == "a b"


def test_a_release_without_modules_changes_nothing(tmp_path: Path) -> None:
    shipped = ShippedModules.below(tmp_path / "none")
    before = dict(sys.modules)
    with shipped.importable():
        assert sys.modules == before
    assert shipped.names == frozenset()
