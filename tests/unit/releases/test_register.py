from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from headway.contract.declarations import OneOf, Range
from headway.contract.model import Constraints
from headway.contract.output import Answer
from headway.core.dtypes import Task
from headway.errors import (
    AddressError,
    CodeError,
    ContractError,
    HeadwayError,
    PredictionError,
    RegistryError,
    TrainingDataError,
)
from headway.releases.register import MODEL_CLASS_TAG, ignore_progress
from headway.releases.release import RegisterRequest
from own_code import fitted, training_in, write_package
from registries import MemoryRegistry
from workshop import Workshop, credit_frame, credit_model

if TYPE_CHECKING:
    from headway.bundle.bundle import Bundle
    from headway.registry.port import VersionRecord
    from headway.releases.release import Release

FRAME, LABELS = credit_frame()
REQUEST = RegisterRequest(name="credit", model=credit_model(), X=FRAME, y=LABELS)


class Bench:
    """A registrar over a registry in memory."""

    def __init__(self, folder: Path, *, refuses: bool = False) -> None:
        self.registry = MemoryRegistry(folder / "registry", refuses=refuses)
        self.workshop = Workshop(folder / "home", self.registry)
        self.steps: list[str] = []

    def register(self, **changes: Any) -> Release:
        request = dataclasses.replace(REQUEST, **changes)
        return self.workshop.registrar.register(request, self.steps.append)

    def bundle(self, release: Release) -> Bundle:
        found = self.workshop.cache.get(release.digest)
        assert found is not None
        return found

    def record(self, release: Release) -> VersionRecord:
        record = self.registry.records[release.name, release.version]
        assert record is not None
        return record


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_fitted_model_becomes_a_release(bench: Bench) -> None:
    release = bench.register(label="v1", params={"C": 1.0}, tags={"team": "risk"})
    assert (release.address, release.aliases) == ("credit:1", ("champion",))
    assert release.contract.n_training_rows == len(FRAME)
    record = bench.record(release)
    assert (record.digest, record.form, record.label) == (release.digest, "native", "v1")
    assert record.params["C"] == 1.0
    assert record.tags["team"] == "risk"
    assert record.tags[MODEL_CLASS_TAG] == "Pipeline(LogisticRegression)"
    assert bench.steps[0] == "checking the model"
    assert bench.steps[-1] == "storing it in the registry"
    assert len(bench.steps) == len(set(bench.steps)) == 8


def test_constraints_are_declared_and_conflicts_with_the_rows_are_noted(bench: Bench) -> None:
    release = bench.register(constraints={"age": Range(30, 120), "purpose": OneOf()})
    assert release.contract.feature("age").constraints == Constraints(ge=30, le=120)
    assert set(release.contract.feature("purpose").constraints.one_of or ()) == {
        "car",
        "tv",
        "education",
    }
    assert [
        note
        for note in release.notes
        if note.startswith("`age`: in ") and "is not at least `30`" in note
    ]
    golden = bench.bundle(release).golden_rows()
    assert golden is not None
    assert all(row[0] is None or row[0] >= 30 for row in golden.rows)


def test_the_last_rows_can_be_held_out(bench: Bench) -> None:
    release = bench.register(model=credit_model(300), holdout_ratio=0.25)
    assert release.contract.n_training_rows == 300
    assert set(release.metrics) == {"accuracy", "log_loss", "roc_auc"}
    truth, given = LABELS[300:], credit_model(300).predict(FRAME[300:])
    assert release.metrics["accuracy"] == pytest.approx(np.mean(truth == given))
    assert set(bench.record(release).attachments) == {
        f"evaluation/{release.digest}.json",
        f"calibration/{release.digest}.json",
    }
    card = bench.bundle(release).read_bytes("headway/card.md").decode()
    assert "keeps beside it 300 training rows to calibrate smaller forms by and 100 rows" in card


def test_unseen_rows_can_be_given(bench: Bench) -> None:
    release = bench.register(model=credit_model(300), X=FRAME[:300], y=LABELS[:300], evaluation=(FRAME[300:], LABELS[300:]))  # fmt: skip
    assert bench.record(release).metrics == release.metrics
    assert release.metrics["accuracy"] > 0.6


