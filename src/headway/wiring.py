"""The composition root: the only module that picks implementations.

What a worker needs is imported at the top. What only a registration or a look-up needs is imported
by the function that makes it, because a worker never calls one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.contract.reader import BodyReader
from headway.core.clock import SystemClock
from headway.core.dtypes import Device
from headway.errors import MissingExtraError
from headway.monitoring.metrics import RequestMetrics
from headway.monitoring.records import CountingSink, RecordDrops, RecordRing
from headway.monitoring.request_log import LogDrops, RequestLog
from headway.monitoring.slots import Board
from headway.releases.replay import replay_golden
from headway.runtimes.loader import load_runtime
from headway.security.gate import Gate
from headway.security.keys import KeyRing
from headway.security.loader import load_token_verifier
from headway.security.rates import RateLimiter
from headway.serving.app import ServingApp
from headway.serving.cache.loader import load_redis
from headway.serving.caches import AnswerCaches
from headway.serving.door import check_door, make_door
from headway.serving.loading import ReleaseLoader
from headway.serving.pool import ReleasePool
from headway.serving.predict import Surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.bundle.bundle import Bundle
    from headway.bundle.golden import GoldenRows
    from headway.config.settings import Settings
    from headway.contract.model import Contract, Output
    from headway.contract.row_validator import RowValidator
    from headway.monitoring.slots import Slot
    from headway.registry.cache import BundleCache
    from headway.registry.port import ModelFormat, ModelRegistry
    from headway.releases.adopt import Adopter
    from headway.releases.aliasing import Aliaser
    from headway.releases.build import ReleaseBuilder
    from headway.releases.export import Exporter
    from headway.releases.forms import FormsReporter
    from headway.releases.importing import Importer
    from headway.releases.kept_rows import KeptRows
    from headway.releases.publish import Publisher
    from headway.releases.quantise import Quantiser, Serving
    from headway.releases.register import Registrar
    from headway.releases.removal import Remover
    from headway.releases.resolve import Resolver
    from headway.releases.tagging import Tagger
    from headway.serving.plan import ServingPlan
    from headway.serving.predictor import Predictor
    from headway.serving.release import LoadedRelease
    from headway.serving.settings import WorkerSettings

EMBEDDED_REGISTRY = "sqlite"
PARITY_BUDGET_S = 60.0
_MAX_LOG_NAME = 100


def build_app(
    plan: ServingPlan, settings: WorkerSettings, place: tuple[Board, Slot] | None = None
) -> ServingApp:
    """Return the app that serves a plan. Nothing is loaded until its `load` is called.

    Args:
        plan: What it serves first.
        settings: How it runs.
        place: The shared memory of the server, and the slot of this app; by default memory that nobody
            else sees.

    Raises:
        ConfigError: The plan holds something else than key hashes, or the Redis of the settings is of no
            use.
        MissingExtraError: A Redis is configured, and the extra `redis` is not installed.
    """
    board, slot = place or _private_place()
    clock = SystemClock()
    # before the log, whose thread would be left where the keys are of no use
    keys = _key_ring(plan)
    shared = Surroundings(
        gate=Gate(keys, RateLimiter(board.cells), load_token_verifier(settings.tokens, clock)),
        board=board,
        metrics=RequestMetrics(slot),
        log=RequestLog(settings.log_fd, settings.log_format, clock, LogDrops(slot)),
        records=RecordRing(CountingSink(slot), RecordDrops(slot)),
        clock=clock,
        locks_metrics=settings.locks_metrics,
    )

    def surroundings(of: ServingPlan) -> Surroundings:
        return dataclasses.replace(shared, gate=shared.gate.with_keys(_key_ring(of)))

    redis = load_redis(settings.redis_url, settings.redis_timeout_ms, clock)
    caches = AnswerCaches(shared.metrics, clock, redis)
    pool = ReleasePool(_release_loader(settings.device, caches).load)
    door = make_door(settings.trusted_hosts, settings.cors_origins, shared.log)
    return ServingApp(plan, pool, surroundings, (board, slot), door)


def open_registry(settings: Settings) -> ModelRegistry:
    """Return the registry that is configured. Nothing is connected yet.

    Raises:
        ConfigError: Its URI is of no use.
    """
    with _registry_extra():
        from headway.registry.mlflow.registry import MlflowRegistry

    return MlflowRegistry(*_registry_place(settings))


def is_trusted_registry(settings: Settings, *, trust: bool) -> bool:
    """Whether code that comes from the registry that is configured may run; arguments as `make_resolver`."""
    from headway.registry import trust as trusted

    uri, artifacts = _registry_place(settings)
    return trusted.is_trusted_registry(
        uri, artifacts, home=settings.home, trust_code=trust or settings.registry.trust_code
    )


def make_resolver(settings: Settings, *, trust: bool) -> Resolver:
    """Return what finds releases by address.

    Args:
        settings: Name the registry and the home folder.
        trust: Whether the user trusts whatever registry it is.
    """
    from headway.releases.resolve import Resolver

    return Resolver(
        lambda: open_registry(settings),
        _model_format,
        _describe_output,
        _bundle_cache(settings),
        is_trusted_registry=is_trusted_registry(settings, trust=trust),
    )


def make_registrar(settings: Settings) -> Registrar:
    """Return what registers fitted models, in the registry that is configured."""
    from headway.releases.register import Registrar

    return Registrar(
        _model_format(),
        _describe_output,
        _release_builder(),
        _publisher(settings),
        work_tree=Path.cwd(),
    )


def make_adopter(settings: Settings, *, trust: bool) -> Adopter:
    """Return what makes releases of models that plain MLflow registered; arguments as `make_resolver`."""
    from headway.releases.adopt import Adopter
    from headway.releases.source import Sources

    sources = Sources(
        lambda: open_registry(settings),
        is_trusted_registry=is_trusted_registry(settings, trust=trust),
    )
    return Adopter(
        sources, _model_format(), _describe_output, _release_builder(), _publisher(settings)
    )


def make_exporter(settings: Settings) -> Exporter:
    """Return what writes releases of the registry that is configured into files."""
    from headway.releases.export import Exporter

    return Exporter(open_registry(settings), _bundle_cache(settings))


def make_importer(settings: Settings) -> Importer:
    """Return what reads such files into the registry that is configured."""
    from headway.releases.importing import Importer

    return Importer(open_registry(settings), _bundle_cache(settings))


def make_remover(settings: Settings) -> Remover:
    """Return what removes versions from the registry that is configured."""
    from headway.releases.removal import Remover

    return Remover(open_registry(settings))


def make_aliaser(settings: Settings) -> Aliaser:
    """Return what points aliases in the registry that is configured."""
    from headway.releases.aliasing import Aliaser

    return Aliaser(open_registry(settings))


def make_tagger(settings: Settings) -> Tagger:
    """Return what changes tags in the registry that is configured."""
    from headway.releases.tagging import Tagger

    return Tagger(open_registry(settings))


def make_kept_rows(settings: Settings) -> KeptRows:
    """Return what reads the rows beside releases in the registry that is configured."""
    from headway.releases.kept_rows import KeptRows

    return KeptRows(open_registry(settings))


def make_quantiser(settings: Settings, serve: Serving, *, trust: bool) -> Quantiser:
    """Return what makes smaller forms of releases.

    Args:
        settings: As `make_resolver`.
        serve: Serves them to be measured; it starts processes, which nothing below does.
        trust: As `make_resolver`.
    """
    from headway.optimize.quantisation.quantise import quantise
    from headway.releases.quantise import Quantiser

    with _registry_extra():
        from headway.optimize.timing import measure_alone
        from headway.releases.sklearn import evaluate

    return Quantiser(
        registry=open_registry(settings),
        resolver=make_resolver(settings, trust=trust),
        publisher=_publisher(settings),
        quantise=quantise,
        load=load_runtime,
        serve=serve,
        evaluate=evaluate,
        measure=measure_alone,
        clock=SystemClock(),
        work_tree=Path.cwd(),
    )


def make_forms_reporter(settings: Settings, *, trust: bool) -> FormsReporter:
    """Return what tells and measures the forms of releases; arguments as `make_resolver`."""
    from headway.releases.forms import FormsReporter
    from headway.runtimes.loader import load_native_runtime

    with _registry_extra():
        from headway.optimize.timing import measure_alone

    resolver = make_resolver(settings, trust=trust)
    return FormsReporter(resolver, load_runtime, load_native_runtime, measure_alone)


def make_predictor(plan: ServingPlan) -> Predictor:
    """Load the only release of a plan for use in this process.

    Raises:
        HeadwayError: It cannot be served.
    """
    from headway.serving.predictor import Predictor

    release, _ = load_release(plan)
    return Predictor(
        release.name, release.version, release.contract, release.runtime, release.validator
    )


def load_release(plan: ServingPlan) -> tuple[LoadedRelease, GoldenRows | None]:
    """Load the only release of a plan, and return it with the golden rows that it has answered.

    Raises:
        HeadwayError: It cannot be served.
    """
    model = plan.models[0]
    return _release_loader().load_release(model, model.routes[0])


def worker_settings(settings: Settings) -> WorkerSettings:
    """Return what a worker is told of the settings, or raise what it could not use."""
    from headway.security.token_settings import token_settings
    from headway.serving.settings import WorkerSettings, tls_of

    server = settings.server
    check_door(server.trusted_hosts, server.cors_origins)
    return WorkerSettings(
        drain_timeout_s=server.drain_timeout_s,
        hang_timeout_s=server.hang_timeout_s,
        log_format=server.log_format,
        device=Device(server.device),
        tokens=token_settings(settings.jwt),
        trusted_hosts=server.trusted_hosts,
        cors_origins=server.cors_origins,
        locks_metrics=server.metrics == "locked",
        max_connections=server.max_connections,
        tls=tls_of(settings.tls),
        redis_url=settings.cache.redis_url,
        redis_timeout_ms=settings.cache.redis_timeout_ms,
    )


def log_file(settings: Settings, plan: ServingPlan) -> Path:
    """Return the file that a server in the background appends its log to; its folder exists."""
    from headway.config.paths import HomePaths

    folder = HomePaths(settings.home).logs
    folder.mkdir(parents=True, exist_ok=True)
    return folder / ("-".join(model.name for model in plan.models)[:_MAX_LOG_NAME] + ".log")


def _key_ring(plan: ServingPlan) -> KeyRing:
    return KeyRing(plan.keys, is_open=not plan.asks_for_key)


def _private_place() -> tuple[Board, Slot]:
    board = Board.private()
    return board, board.slot(0)


def _release_loader(
    device: Device = Device.CPU, caches: AnswerCaches | None = None
) -> ReleaseLoader:
    load = functools.partial(load_runtime, device=device)
    return ReleaseLoader(load, _load_validator, BodyReader, replay_golden, SystemClock(), caches)


def _load_validator(bundle: Bundle, contract: Contract, *, trust_code: bool) -> RowValidator:
    # pydantic, which a worker has no need of before it is ready
    from headway.runtimes.validator import load_validator

    return load_validator(bundle, contract, trust_code=trust_code)


def _release_builder() -> ReleaseBuilder:
    from headway.releases.build import ReleaseBuilder

    with _registry_extra():
        from headway.optimize.candidates import find_form
        from headway.releases.native import native_runtime
        from headway.releases.sklearn import evaluate

    clock = SystemClock()
    find = functools.partial(find_form, clock=clock, time_budget_s=PARITY_BUDGET_S)
    return ReleaseBuilder(native_runtime, find, evaluate, clock)


def _publisher(settings: Settings) -> Publisher:
    from headway.releases.publish import Publisher

    return Publisher(open_registry(settings), _bundle_cache(settings))


def _bundle_cache(settings: Settings) -> BundleCache:
    from headway.config.paths import HomePaths
    from headway.registry.cache import BundleCache

    return BundleCache(HomePaths(settings.home).bundles)


def _model_format() -> ModelFormat:
    with _registry_extra():
        from headway.registry.mlflow.model_format import MlflowFormat

    return MlflowFormat()


def _describe_output(model: Any) -> Output:
    with _registry_extra():
        from headway.optimize.sklearn import describe_output

    return describe_output(model)


def _registry_place(settings: Settings) -> tuple[str, str | None]:
    """Return the URI of the registry and where it keeps files, `None` for beside its database."""
    from headway.config.paths import make_home

    uri, artifacts = settings.registry.uri, settings.registry.artifacts
    if uri != EMBEDDED_REGISTRY:
        return uri, artifacts
    paths = make_home(settings.home)
    return f"sqlite:///{paths.registry_database}", artifacts or str(paths.artifacts)


@contextlib.contextmanager
def _registry_extra() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError("registry", "registering and looking up models") from error
