"""The pages of the reference are what the code says, and leave nothing out."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import headway
import headway.api
from asgi_client import call
from crafted import ROW, crafted_plan
from headway.contract import findings
from headway.contract.model import Constraints
from headway.errors import Violation
from headway.monitoring.prometheus import LABELS
from headway.serving.page_files import OWN_FILES, SWAGGER_FILES
from headway.serving.settings import WorkerSettings
from headway.wiring import build_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.serving.app import ServingApp

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "headway"
FILES = {f"/docs/{name}" for name in (*OWN_FILES, *SWAGGER_FILES)}


def page(name: str) -> str:
    return (ROOT / "docs/reference" / name).read_text()


@pytest.fixture(scope="module")
def reference() -> Iterator[Any]:
    """The program that writes the pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)
        yield importlib.import_module("scripts.reference.__main__")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServingApp]:
    folder = tmp_path_factory.mktemp("served")
    with (folder / "log").open("wb") as log:
        app = build_app(crafted_plan(folder), WorkerSettings(log_fd=log.fileno()))
        app.load()
        yield app
        app.close()


def test_the_pages_are_what_the_code_says(
    reference: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reference.main(["--check"]) == 0, capsys.readouterr().out


def test_a_page_that_was_changed_is_noticed_and_mended(
    reference: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(reference, "REFERENCE", tmp_path)
    monkeypatch.setattr(reference, "pages", lambda: {"a.md": "# A\n", "b.md": "# B\n"})
    assert reference.main(["--check"]) == 1
    assert not list(tmp_path.iterdir())
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
    (tmp_path / "b.md").write_text("# C\n")
    capsys.readouterr()
    assert reference.main(["--check"]) == 1
    assert capsys.readouterr().out.startswith("b.md: not what the code says")


def test_every_page_is_generated(reference: Any) -> None:
    made = {
        path.name
        for path in reference.REFERENCE.glob("*.md")
        if reference.MADE_BY in path.read_text()
    }
    assert made == {path.name for path in reference.REFERENCE.glob("*.md")}


def documented_paths() -> dict[str, str]:
    """Return the first method of each path on the page."""
    return dict(re.findall(r"^\| `(/[\w./]*)` \| (\w+)", page("http-api.md"), re.MULTILINE))


def test_every_path_of_the_app_is_on_the_page(app: ServingApp) -> None:
    assert set(documented_paths()) == app.paths().keys() - FILES


@pytest.mark.parametrize("path", documented_paths())
def test_every_path_on_the_page_is_answered(app: ServingApp, path: str) -> None:
    method = documented_paths()[path]
    place = path.replace("NAME", "credit").replace("VERSION", "3")
    assert call(app, method, place, ROW if method == "POST" else None).status in {200, 307}
    refused = call(app, "PATCH", place)
    assert refused.status == 405
    assert f"| `{path}` | {refused.headers['allow']} |" in page("http-api.md")


@pytest.mark.parametrize("path", sorted(FILES))
def test_every_file_of_the_api_page_is_answered(app: ServingApp, path: str) -> None:
    assert path in app.paths()
    assert call(app, "GET", path).status == 200


def test_every_verb_is_on_the_page_of_python() -> None:
    headings = set(
        re.findall(r"^### `headway\.(?:api\.)?(\w+)`$", page("python-api.md"), re.MULTILINE)
    )
    assert set(headway.api.__all__) <= headings


def test_every_public_name_is_on_the_page_of_python() -> None:
    headings = set(re.findall(r"^### `headway\.(\w+)`$", page("python-api.md"), re.MULTILINE))
    assert headings == set(headway.__all__) - {"__version__"}


def test_every_public_method_is_on_the_page_of_python() -> None:
    shown = set(re.findall(r"^#### `([\w.]+)`$", page("python-api.md"), re.MULTILINE))
    for kind in (headway.Client, headway.AsyncClient, headway.Predictor, headway.Server):
        public = {name for name in dir(kind) if not name.startswith("_")}
        methods = {name for name in public if callable(getattr(kind, name))}
        assert {f"{kind.__name__}.{name}" for name in methods} <= shown


def test_every_rule_is_explained() -> None:
    used = {
        rule
        for file in (
            *SOURCE.glob("contract/*.py"),
            *SOURCE.glob("runtimes/*.py"),
            *SOURCE.glob("client/*.py"),
        )
        for rule in re.findall(
            r"""(?:\.add\([\w ,().+]+, |\brule=|_RULE = )"(\w+)\"""", file.read_text()
        )
    }
    declared = set(Constraints.__struct_fields__) - {"not_null"}
    assert {"unknown", "length", "type", "missing", "one_of", "validator"} <= used | declared
    assert used | declared | set(findings._WORDING) <= set(findings.RULES)
    for rule in findings.RULES:
        assert f"| `{rule}` |" in page("errors.md")


def test_violations_have_words_for_every_field() -> None:
    for name in Violation.__dataclass_fields__:
        assert f'"{name}":' in page("errors.md")


def test_every_metric_is_on_the_page_with_its_labels(app: ServingApp) -> None:
    call(app, "POST", "/predict", ROW)
    exposed = set(
        re.findall(
            r"^# TYPE (headway_\w+)", call(app, "GET", "/metrics").body.decode(), re.MULTILINE
        )
    )
    shown = dict(
        re.findall(r"^\| `(headway_\w+)` \| \w+ \| (.*?) \|", page("metrics.md"), re.MULTILINE)
    )
    assert exposed <= set(shown)
    used = {label for labels in shown.values() for label in re.findall(r"`(\w+)`", labels)} | {"le"}
    assert used == set(LABELS)
    assert (
        set(re.findall(r"^\| `(\w+)` \|(?! \w+ \|.*\|.*\|)", page("metrics.md"), re.MULTILINE))
        >= used
    )


@pytest.mark.parametrize("name", ["register", "adopt", "serve", "load", "app"])
def test_every_argument_is_explained(name: str) -> None:
    section = page("python-api.md").partition(f"### `headway.{name}`\n")[2].partition("\n### ")[0]
    arguments = re.findall(
        r"^    \*?(\w+): ", section.partition("```py")[2].partition("```")[0], re.MULTILINE
    )
    assert arguments
    assert [one for one in arguments if f"\n| `{one}` |" not in section] == []
