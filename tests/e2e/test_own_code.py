"""Code of the user's own: trained by a script, registered, and served from a folder that has none of it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from e2e.terminal import Terminal
from headway.client import Client

if TYPE_CHECKING:
    from pathlib import Path

FEATURES = """
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

def spread(frame):
    from helpers import power
    return power(frame)

class Ratio(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        values = np.asarray(X, dtype=float)
        return np.column_stack([values, values[:, 0] / (1 + values[:, 1])])
"""
HELPERS = "def power(frame):\n    return frame ** 2\n"
SCRIPT = """
import json, sys
import cloudpickle, joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
import headway

class Doubled(TransformerMixin, BaseEstimator):
    "A class of the script itself, as of a notebook."
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return np.asarray(X) * 2

def shift(frame):
    from helpers import power
    return power(frame) + 1

kind, *code = sys.argv[1:]
if kind == "module":
    from features import Ratio
    step = Ratio()
elif kind == "function":
    from features import spread
    step = FunctionTransformer(spread)
elif kind == "script":
    step = Doubled()
elif kind == "late":
    step = FunctionTransformer(shift)
else:
    step = FunctionTransformer(lambda frame: frame * 3)

random = np.random.default_rng(0)
X = pd.DataFrame(random.random((200, 2)), columns=["a", "b"])
y = (X["a"] > X["b"]).astype(int)
model = make_pipeline(step, LogisticRegression()).fit(X, y)
X.assign(y=y).to_csv("train.csv", index=False)
joblib.dump(model, "model.joblib") if kind in {"module", "function"} else None
try:
    release = headway.register(model, X, y, name=kind, code=code)
except headway.HeadwayError as error:
    print(json.dumps({"code": error.code, "message": error.message, "hint": error.hint}))
    sys.exit()
print(json.dumps({"reason": release.reason, "modules": release.modules, "form": release.form,
                  "answers": model.predict_proba(X.head(5))[:, 1].tolist(), "rows": X.head(5).to_dict("records")}))
"""
NEEDED = {
    "module": ("features.py",),
    "function": ("features.py", "helpers.py"),
    "late": ("helpers.py",),
    "script": (),
    "lambda": (),
}


@pytest.fixture
def project(tmp_path: Path) -> Terminal:
    """A folder with a script and two modules beside it."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "train.py").write_text(SCRIPT)
    (folder / "features.py").write_text(FEATURES)
    (folder / "helpers.py").write_text(HELPERS)
    return Terminal(folder, tmp_path / "home")


def train(project: Terminal, *arguments: str) -> Any:
    """Run `python train.py`, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "train.py", *arguments],
        cwd=project.folder,
        env=project._environ({}),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("kind", NEEDED)
def test_it_is_served_from_a_folder_that_has_none_of_it(
    project: Terminal, tmp_path: Path, kind: str
) -> None:
    told = train(project, kind, *NEEDED[kind])
    assert told["form"] == "native"
    assert told["modules"] == sorted(name.removesuffix(".py") for name in NEEDED[kind])
    step = {"module": "(Ratio)", "script": "(Doubled)"}.get(kind, "(FunctionTransformer)")
    assert step in told["reason"]
    for name in ("train.py", "features.py", "helpers.py"):
        (project.folder / name).unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with Terminal(elsewhere, project.home).serve(kind) as (url, _), Client(url) as client:
        reply = client.predict(kind, told["rows"], method="predict_proba")
        given = [probabilities[1] for probabilities in reply.probabilities]
        assert given == pytest.approx(told["answers"], abs=1e-12)
        (version,) = client.models()[0]["versions"]
        assert version["modules"] == told["modules"]
    assert not list(project.home.rglob("__pycache__"))


@pytest.mark.parametrize("kind", [kind for kind, needed in NEEDED.items() if needed])
def test_what_only_the_script_can_load_is_refused_and_the_hint_says_what_to_ship(
    project: Terminal, kind: str
) -> None:
    refused = train(project, kind)
    assert refused["code"] == "code.refused"
    assert f"`--code {NEEDED[kind][0]}`" in refused["hint"]


@pytest.mark.parametrize("kind", ["module", "function"])
def test_a_saved_model_is_registered_with_the_modules_that_it_needs(
    project: Terminal, tmp_path: Path, kind: str
) -> None:
    train(project, kind)
    (project.folder / "src").mkdir()
    for name in ("features.py", "helpers.py"):
        (project.folder / name).rename(project.folder / "src" / name)
    options = ("--data", "train.csv", "--target", "y", "--name", "saved")
    elsewhere = Terminal(tmp_path, project.home)
    files = [str(project.folder / name) for name in ("model.joblib", "train.csv")]
    command = ("register", files[0], "--data", files[1], *options[2:])
    without = elsewhere.run(*command)
    assert without.code == 1
    assert "needs the module `features`" in without.err
    assert "--code" in without.err
    result = elsewhere.run(*command, "--code", "project/src")
    assert result.code == 0, result.err
    assert "ships its own modules `features`, `helpers`" in result.err
    shown = elsewhere.run("models", "show", "saved:1")
    assert "features, helpers" in shown.out
    assert "ships its own modules: features, helpers" in elsewhere.run("schema", "saved").err
    row = json.dumps({"a": 0.5, "b": 0.25})
    predicted = elsewhere.run("predict", "saved", "-", stdin=row, HEADWAY_LOG="")
    assert predicted.code == 0, predicted.err


def test_what_cannot_ship_is_named(project: Terminal) -> None:
    train(project, "module")
    (project.folder / "yaml.py").write_text("raise SystemExit('it was imported')\n")
    options = ("--data", "train.csv", "--target", "y", "--name", "saved")
    result = project.run("register", "model.joblib", *options, "--code", "yaml.py")
    assert result.code == 3, result.err
    assert "`yaml.py` would stand in for `yaml`, which Headway needs" in result.err
    assert result.out == ""
