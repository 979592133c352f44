"""What is live: the loaded releases, and which of them answers which path.

Invariant: a `LiveReleases` is immutable, so that a request sees one set of versions from its first
byte to its last.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from headway.core.dtypes import Method
from headway.security.keys import Scope
from headway.serving.predict import Target
from headway.serving.service import PredictionService

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headway.monitoring.metrics import RequestMetrics
    from headway.security.keys import ApiKey
    from headway.serving.executor import Executor

PREDICT_PATHS = {
    "/models/NAME/predict": "Predict with the champion of a model.",
    "/models/NAME/versions/VERSION/predict": "Predict with one live version of a model.",
    "/predict": "Predict with the only model; 409 where several are served.",
}
_PREDICT_PATH = re.compile(r"(?:/models/([^/]+)(?:/versions/([^/]+))?)?/predict")


def is_predict_path(path: str) -> bool:
    """Whether a path asks for a prediction, of whichever model.

    Examples:
        >>> [is_predict_path(p) for p in ("/predict", "/models/x/predict", "/models/x")]
        [True, True, False]
    """
    return _PREDICT_PATH.fullmatch(path) is not None


class LiveReleases:
    """The live releases of one serving plan.

    Args:
        executors: One for each live version, in the order of the plan.
        metrics: Gives each version its series.

    Attributes:
        executors: As given.
        service: Finds releases by name.
        direct: By URL, what may be answered without the detour over ASGI, and what is asked.
    """

    def __init__(self, executors: Iterable[Executor], metrics: RequestMetrics) -> None:
        self.executors = tuple(executors)
        self.service = PredictionService(executor.release for executor in self.executors)
        for executor in self.executors:
            executor.count_into(metrics.series(executor.release.name, executor.release.version))
        by_version = {
            (e.release.name, e.release.version): Target(
                e, metrics.series(e.release.name, e.release.version)
            )
            for e in self.executors
        }
        # one look-up in the ordinary case; what is not in here is parsed, and mostly refused
        self._targets: dict[str, Target] = {}
        for model in self.service.models.values():
            base = f"/models/{model.name}"
            champion = by_version[model.name, model.champion.version]
            self._targets[f"{base}/predict"] = champion
            if len(self.service.models) == 1:
                self._targets["/predict"] = champion
            for version in model.versions:
                self._targets[f"{base}/versions/{version}/predict"] = by_version[
                    model.name, version
                ]

        self.direct = self._direct()

    def _direct(self) -> dict[bytes, tuple[Target, Method]]:
        """Return what is asked of whom at each URL, of the releases that answer at once."""
        found = {}
        for path, target in self._targets.items():
            release = target.executor.release
            if target.executor.inline_max_bytes < 0 or quote(path) != path:
                continue
            found[path.encode()] = (target, Method.PREDICT)
            for method in release.contract.output.methods:
                found[f"{path}?method={method}".encode()] = (target, method)
        return found

    def target(self, path: str, key: ApiKey | None = None) -> Target:
        """Return what answers a predict path.

        A key that is for some models only is answered as if there were no others.

        Raises:
            PermissionDeniedError: The path names a model that the key is not for, live or not.
            ModelNotFoundError: The path names a model or version that is not live.
            AmbiguousModelError: The path names no model, and several are live.
        """
        target = self._targets.get(path)
        if target is None or not (key is None or key.is_for(target.series.model)):
            target = self._parsed(path, key)
        return target

    def _parsed(self, path: str, key: ApiKey | None) -> Target:
        match = _PREDICT_PATH.fullmatch(path)
        model, version = match.groups() if match else (path, None)
        service = self.service
        if key is not None:
            key.check(Scope.PREDICT, model)
            service = service.within(key.models)
        release = service.release(model, version)
        return self._targets[f"/models/{release.name}/versions/{release.version}/predict"]