def test_nothing_of_the_data_is_kept_where_that_is_said(bench: Bench) -> None:
    release = bench.register(rows="none", holdout_ratio=0.25, model=credit_model(300))
    files = set(bench.bundle(release).manifest.files)
    assert not [name for name in files if "example" in name or "golden" in name]
    assert bench.record(release).attachments == {}
    assert release.absent["golden"] == release.absent["calibration"] == "no rows were to be kept"
    assert "keeps beside it" not in bench.bundle(release).read_bytes("headway/card.md").decode()
    assert release.metrics["accuracy"] > 0.6


def test_a_model_of_an_array(bench: Bench) -> None:
    features = FRAME[["amount", "vip"]].to_numpy(dtype=float)
    model = LogisticRegression(max_iter=1_000).fit(features, LABELS)
    release = bench.register(model=model, X=features, feature_names=["amount", "vip"])
    assert release.contract.layout == "array"
    assert release.contract.names == ("amount", "vip")
    unnamed = bench.register(model=model, X=features)
    assert unnamed.contract.names == ("x0", "x1")


def test_a_model_of_an_array_may_be_given_the_frame_that_the_array_came_from(bench: Bench) -> None:
    frame = FRAME[["amount", "vip"]].astype(float)
    model = LogisticRegression(max_iter=1_000).fit(frame.to_numpy(), LABELS)
    release = bench.register(
        model=model, X=frame, evaluation=(frame[["vip", "amount"]].head(50), LABELS[:50])
    )
    assert release.contract.layout == "array"
    assert release.contract.names == ("amount", "vip")
    expected = np.mean(model.predict(frame.head(50).to_numpy()) == LABELS[:50])
    assert release.metrics["accuracy"] == pytest.approx(expected)


def test_a_regression(bench: Bench) -> None:
    features = FRAME[["amount"]].astype(float)
    model = LinearRegression().fit(features, features["amount"] * 2)
    release = bench.register(model=model, X=features, y=features["amount"] * 2, holdout_ratio=0.1)
    assert release.contract.output.task is Task.REGRESSION
    assert release.metrics["mae"] == pytest.approx(0, abs=1e-6)


def test_any_object_that_predicts(bench: Bench) -> None:
    class Rule:
        def predict(self, frame: pd.DataFrame) -> Any:
            return np.where(frame["amount"] > 5_000, "bad", "good")

    Rule.__module__ = "__main__"
    release = bench.register(model=Rule())
    assert release.contract.output.task is Task.OTHER
    assert bench.bundle(release).manifest.execution.flavor == "pyfunc"
    golden = bench.bundle(release).golden_rows()
    assert golden is not None
    assert golden.outputs["predict"] == ["bad" if row[1] > 5_000 else "good" for row in golden.rows]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"name": "my model"}, AddressError, "cannot be the name"),
        ({"alias": "latest"}, AddressError, "cannot be an alias"),
        ({"y": LABELS[:-1]}, TrainingDataError, "X has 400 rows and the y 399 rows"),
        ({"model": LogisticRegression()}, PredictionError, "is not fitted"),
        ({"X": FRAME.drop(columns="age")}, TrainingDataError, "X lacks `age`"),
        ({"X": FRAME.to_numpy()}, TrainingDataError, "on a frame with the columns"),
        ({"X": FRAME.head(0), "y": []}, TrainingDataError, "no rows"),
        ({"X": "train.csv"}, TrainingDataError, "the X is a `str`"),
        ({"X": [[1.0]], "y": [1]}, TrainingDataError, "the X is a `list`"),
        ({"constraints": {"agee": Range(0, 1)}}, ContractError, "agee"),
        ({"holdout_ratio": 0.0}, TrainingDataError, "between 0 and 1"),
        ({"holdout_ratio": 1.0}, TrainingDataError, "between 0 and 1"),
        ({"holdout_ratio": 0.5, "y": None}, TrainingDataError, "needs y"),
        (
            {"holdout_ratio": 0.5, "evaluation": (FRAME, LABELS)},
            TrainingDataError,
            "both name rows",
        ),
        ({"evaluation": (FRAME, LABELS[:3])}, TrainingDataError, "evaluation y 3 rows"),
        ({"evaluation": (FRAME[["age"]], LABELS)}, TrainingDataError, "the model takes"),
        ({"evaluation": (FRAME, ["ugly"] * 400)}, TrainingDataError, "does not know: .'ugly'"),
    ],
)
def test_what_cannot_be_registered_says_why_and_leaves_nothing(
    bench: Bench, changes: dict[str, Any], error: type[HeadwayError], message: str
) -> None:
    with pytest.raises(error, match=message):
        bench.register(**changes)
    assert bench.registry.records == {}
    folder = bench.workshop.cache.folder
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_model_that_uses_chance_is_refused(bench: Bench) -> None:
    class Chance(LogisticRegression):  # type: ignore[misc]
        def predict(self, X: Any) -> Any:  # noqa: N803
            return np.random.default_rng().choice(["bad", "good"], len(X))

    Chance.__module__ = "__main__"
    features = FRAME[["amount"]].astype(float)
    with pytest.raises(PredictionError, match="otherwise when it is saved"):
        bench.register(model=Chance().fit(features, LABELS), X=features)
    assert bench.registry.records == {}


