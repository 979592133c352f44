"""Files stay small, and each module has a test of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "headway"
MODULES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))
MAX_LINES = 400

# Why a module has no unit test file of its own.
UNTESTED = {
    "__main__.py": "one call; the end-to-end tests run it",
    "api/administration.py": "joins tested parts; the integration tests run it",
    "api/looking.py": "joins tested parts; the end-to-end tests and the documentation run it",
    "api/optimizing.py": "joins tested parts; the integration tests run it",
    "api/releases.py": "joins tested parts; the end-to-end tests and the documentation run it",
    "api/serving.py": "joins tested parts; the end-to-end tests and the documentation run it",
    "store/migrations/env.py": "Alembic executes it; the tests of the database run it",
    "store/migrations/versions/r0001_api_keys.py": "a step; the tests of the database take it",
    "wiring.py": "picks implementations; the end-to-end tests run it",
}
TYPES_ONLY = (
    "port.py",
    "dashboard/ports.py",
    "contract/row_validator.py",
    "contract/training.py",
    "core/dtypes.py",
    "core/prediction.py",
    "core/version.py",
)


def unit_test(module: str) -> Path:
    path = Path(module)
    return ROOT / "tests" / "unit" / path.parent / f"test_{path.name}"


def test_there_are_modules() -> None:
    assert len(MODULES) > 50


@pytest.mark.parametrize("module", MODULES)
def test_a_file_is_short(module: str) -> None:
    assert len((SOURCE / module).read_text().splitlines()) <= MAX_LINES


@pytest.mark.parametrize(
    "module",
    [
        module
        for module in MODULES
        if not module.endswith(("__init__.py", *TYPES_ONLY)) and module not in UNTESTED
    ],
)
def test_a_module_has_a_unit_test(module: str) -> None:
    assert unit_test(module).is_file(), f"write {unit_test(module).relative_to(ROOT)}"


@pytest.mark.parametrize("module", UNTESTED)
def test_an_exception_is_still_one(module: str) -> None:
    assert module in MODULES
    assert not unit_test(module).exists()


@pytest.mark.parametrize("module", [m for m in MODULES if m.endswith("__init__.py")])
def test_a_package_says_what_it_is_for(module: str) -> None:
    assert (SOURCE / module).read_text().startswith('"""')


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "base", "misc"])
def test_nothing_is_called_after_nothing(name: str) -> None:
    assert not [module for module in MODULES if name in Path(module).with_suffix("").parts]
