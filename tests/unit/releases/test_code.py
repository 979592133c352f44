from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headway.errors import CodeError
from headway.registry.port import PlainModel
from headway.releases import code as module
from headway.releases.code import (
    ShippedCode,
    code_paths,
    collect_code,
    modules_of,
    on_search_path,
    read_code,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def write(folder: Path, *names: str, text: str = "VALUE = 1\n") -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        (None, ()),
        ("src", (Path("src"),)),
        (Path("src"), (Path("src"),)),
        (["src/pkg", Path("features.py")], (Path("src/pkg"), Path("features.py"))),
        ((), ()),
    ],
)
def test_one_path_or_several_can_be_given(given: object, paths: tuple[Path, ...]) -> None:
    assert code_paths(given) == paths  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("named", "files"),
    [
        (["src"], {"pkg/__init__.py", "pkg/words.txt", "pkg/sub/a.py", "rates.py"}),
        (["src/pkg"], {"pkg/__init__.py", "pkg/words.txt", "pkg/sub/a.py"}),
        (["src/rates.py"], {"rates.py"}),
        (
            ["src/pkg", "src/rates.py", "src/rates.py"],
            {"pkg/__init__.py", "pkg/words.txt", "pkg/sub/a.py", "rates.py"},
        ),
        (["src", "src/pkg"], {"pkg/__init__.py", "pkg/words.txt", "pkg/sub/a.py", "rates.py"}),
    ],
)
def test_a_source_folder_a_package_and_a_module(named: list[str], files: set[str]) -> None:
    write(Path("src"), "pkg/__init__.py", "pkg/words.txt", "pkg/sub/a.py", "rates.py")
    code = collect_code(map(Path, named))
    assert set(code.files) == files
    assert code.files == collect_code(map(Path, reversed(named))).files
    assert list(code.files) == sorted(code.files)


def test_a_package_is_called_as_its_folder_also_from_within(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "steps", "__init__.py")
    monkeypatch.chdir(tmp_path / "steps")
    assert collect_code([Path()]).modules == ("steps",)


def test_data_ships_within_a_package_and_not_beside_it() -> None:
    """The folder of a project may hold training rows and keys."""
    write(Path("src"), "train.csv", "key.json", "data/rows.csv", "docs/index.md", "steps.py")
    write(Path("src"), "pkg/__init__.py", "pkg/words.csv", "pkg/data/more.csv")
    assert set(collect_code([Path("src")]).files) == {
        "steps.py",
        "pkg/__init__.py",
        "pkg/words.csv",
        "pkg/data/more.csv",
    }


def test_what_tools_leave_behind_is_left_out() -> None:
    write(
        Path("src"),
        *("steps.py", "__pycache__/steps.cpython-311.pyc", "old.pyc", ".git/config", ".env"),
        *("env/pyvenv.cfg", "env/lib/site.py", "conda/conda-meta/x", "conda/a.py"),
        *("own.egg-info/PKG-INFO", "pkg/__init__.py", "pkg/.hidden.py", "pkg/__pycache__/x.py"),
    )
    assert set(collect_code([Path("src")]).files) == {"steps.py", "pkg/__init__.py"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("json.py", "`json.py` would stand in for `json` of the standard library"),
        ("logging/__init__.py", "`logging` would stand in for `logging` of the standard"),
        ("numpy.py", "`numpy.py` would stand in for `numpy`, which Headway needs"),
        ("headway/__init__.py", "`headway` would stand in for `headway`, which Headway needs"),
        ("yaml.py", "which Headway needs"),
        ("sklearn/steps.py", "which Headway needs"),
        ("my-steps.py", "`my-steps.py` has a name that cannot be imported"),
        ("fast.so", "compiled for one platform"),
    ],
)
def test_a_name_that_would_do_harm_is_refused(name: str, words: str) -> None:
    write(Path("src"), "fine.py", name)
    with pytest.raises(CodeError, match=words):
        collect_code([Path("src")])


def test_scripts_further_down_may_be_called_anything() -> None:
    write(Path("src"), "pkg/__init__.py", "pkg/migrations/0001-first.py", "pkg/json.py")
    assert collect_code([Path("src")]).modules == ("pkg",)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("gone", "there is no `gone`"),
        ("words.txt", "`words.txt` is no Python module"),
        ("empty", "`empty` holds no module"),
        ("data", "`data` holds no module"),
        ("pkg/part.py", "is a part of the package `pkg`: name that"),
        ("pkg/sub", "is a part of the package `pkg`: name that"),
    ],
)
def test_what_is_no_module_is_refused(path: str, words: str) -> None:
    write(Path(), "words.txt", "data/x.csv", "pkg/__init__.py", "pkg/part.py", "pkg/sub/__init__.py")  # fmt: skip
    Path("empty").mkdir()
    with pytest.raises(CodeError, match=words) as caught:
        collect_code([Path(path)])
    assert caught.value.hint


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("MAX_FILE_BYTES", r"`src/big.py` has 2,000 bytes, and a file may have 1,000"),
        ("MAX_TOTAL_BYTES", r"together have more than 1,000 bytes, from `src/big.py` on"),
    ],
)
def test_too_many_bytes_are_refused_and_the_file_is_named(
    limit: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, limit, 1_000)
    write(Path("src"), "big.py", text="#" * 2_000)
    write(Path("src"), "small.py")
    with pytest.raises(CodeError, match=words):
        collect_code([Path("src")])


