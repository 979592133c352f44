"""`PredictionService`: the live models and their versions. It knows no HTTP.

Invariant: a service is immutable; another set of live versions is another service.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from headway.contract.text import listed
from headway.core.dtypes import Method
from headway.core.ids import new_id
from headway.core.names import nearest_name
from headway.errors import AmbiguousModelError, ModelNotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from headway.serving.release import LoadedRelease
    from headway.serving.reply import PredictionReply

_SHOWN_CHARACTERS = 100


@dataclasses.dataclass(frozen=True, slots=True)
class LiveModel:
    """One model and its live versions.

    Attributes:
        name: Name of the model.
        versions: By version, in the order of the serving plan.
    """

    name: str
    versions: Mapping[str, LoadedRelease]

    @property
    def champion(self) -> LoadedRelease:
        """The version that answers where none is named: the champion, else the first one."""
        releases = list(self.versions.values())
        return next((r for r in releases if r.variant == "champion"), releases[0])


class PredictionService:
    """Answers for every live model.

    Args:
        releases: The live versions, in the order of the serving plan.
    """

    def __init__(self, releases: Iterable[LoadedRelease]) -> None:
        grouped: dict[str, dict[str, LoadedRelease]] = {}
        for release in releases:
            grouped.setdefault(release.name, {})[release.version] = release
        self.models = {name: LiveModel(name, versions) for name, versions in grouped.items()}

    def releases(self) -> list[LoadedRelease]:
        """Return every live version."""
        return [release for model in self.models.values() for release in model.versions.values()]

    def within(self, models: Collection[str]) -> PredictionService:
        """Return the service of some models only; of every model where none is named."""
        if not models:
            return self
        return PredictionService(r for r in self.releases() if r.name in models)

    def model(self, name: str) -> LiveModel:
        """Return a live model.

        Raises:
            ModelNotFoundError: There is none of that name. The error names those that there are.
        """
        model = self.models.get(name)
        if model is None:
            raise _not_found("model", name, self.models)
        return model

    def only_model(self) -> LiveModel:
        """Return the model that is meant where a request names none.

        Raises:
            AmbiguousModelError: Several models are live. The error names them.
            ModelNotFoundError: None is.
        """
        if not self.models:
            raise ModelNotFoundError("no model is served here")
        if len(self.models) > 1:
            raise AmbiguousModelError(
                "several models are served here: " + listed(list(self.models)),
                hint="name one: `POST /models/NAME/predict`",
            )
        return next(iter(self.models.values()))

    def release(self, model: str | None, version: str | None = None) -> LoadedRelease:
        """Return the version that answers a request.

        Args:
            model: Name of a model, or `None` for the only one.
            version: One of its live versions, or `None` for the champion.

        Raises:
            ModelNotFoundError: No such model, or no such version of it.
            AmbiguousModelError: No name is given, and several models are live.
        """
        live = self.only_model() if model is None else self.model(model)
        if version is None:
            return live.champion
        release = live.versions.get(version)
        if release is None:
            raise _not_found(f"version of `{live.name}`", version, live.versions)
        return release

    def predict(
        self,
        model: str | None,
        version: str | None,
        body: bytes,
        method: Method = Method.PREDICT,
        request_id: str | None = None,
    ) -> PredictionReply:
        """Answer the body of a request.

        Raises:
            As `release` and `LoadedRelease.predict`.
        """
        return self.release(model, version).predict(body, method, request_id or new_id())


def _not_found(what: str, name: str, known: Iterable[str]) -> ModelNotFoundError:
    known = list(known)
    # a client may send any length
    name = name[:_SHOWN_CHARACTERS]
    nearest = nearest_name(name, known)
    return ModelNotFoundError(
        f"no {what} called `{name}` is served here; there is {listed(known) or 'none'}",
        hint=f"did you mean `{nearest}`?" if nearest else None,
    )
