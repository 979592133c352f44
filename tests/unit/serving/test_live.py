from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from headway.errors import AmbiguousModelError, ModelNotFoundError, PermissionDeniedError
from headway.monitoring.metrics import RequestMetrics
from headway.monitoring.slots import Board
from headway.security.keys import ApiKey
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


CREDIT_ONLY = ApiKey("limited", "0" * 64, models=("credit", "retired"))


def test_a_limited_key_is_answered_as_if_there_were_no_other_model(app: ServingApp) -> None:
    both = live(app, "credit:3:champion", "fraud:1:champion")
    for path in ("/models/credit/predict", "/models/credit/versions/3/predict", "/predict"):
        assert both.target(path, CREDIT_ONLY).series.model == "credit"
    only_fraud = live(app, "fraud:1:champion")
    for path in ("/predict", "/models/retired/predict"):
        with pytest.raises(ModelNotFoundError) as caught:
            only_fraud.target(path, CREDIT_ONLY)
        assert "fraud" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("model", ["fraud", "nothing"])
@pytest.mark.parametrize("path", ["/models/{}/predict", "/models/{}/versions/1/predict"])
def test_what_it_is_not_for_is_refused_live_or_not(app: ServingApp, path: str, model: str) -> None:
    both = live(app, "credit:3:champion", "fraud:1:champion")
    with pytest.raises(PermissionDeniedError, match=f"is not for a model `{model}`"):
        both.target(path.format(model), CREDIT_ONLY)


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
