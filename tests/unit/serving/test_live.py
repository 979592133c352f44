from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from headway.errors import AmbiguousModelError, ModelNotFoundError
from headway.monitoring.metrics import RequestMetrics
from headway.monitoring.slots import Board
from headway.serving.executor import Executor
from headway.serving.live import LiveReleases, is_predict_path

if TYPE_CHECKING:
    from headway.serving.app import ServingApp


def live(app: ServingApp, *names: str) -> LiveReleases:
    release = app.releases.service.release("credit")
    executors = []
    for text in names:
        name, version, variant = text.split(":")
        changed = dataclasses.replace(release, name=name, version=version, variant=variant)
        executors.append(Executor(changed, None))
    return LiveReleases(executors, RequestMetrics(Board.private().slot(0)))


def answered_by(releases: LiveReleases, path: str) -> str:
    release = releases.target(path).executor.release
    return f"{release.name}:{release.version}"


def test_each_path_has_its_version(app: ServingApp) -> None:
    one = live(app, "credit:3:champion", "credit:4:canary")
    assert answered_by(one, "/predict") == "credit:3"
    assert answered_by(one, "/models/credit/predict") == "credit:3"
    assert answered_by(one, "/models/credit/versions/4/predict") == "credit:4"


def test_each_version_is_counted_on_its_own(app: ServingApp) -> None:
    one = live(app, "credit:3:champion", "credit:4:canary")
    series = one.target("/models/credit/versions/4/predict").series
    assert (series.model, series.version) == ("credit", "4")
    assert one.target("/predict").series is not series


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/predict", AmbiguousModelError),
        ("/models/other/predict", ModelNotFoundError),
        ("/models/credit/versions/9/predict", ModelNotFoundError),
    ],
)
def test_what_is_not_live_is_refused(app: ServingApp, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        live(app, "credit:3:champion", "fraud:1:champion").target(path)


def test_nothing_is_live_at_first() -> None:
    with pytest.raises(ModelNotFoundError):
        LiveReleases((), RequestMetrics(Board.private().slot(0))).target("/predict")


@pytest.mark.parametrize("name", ["mein modell", "größe", "a.b-c_d", "predict", "versions"])
def test_a_model_may_have_any_name(app: ServingApp, name: str) -> None:
    one = live(app, f"{name}:1:champion", "other:1:champion")
    assert answered_by(one, f"/models/{name}/predict") == f"{name}:1"


@pytest.mark.parametrize(
    "path",
    ["/", "/models", "/models/x", "/models//predict", "/predict/", "/models/x/versions/predict/"],
)
def test_other_paths_ask_for_no_prediction(path: str) -> None:
    assert not is_predict_path(path)