def test_too_many_files_are_refused_without_reading_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 3)
    write(Path("src"), *(f"m{i}.py" for i in range(9)))
    with pytest.raises(CodeError, match=r"more than 3 files, from `src/m3.py` on$"):
        collect_code([Path("src")])


def test_everything_that_is_wrong_is_said_at_once() -> None:
    write(Path("src"), "json.py", "my-steps.py", "fast.so")
    with pytest.raises(CodeError) as caught:
        collect_code([Path("src"), Path("gone")])
    for words in ("json.py", "my-steps.py", "fast.so", "gone"):
        assert words in caught.value.message


def test_a_long_list_is_cut() -> None:
    with pytest.raises(CodeError, match=r"and 10 more$"):
        collect_code([Path(f"gone{i}") for i in range(30)])


def test_two_files_of_one_name_are_refused() -> None:
    write(Path("a"), "steps.py")
    write(Path("b"), "steps.py", text="VALUE = 2\n")
    with pytest.raises(CodeError, match=r"`a/steps.py` and `b/steps.py` would both be `steps.py`"):
        collect_code([Path("a"), Path("b")])


@pytest.mark.parametrize(
    ("link", "target", "words"),
    [
        ("secret.py", "../outside.py", "leads out of `src`"),
        ("up", "..", "leads out of `src`"),
        ("pkg/self", "../pkg", "a folder that it lies in"),
        ("pkg/top", "..", "a folder that it lies in"),
        ("gone.py", "nothing.py", "is no file"),
        ("loop.py", "loop.py", "is no file"),
    ],
)
def test_links_that_lead_astray_are_refused(link: str, target: str, words: str) -> None:
    write(Path(), "outside.py", "src/fine.py", "src/pkg/__init__.py")
    (Path("src") / link).symlink_to(target)
    with pytest.raises(CodeError, match=words):
        collect_code([Path("src")])


def test_links_within_ship_what_they_lead_to() -> None:
    write(Path("src"), "real.py", "pkg/__init__.py")
    Path("src/same.py").symlink_to("real.py")
    Path("src/alias").symlink_to("pkg")
    files = collect_code([Path("src")]).files
    assert set(files) == {"real.py", "same.py", "pkg/__init__.py", "alias/__init__.py"}
    assert files["same.py"] == b"VALUE = 1\n"


def test_what_is_no_file_is_refused() -> None:
    write(Path("src"), "fine.py")
    os.mkfifo("src/pipe.py")
    with pytest.raises(CodeError, match=r"`src/pipe.py` is no file"):
        collect_code([Path("src")])


def test_no_code_is_nothing() -> None:
    assert collect_code([]) == ShippedCode({})
    assert ShippedCode().modules == ()


def test_imports_of_the_code_are_found() -> None:
    code = ShippedCode(
        {
            "a.py": b"import numpy.linalg as la, os\nfrom yaml.nodes import Node\n",
            "p/__init__.py": b"from . import b\nfrom .c import d\ndef f():\n    import lightgbm\n",
            "broken.py": b"print 'two'\n",
            "warned.py": b"import json\nPATTERN = '\\d'\n",
            "words.txt": b"import nothing\n",
        }
    )
    assert code.imports() == {"numpy", "os", "yaml", "lightgbm", "json"}


def test_code_of_a_model_folder_is_read_without_what_python_left(tmp_path: Path) -> None:
    write(tmp_path, "code/steps.py", "code/data/words.txt", "code/__pycache__/steps.pyc")
    assert set(read_code(tmp_path / "code").files) == {"steps.py", "data/words.txt"}
    plain = PlainModel(flavor="sklearn", native_path="model.pkl", columns=None)
    assert modules_of(tmp_path, plain).names == frozenset()
    coded = PlainModel(flavor="sklearn", native_path="m.pkl", columns=None, code_path="code")
    assert modules_of(tmp_path, coded).names == {"steps"}


@pytest.mark.parametrize(
    ("named", "root"),
    [
        ("src", lambda here: here / "src"),
        ("src/pkg", lambda here: here / "src"),
        ("src/pkg/", lambda here: here / "src"),
        ("one.py", lambda here: here),
    ],
)
def test_modules_are_imported_from_where_they_lie(
    named: str, root: Callable[[Path], Path], tmp_path: Path
) -> None:
    write(Path(), "src/pkg/__init__.py", "one.py")
    before = list(sys.path)
    with on_search_path([Path(named)]):
        assert sys.path == [str(root(tmp_path)), *before]
    assert sys.path == before
