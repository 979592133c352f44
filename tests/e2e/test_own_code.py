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
import joblib
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

import features

STEPS = {
    "module": (features.Ratio(), ["features.py"]),
    "function": (FunctionTransformer(features.spread), ["features.py", "helpers.py"]),
    "late": (FunctionTransformer(shift), ["helpers.py"]),
    "script": (Doubled(), None),
    "lambda": (FunctionTransformer(lambda frame: frame * 3), None),
}
random = np.random.default_rng(0)
X = pd.DataFrame(random.random((200, 2)), columns=["a", "b"])
y = (X["a"] > X["b"]).astype(int)
X.assign(y=y).to_csv("train.csv", index=False)
told = {"rows": X.head(5).to_dict("records")}
for name, (step, code) in STEPS.items():
    model = make_pipeline(step, LogisticRegression()).fit(X, y)
    told[name] = {"answers": model.predict_proba(X.head(5))[:, 1].tolist()}
    if name == "function":
        joblib.dump(model, "model.joblib")
    if code:
        try:
            headway.register(model, X, y, name=name)
        except headway.HeadwayError as error:
            told[name] |= {"code": error.code, "message": error.message, "hint": error.hint}
    release = headway.register(model, X, y, name=name, code=code)
    told[name] |= {"form": release.form, "reason": release.reason, "modules": release.modules}
print(json.dumps(told))
"""
SHIPPED = {
    "module": ["features"],
    "function": ["features", "helpers"],
    "late": ["helpers"],
    "script": [],
    "lambda": [],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A folder with a script and, until the script has run, two modules beside it."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "train.py").write_text(SCRIPT)
    (folder / "features.py").write_text(FEATURES)
    (folder / "helpers.py").write_text(HELPERS)
    return Terminal(folder, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def told(project: Terminal) -> Any:
    """Run `python train.py`, which registers a model of each kind, and move the modules away."""
    done = subprocess.run(
        [sys.executable, "train.py"],
        cwd=project.folder,
        env=project._environ({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (project.folder / "src").mkdir()
    for name in ("features.py", "helpers.py"):
        (project.folder / name).rename(project.folder / "src" / name)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("module", "step `ratio` (Ratio): `features.Ratio` is not covered"),
        ("function", "(FunctionTransformer): its function `spread` is not covered"),
        ("late", "(FunctionTransformer): its function `shift` is not covered"),
        ("script", "step `doubled` (Doubled): `__main__.Doubled` is not covered"),
        ("lambda", "(FunctionTransformer): its function `<lambda>` is not covered"),
    ],
)
def test_the_reason_names_the_step_that_runs_natively(told: Any, kind: str, step: str) -> None:
    assert told[kind]["form"] == "partial"
    assert step in told[kind]["reason"]
    assert told[kind]["modules"] == SHIPPED[kind]


def test_all_are_served_by_one_process_from_a_folder_that_has_none_of_it(
    told: Any, project: Terminal, tmp_path: Path
) -> None:
    elsewhere = Terminal(tmp_path, project.home)
    with elsewhere.serve(*SHIPPED) as (url, _), Client(url) as client:
        for kind in SHIPPED:
            reply = client.predict(kind, told["rows"], method="predict_proba")
            given = [probabilities[1] for probabilities in reply.probabilities]
            assert given == pytest.approx(told[kind]["answers"], abs=1e-12), kind
        served = {model["name"]: model["versions"][0]["modules"] for model in client.models()}
        assert served == SHIPPED
    assert not list(project.home.rglob("__pycache__"))


@pytest.mark.parametrize(
    ("kind", "file"),
    [("module", "features.py"), ("function", "features.py"), ("late", "helpers.py")],
)
def test_what_only_the_script_can_load_is_refused_and_the_hint_says_what_to_ship(
    told: Any, kind: str, file: str
) -> None:
    assert told[kind]["code"] == "code.refused"
    assert f"needs the module `{file.removesuffix('.py')}`" in told[kind]["message"]
    assert f"`--code {file}`" in told[kind]["hint"]


def test_a_saved_model_is_registered_with_the_modules_that_it_needs(
    told: Any, project: Terminal, tmp_path: Path
) -> None:
    elsewhere = Terminal(tmp_path, project.home)
    model, data, src = (str(project.folder / name) for name in ("model.joblib", "train.csv", "src"))
    command = ("register", model, "--data", data, "--target", "y", "--name", "saved")
    without = elsewhere.run(*command)
    assert without.code == 3
    assert "needs the module `features`" in without.err
    assert "--code" in without.err
    result = elsewhere.run(*command, "--code", src)
    assert result.code == 0, result.err
    assert "ships its own modules `features`, `helpers`" in result.err


def test_what_cannot_ship_is_named(told: Any, project: Terminal) -> None:
    (project.folder / "yaml.py").write_text("raise SystemExit('it was imported')\n")
    options = ("--data", "train.csv", "--target", "y", "--name", "saved")
    result = project.run("register", "model.joblib", *options, "--code", "yaml.py")
    (project.folder / "yaml.py").unlink()
    assert result.code == 3, result.err
    assert "`yaml.py` would stand in for `yaml`, which Headway needs" in result.err
    assert result.out == ""
