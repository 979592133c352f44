from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import cloudpickle
import msgspec
import pytest

from headway.bundle import layout
from headway.bundle.bundle import BundleDescription, write_bundle
from headway.bundle.golden import GoldenRows
from headway.bundle.manifest import Execution
from headway.contract.model import Contract, Feature, Output
from headway.core.dtypes import DType, Task
from headway.errors import CodeError
from headway.releases import alone
from headway.releases.alone import Outcome, check_alone, main, needs_own_modules, try_loading
from own_code import training_in

if TYPE_CHECKING:
    from pathlib import Path

    from headway.bundle.bundle import Bundle

CONTRACT = Contract(
    (Feature("a", DType.FLOAT, nullable=False, storage="float64"),),
    Output(Task.REGRESSION),
    layout="array",
)
MODEL = "class Model:\n    def predict(self, X):\n        {line}\n        return X[:, 0] * 2\n"


def native_bundle(
    path: Path, line: str = "pass", *, ships: tuple[str, ...] = (), golden: float = 4.0
) -> Bundle:
    """Write a bundle of a model that lies in the module `own_model` beside the bundle."""
    source = path.parent / "source"
    source.mkdir()
    (source / "own_model.py").write_text(MODEL.format(line=line))
    (source / "own_rates.py").write_text("RATE = 2\n")
    path.mkdir()
    with training_in(source):
        import own_model  # type: ignore[import-not-found] # noqa: PLC0415 - written just now

        (path / "model.pkl").write_bytes(cloudpickle.dumps(own_model.Model(), protocol=4))
    rows = GoldenRows(("a",), ((2.0,),), {"predict": [golden]})
    files = {
        layout.CONTRACT: msgspec.json.encode(CONTRACT),
        layout.GOLDEN: msgspec.json.encode(rows),
    }
    files |= {f"{layout.CODE}/{name}.py": (source / f"{name}.py").read_bytes() for name in ships}
    execution = Execution(
        "native", "sklearn", "model.pkl", "asked for", layout.CODE if ships else ""
    )
    description = BundleDescription(
        name="own",
        label="",
        created_at="2026-01-01T00:00:00+00:00",
        execution=execution,
        libraries={},
        absent={},
    )
    return write_bundle(path, files, description)


def test_a_release_that_brings_all_that_it_needs_loads(tmp_path: Path) -> None:
    bundle = native_bundle(tmp_path / "b", ships=("own_model",))
    check_alone(bundle)
    assert try_loading(bundle.path) == Outcome()
    assert not list(bundle.path.rglob("__pycache__"))


@pytest.mark.parametrize(
    ("line", "ships", "words"),
    [
        ("pass", (), "needs the module `own_model`"),
        ("import own_rates", ("own_model",), "needs the module `own_rates`"),
        ("import own_model.part", ("own_model",), "needs the module `own_model.part`"),
        ("import importlib; importlib.import_module('own_rates')", ("own_model", "own_rates"), "its own module `own_rates` by name while it predicts"),
        ("import os; os._exit(3)", ("own_model",), "a fresh process ends with 3, no word"),
        ("raise RuntimeError('no')", ("own_model",), "the model raised RuntimeError"),
    ],
)  # fmt: skip
def test_what_is_not_enough_is_said(
    tmp_path: Path, line: str, ships: tuple[str, ...], words: str
) -> None:
    bundle = native_bundle(tmp_path / "b", line, ships=ships)
    with pytest.raises(CodeError, match=words) as caught:
        check_alone(bundle)
    assert caught.value.hint


def test_other_answers_are_not_the_model(tmp_path: Path) -> None:
    bundle = native_bundle(tmp_path / "b", ships=("own_model",), golden=5.0)
    with pytest.raises(CodeError, match="golden rows otherwise"):
        check_alone(bundle)


def test_the_environment_of_this_process_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = native_bundle(tmp_path / "b")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "source"))
    monkeypatch.chdir(tmp_path / "source")
    with training_in(tmp_path / "source"), pytest.raises(CodeError):
        check_alone(bundle)


def test_the_hint_names_the_file_that_was_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = native_bundle(tmp_path / "b")
    monkeypatch.chdir(tmp_path)
    with training_in(tmp_path / "source"):
        import own_model  # type: ignore[import-not-found] # noqa: F401,PLC0415 - written just now

        with pytest.raises(CodeError) as caught:
            check_alone(bundle)
    assert "`source/own_model.py`" in str(caught.value.hint)


@pytest.mark.parametrize("ships", [(), ("own_model",)])
def test_a_pickle_that_names_a_module_from_elsewhere_is_worth_a_look(
    tmp_path: Path, ships: tuple[str, ...]
) -> None:
    bundle = native_bundle(tmp_path / "b", ships=ships)
    assert needs_own_modules(bundle) is bool(ships)  # nobody has imported it
    with training_in(tmp_path / "source"):
        import own_model  # type: ignore[import-not-found] # noqa: F401,PLC0415 - written just now

        assert needs_own_modules(bundle)


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_module_is_seen_in_a_pickle_of_any_protocol(tmp_path: Path, protocol: int) -> None:
    (tmp_path / "own_pickled.py").write_text("def function(): pass\n")
    with training_in(tmp_path):
        import pickle  # noqa: PLC0415

        import own_pickled  # type: ignore[import-not-found] # noqa: PLC0415 - written just now

        data = pickle.dumps([own_pickled.function, {"a": "not own_pickl"}], protocol)
    assert alone._names_one_of({"other", "own_pickled"}, data)
    assert not alone._names_one_of({"other", "own_pickl", "x" * 300}, data)
    assert not alone._names_one_of(set(), data)


def test_where_no_process_can_be_started_that_way_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = native_bundle(tmp_path / "b")
    monkeypatch.setattr(alone, "_PROGRAM", "import no_such_headway # {!r}")
    check_alone(bundle)


def test_a_model_that_takes_for_ever_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = native_bundle(tmp_path / "b")
    monkeypatch.setattr(alone, "_TIMEOUT_S", 0.1)
    monkeypatch.setattr(alone, "_PROGRAM", "import time; time.sleep(60) # {!r}")
    with pytest.raises(CodeError, match=r"more than 0.1 s"):
        check_alone(bundle)


def test_the_process_of_its_own_writes_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, answer = native_bundle(tmp_path / "b"), tmp_path / "answer.json"
    monkeypatch.setattr(sys, "argv", ["-c", str(bundle.path), str(answer)])
    main()
    outcome = msgspec.json.decode(answer.read_bytes(), type=Outcome)
    assert outcome.module == "own_model"


def test_the_training_process_is_not_asked(tmp_path: Path) -> None:
    commands: list[Any] = []
    bundle = native_bundle(tmp_path / "b", ships=("own_model",))
    with pytest.MonkeyPatch.context() as patch:
        run = subprocess.run
        patch.setattr(subprocess, "run", lambda command, **more: commands.append(command) or run(command, **more))  # fmt: skip
        check_alone(bundle)
    assert commands[0][:3] == [sys.executable, "-E", "-P"]
