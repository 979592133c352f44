"""Smaller forms of releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway import wiring
from headway.config.load import load_settings
from headway.errors import ConfigError
from headway.optimize.quantisation.kinds import ENGINES, Kind
from headway.releases.quantise import QuantiseRequest
from headway.releases.register import ignore_progress
from headway.supervisor.answers import served

if TYPE_CHECKING:
    from headway.config.settings import Settings
    from headway.optimize.quantisation.kinds import Engine
    from headway.releases.quantise import Quantised
    from headway.releases.release import Progress


def optimize(  # noqa: PLR0913 - each is a choice of the command line too
    address: str,
    *,
    to: Kind | str,
    engine: Engine = "onnxruntime",
    metric: str | None = None,
    max_drop: float | None = None,
    calibrate: Any = None,
    evaluation: tuple[Any, Any] | None = None,
    label: str = "",
    alias: str | None = None,
    trust: bool = False,
    settings: Settings | None = None,
    on_progress: Progress = ignore_progress,
) -> Quantised:
    """Make a smaller form of a release, which is not the same model, as a new version of it.

    Args:
        address: `NAME`, `NAME:7` or `NAME@alias`.
        to: `fp16`, `bf16`, `int8` or `int8-static`.
        engine: What makes it: `onnxruntime`, or for a module of PyTorch as it is, `torch` or `torchao`.
        metric: Metric that is held to the budget, `cosine` for vectors; without one the first of
            `roc_auc`, `accuracy`, `r2` and `cosine` that can be measured.
        max_drop: How much worse it may become; 0.005 by default, and 0.02 of `cosine`.
        calibrate: Rows like those of the training, for `int8-static`; those that the release keeps by
            default.
        evaluation: Features and labels of rows to measure on; those that the release keeps by default.
        label: Your own name of the new version.
        alias: Alias to point to it.
        trust: Whether code (pickle) of a registry that is not trusted may run.
        settings: Instead of those of this process.
        on_progress: Is told each step before it begins.

    Raises:
        ConfigError: `to` or `engine` is none of these.
        BudgetError: It loses more than it may. Nothing was registered.
        HeadwayError: `headway.releases.quantise.Quantiser.run` names each other kind.
    """
    if engine not in ENGINES or to not in set(Kind):
        raise ConfigError(
            f"`{to if engine in ENGINES else engine}` is none that a model can be made smaller "
            f"{'to' if engine in ENGINES else 'by'}",
            hint="known: " + ", ".join(ENGINES if engine not in ENGINES else map(str, Kind)),
        )
    request = QuantiseRequest(
        address=address,
        to=Kind(to),
        engine=engine,
        metric=metric,
        max_drop=max_drop,
        calibrate=calibrate,
        evaluation=evaluation,
        label=label,
        alias=alias,
    )
    quantiser = wiring.make_quantiser(settings or load_settings(), served, trust=trust)
    return quantiser.run(request, on_progress)