def test_a_registry_that_refuses_leaves_nothing_here(tmp_path: Path) -> None:
    bench = Bench(tmp_path, refuses=True)
    with pytest.raises(RegistryError):
        bench.register()
    assert list(bench.workshop.cache.folder.iterdir()) == []


def test_nobody_needs_to_listen(bench: Bench) -> None:
    assert bench.workshop.registrar.register(REQUEST).address == "credit:1"
    ignore_progress("nothing happens")


def test_nothing_is_written_where_it_runs(bench: Bench, tmp_path: Path) -> None:
    assert Path.cwd() == tmp_path
    bench.register()
    assert {path.name for path in tmp_path.iterdir()} == {"home", "registry"}


def test_modules_ship_with_the_release(bench: Bench, tmp_path: Path) -> None:
    write_package(tmp_path / "src")
    with training_in(tmp_path / "src"):
        release = bench.register(model=fitted(), X=FRAME[["amount"]], code=[tmp_path / "src"])
    assert release.modules == ("credit_steps",)
    assert bench.steps[-2] == "loading it in a process of its own"
    files = {name for name in bench.bundle(release).manifest.files if name.endswith(".py")}
    assert files == {f"headway/code/credit_steps/{name}.py" for name in ("__init__", "rates")}


def test_modules_that_do_not_ship_are_refused_and_nothing_is_left(
    bench: Bench, tmp_path: Path
) -> None:
    package = write_package(tmp_path / "src")
    with training_in(tmp_path / "src"), pytest.raises(CodeError, match="`credit_steps`") as caught:
        bench.register(model=fitted(), X=FRAME[["amount"]])
    assert f"`{package.relative_to(tmp_path)}`" in str(caught.value.hint)
    assert bench.registry.records == {}
    assert list(bench.workshop.cache.folder.iterdir()) == []


def test_code_that_cannot_ship_is_refused_before_anything_else(bench: Bench) -> None:
    with pytest.raises(CodeError, match="there is no `gone`"):
        bench.register(code=[Path("gone")])
    assert bench.steps == []


def test_what_is_declared_of_the_answers_is_measured_and_told(bench: Bench) -> None:
    evaluation = (FRAME[:50], LABELS[:50])
    plain = bench.register(evaluation=evaluation)
    output = Answer(threshold=1.0, positive=LABELS[0])
    shaped = bench.register(evaluation=evaluation, output=output)
    assert shaped.contract.output.rules.threshold == 1.0
    # no probability is 1, so that the threshold leaves the other class only
    others = float(np.mean(np.asarray(LABELS[:50]) != LABELS[0]))
    assert shaped.metrics["accuracy"] == pytest.approx(others)
    assert shaped.metrics["log_loss"] == plain.metrics["log_loss"]
    assert bench.bundle(shaped).golden_rows() == bench.bundle(plain).golden_rows()


def test_an_output_that_does_not_fit_leaves_nothing(bench: Bench) -> None:
    with pytest.raises(ContractError, match="classification"):
        bench.register(output=Answer(post=["exp"]))
    assert not bench.registry.records


def test_limits_that_refuse_the_models_own_answers_are_noted(bench: Bench) -> None:
    amounts = FRAME[["amount"]]
    model = LinearRegression().fit(amounts, amounts["amount"])
    change = {"model": model, "X": amounts, "y": amounts["amount"], "evaluation": None}
    noted = bench.register(**change, output=Answer(le=1))
    assert any("breaks the limit `le` `1`" in note for note in noted.notes)
    assert not bench.register(**change, output=Answer(le=1e6)).notes
