"""What `import headway` offers: one function for each verb of the command line.

Invariant: a function here resolves settings, asks `headway.wiring` for the parts, and calls one use
case; it decides nothing itself.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway import wiring
from headway.bundle.bundle import read_bundle
from headway.config.load import load_settings, with_overrides
from headway.core.clock import SystemClock
from headway.errors import AddressError
from headway.releases.adopt import AdoptRequest
from headway.releases.register import ignore_progress
from headway.releases.release import RegisterRequest
from headway.security.exposure import check_exposure
from headway.serving.loading import served_contract
from headway.serving.plan import write_plan
from headway.serving.planning import plan_of
from headway.supervisor.server import Server
from headway.supervisor.supervise import Audience, SupervisorSettings, supervise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from headway.config.settings import Settings
    from headway.contract.constraints import ConstraintSpec
    from headway.contract.model import Contract
    from headway.registry.port import ModelSummary, ModelVersion
    from headway.releases.release import Progress, Release, RowsPolicy
    from headway.releases.resolve import ResolvedRelease
    from headway.serving.app import ServingApp
    from headway.serving.plan import ServingPlan
    from headway.serving.predictor import Predictor


def register(  # noqa: PLR0913 - each is a part of one release
    model: Any,
    X: Any,  # noqa: N803 - scikit-learn's name
    y: Any = None,
    *,
    name: str,
    constraints: Mapping[str, ConstraintSpec] | None = None,
    label: str = "",
    alias: str | None = None,
    evaluation: tuple[Any, Any] | None = None,
    holdout_ratio: float | None = None,
    feature_names: Sequence[str] | None = None,
    rows: RowsPolicy = "keep",
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    on_progress: Progress = ignore_progress,
) -> Release:
    """Register a fitted model as a release: contract, golden rows, fastest exact form, bundle.

    Args:
        model: A fitted scikit-learn model, or any object with `predict`.
        X: What it was fitted on: a frame of pandas, polars or pyarrow, or an array of shape
            (n_rows, n_features).
        y: What was to be learned, one for each row.
        name: Name to register it under.
        constraints: By feature, what requests must keep: `Range`, `OneOf`, `NotNull`, or several.
        label: Your own name of the version, for example `v2.1.0`.
        alias: Alias to set beside `champion`, which the first version of a name gets in any case.
        evaluation: Features and labels of rows that the model was not fitted on.
        holdout_ratio: Or the share of the last rows of `X` that it was not fitted on, 0 to 1.
        feature_names: Names for an array's columns; `x0`, `x1`, ... without them.
        rows: `none` keeps no row of the data anywhere.
        params: What the model was trained with, to be logged.
        tags: Free tags of the version.
        settings: Instead of those of this process.
        on_progress: Is told each step before it begins.

    Returns:
        The release as it is in the registry.

    Raises:
        HeadwayError: `headway.releases.register.Registrar.register` names each kind.
    """
    request = RegisterRequest(
        name=name,
        model=model,
        X=X,
        y=y,
        feature_names=feature_names,
        constraints=constraints or {},
        label=label,
        alias=alias,
        params=params or {},
        tags=tags or {},
        evaluation=evaluation,
        holdout_ratio=holdout_ratio,
        rows=rows,
    )
    return wiring.make_registrar(settings or load_settings()).register(request, on_progress)


def adopt(  # noqa: PLR0913 - as register
    address: str,
    data: Any,
    *,
    y: Any = None,
    name: str | None = None,
    label: str = "",
    alias: str | None = None,
    constraints: Mapping[str, ConstraintSpec] | None = None,
    evaluation: tuple[Any, Any] | None = None,
    rows: RowsPolicy = "keep",
    trust: bool = False,
    settings: Settings | None = None,
    on_progress: Progress = ignore_progress,
) -> Release:
    """Turn a model that plain MLflow registered into a release, without training it again.

    Args:
        address: `models:/NAME/7`, `models:/NAME@alias`, `runs:/ID/path`, or a folder.
        data: A sample of the rows that it was fitted on.
        y: Their labels, where they are known.
        name: Name to register it under; the model's own by default.
        trust: Whether code (pickle) of a registry that is not trusted may run.
        label: As `register`.
        alias: As `register`.
        constraints: As `register`.
        evaluation: As `register`.
        rows: As `register`.
        settings: As `register`.
        on_progress: As `register`.

    Raises:
        HeadwayError: `headway.releases.adopt.Adopter.adopt` names each kind.
    """
    request = AdoptRequest(
        source=address,
        data=data,
        y=y,
        name=name,
        label=label,
        alias=alias,
        constraints=constraints or {},
        evaluation=evaluation,
        rows=rows,
    )
    adopter = wiring.make_adopter(settings or load_settings(), trust=trust)
    return adopter.adopt(request, on_progress)


def load(address: str, *, trust: bool = False, settings: Settings | None = None) -> Predictor:
    """Return the production predictor of a release, to be used in this process.

    It checks input against the served contract and executes the served form, so a test that passes
    with it passes for the server.

    Args:
        address: `NAME`, `NAME:7`, `NAME@alias`, `models:/NAME/7`, or a folder such as `./bundle`.
        trust: Whether code (pickle) of a registry that is not trusted may run.
        settings: Instead of those of this process.

    Raises:
        HeadwayError: `headway.releases.resolve.Resolver.resolve` and
            `headway.runtimes.loader.load_runtime` name each kind.
    """
    return wiring.make_predictor(_plan([address], settings or load_settings(), trust=trust))


def app(*addresses: str, trust: bool = False, settings: Settings | None = None) -> ServingApp:
    """Return the ASGI app that serves releases, for a test client or any ASGI server.

    Examples: `app = headway.app("credit")` in `main.py`, then `uvicorn main:app`.

    Args:
        addresses: As `load`; each model once.
        trust: As `load`.
        settings: As `load`.

    Raises:
        HeadwayError: As `load`.
    """
    settings = settings or load_settings()
    plan = _plan(addresses, settings, trust=trust)
    served = wiring.build_app(plan, wiring.worker_settings(settings))
    served.load()
    return served


def serve(  # noqa: PLR0913 - each is a choice of the command line too
    *addresses: str,
    background: bool = False,
    host: str | None = None,
    port: int | None = None,
    trust: bool = False,
    insecure: bool = False,
    settings: Settings | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> Server | None:
    """Serve releases over HTTP.

    Args:
        addresses: As `load`; each model once.
        background: Return as soon as it answers, with the server in a process of its own that ends
            when it is closed or this process ends. Otherwise serve until SIGTERM or Ctrl-C.
        host: Address to listen on; that of the settings by default.
        port: TCP port; that of the settings by default, a free one in the background.
        trust: As `load`.
        settings: As `load`.
        insecure: Whether a network may be listened on without a key.
        on_ready: Is told the URL; not in the background, where the server has it.

    Raises:
        ConfigError: A network would be listened on without a key.
        ServerError: The port is taken, or the server does not come up.
        HeadwayError: As `load`.
    """
    if background and port is None:
        port = 0
    settings = with_overrides(settings or load_settings(), {"server": {"host": host, "port": port}})
    server = settings.server
    plan = _plan(addresses, settings, trust=trust)
    check_exposure(server.host, has_key=bool(plan.key_hashes), insecure=insecure)
    worker = wiring.worker_settings(settings)
    if background:
        return Server(plan, server.host, server.port, worker, wiring.log_file(settings, plan))
    with tempfile.TemporaryDirectory(prefix="headway-") as folder:
        path = Path(folder) / "plan.json"
        write_plan(path, plan)
        audience = Audience(on_ready=on_ready or _tell_url, on_event=_tell)
        supervise(
            SupervisorSettings(path, server.host, server.port, insecure, worker),
            audience,
            SystemClock(),
        )
    return None


def models(settings: Settings | None = None) -> list[ModelSummary]:
    """Return every registered model, by name.

    Raises:
        RegistryUnavailableError: The registry does not answer.
    """
    return wiring.open_registry(settings or load_settings()).models()


def versions(name: str, settings: Settings | None = None) -> list[ModelVersion]:
    """Return every version of a model, newest first.

    Raises:
        ModelNotFoundError: There is no such model.
        RegistryUnavailableError: The registry does not answer.
    """
    return wiring.open_registry(settings or load_settings()).versions(name)


def resolve(
    address: str, *, trust: bool = False, settings: Settings | None = None
) -> ResolvedRelease:
    """Return what an address names now: its verified bundle, and what the registry says of it.

    Args:
        address: As `load`.
        trust: As `load`.
        settings: As `load`.

    Raises:
        HeadwayError: `headway.releases.resolve.Resolver.resolve` names each kind.
    """
    return wiring.make_resolver(settings or load_settings(), trust=trust).resolve(address)


def contract(address: str, *, trust: bool = False, settings: Settings | None = None) -> Contract:
    """Return the contract that a server would serve, settings of the model included.

    Args:
        address: As `load`.
        trust: As `load`.
        settings: As `load`.

    Raises:
        HeadwayError: As `load`.
    """
    plan = _plan([address], settings or load_settings(), trust=trust)
    model = plan.models[0]
    return served_contract(read_bundle(Path(model.routes[0].path)), model)


def _plan(addresses: Sequence[str], settings: Settings, *, trust: bool) -> ServingPlan:
    if not addresses:
        raise AddressError("no model is named", hint="name one, for example `credit`")
    resolver = wiring.make_resolver(settings, trust=trust)
    return plan_of([resolver.resolve(address) for address in addresses], settings)


def _tell_url(url: str) -> None:
    _tell(f"serving at {url}")


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
