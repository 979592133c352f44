"""Extras are whole, partly there, or were not asked for."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

from headway.diagnosis.installation import check_installation, installed_version

REQUIREMENTS = [
    "click>=8.2",
    "uvloop>=0.22; sys_platform != 'win32' and platform_python_implementation == 'CPython'",
    "alembic>=1.16; extra == 'registry'",
    'onnx>=1.18; extra == "registry"',
    "pyarrow>=18; extra == 'arrow'",
    "headway[registry,arrow]; extra == 'all'",
    "alembic>=1.16; extra == 'all'",
]


def findings(*present: str) -> dict[str, tuple[str, str, str | None]]:
    def version(name: str) -> str:
        if name not in present:
            raise PackageNotFoundError(name)
        return "1.0"

    found = check_installation(REQUIREMENTS, version)
    return {finding.check: (finding.state, finding.measured, finding.hint) for finding in found}


def test_versions_come_first() -> None:
    assert list(findings()) == ["python", "headway", "extra registry", "extra arrow"]


def test_an_extra_that_nobody_asked_for_is_no_warning() -> None:
    assert findings()["extra arrow"] == ("ok", "not installed", 'pip install "headway[arrow]"')


def test_an_extra_that_is_not_whole_is_one() -> None:
    assert findings("onnx")["extra registry"] == (
        "warning",
        "not whole: alembic is missing",
        'pip install "headway[registry]"',
    )


def test_an_extra_that_is_whole_names_its_versions() -> None:
    found = findings("onnx", "alembic")["extra registry"]
    assert found == ("ok", "installed: alembic 1.0, onnx 1.0", None)


def test_the_package_s_own_extras_are_found() -> None:
    checks = {finding.check for finding in check_installation()}
    assert {"extra registry", "extra native", "extra arrow"} <= checks


def test_what_is_not_installed_has_no_version() -> None:
    assert installed_version("numpy")
    assert installed_version("no-such-distribution") is None
