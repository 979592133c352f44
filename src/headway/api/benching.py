"""Measuring releases under load."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

from headway import wiring
from headway.api.serving import serve
from headway.client import Client
from headway.config.load import load_settings, with_overrides
from headway.config.settings import TlsSettings
from headway.core.clock import SystemClock
from headway.errors import AddressError, ConfigError
from headway.registry.address import CHAMPION, AliasAddress, VersionAddress, parse_address
from headway.testing.load.bench import Bench
from headway.testing.load.bodies import Rows, json_rows, make_bodies
from headway.testing.load.mix import read_mix
from headway.testing.load.objectives import read_objectives
from headway.testing.load.plan import LoadPlan
from headway.testing.load.process import GeneratorProcess
from headway.testing.load.release_rows import release_rows
from headway.testing.load.target import predict_path, target_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from headway.config.settings import Settings
    from headway.testing.load.arrivals import Arrivals
    from headway.testing.load.report import BenchReport
    from headway.testing.load.target import Target

MAX_VERSIONS = 2


def bench(  # noqa: PLR0913 - each is a choice of the command line too
    *addresses: str,
    rate_per_s: float = 100.0,
    duration_s: float = 30.0,
    warm_up_s: float = 2.0,
    slo: str | Sequence[str] = (),
    find: bool = False,
    step_s: float = 4.0,
    arrivals: Arrivals = "poisson",
    seed: int = 1,
    rows: Any = None,
    batch_rows: str | int | Mapping[int, float] = 1,
    method: str = "predict",
    workers: int | None = None,
    url: str | None = None,
    timeout_s: float = 10.0,
    max_connections: int = 1024,
    trust: bool = False,
    settings: Settings | None = None,
    on_progress: Callable[[str], object] = lambda _step: None,
) -> BenchReport:
    """Measure a release under load, or two in turns.

    When requests are due is fixed beforehand, and a latency counts from then, so that a server that stalls
    cannot hide what the stall does to the requests behind it.

    Args:
        addresses: One or two, as `load`; each is served by a server of its own with the settings of the
            process, on a free port.
        rate_per_s: Requests a second; where the search begins with `find`.
        duration_s: How long, for each version, without the warm-up.
        warm_up_s: Length of the load before, which is not counted.
        slo: What must be kept: `p99=20ms`, `p99.9=0.1s`, `max=1s`, `errors=0.1%`.
        find: Find the highest rate that keeps `slo`.
        step_s: Least length of each step of that search.
        arrivals: `poisson` or `constant`.
        seed: Of arrivals and sizes of requests.
        rows: Rows to send, of any kind that a client sends; those that the release carries by default.
        batch_rows: Rows of a request, or the share of requests of each size: `1:0.9,10:0.1`.
        method: `predict`, `predict_proba` or `decision_function`.
        workers: Processes of each server; those of the settings by default.
        url: Ask this server instead, which is running; with the key of `[client]`.
        timeout_s: How long after it was due a request is given up.
        max_connections: Most connections to one server.
        trust: As `load`.
        settings: As `load`.
        on_progress: Is told what is measured, a few times in a second.

    Raises:
        ConfigError: An objective, a mix of sizes or a figure is not possible.
        AddressError: Not one or two addresses.
        HeadwayError: As `load` and `serve`.
    """
    settings = settings or load_settings()
    plan = LoadPlan(
        rate_per_s=rate_per_s,
        duration_s=duration_s,
        warm_up_s=warm_up_s,
        step_s=step_s,
        arrivals=arrivals,
        seed=seed,
        mix=read_mix(batch_rows),
        timeout_s=timeout_s,
        max_connections=max_connections,
    )
    objectives = read_objectives([slo] if isinstance(slo, str) else slo)
    if not 1 <= len(addresses) <= (1 if find else MAX_VERSIONS):
        raise AddressError(
            f"{len(addresses)} models to measure",
            hint="name one" if find else "name one, or two that are compared",
        )
    if find and not objectives:
        raise ConfigError("the highest rate needs an objective", hint="add `--slo p99=20ms`")
    if url is not None:
        _check_served(url, addresses, settings)
    sent = _given_rows(rows) if rows is not None else _rows_of(addresses[0], settings, trust=trust)
    with contextlib.ExitStack() as stack:
        opened = _Opened(settings, stack, method, trust=trust)
        targets = [
            opened.running(url, address) if url else opened.served(address, workers)
            for address in addresses
        ]
        generator = stack.enter_context(GeneratorProcess())
        bodies = make_bodies(sent, plan.mix)
        measuring = Bench(generator, bodies, plan, objectives, SystemClock(), on_progress)
        if find:
            report = measuring.find(targets[0])
        elif len(targets) == MAX_VERSIONS:
            report = measuring.compare(*targets)
        else:
            report = measuring.measure(targets[0])
    return dataclasses.replace(report, rows=sent.origin)


def _given_rows(rows: Any) -> Rows:
    values = json_rows(rows)
    return Rows(values, f"{len(values):,} given rows")


def _rows_of(address: str, settings: Settings, *, trust: bool) -> Rows:
    release = wiring.make_resolver(settings, trust=trust).resolve(address)
    kept = None if release.record is None else wiring.make_kept_rows(settings)
    return release_rows(release, kept)


def _served_address(address: str) -> tuple[str, str | None]:
    """Return the name and version that a server is asked for."""
    found = parse_address(address)
    if isinstance(found, VersionAddress):
        return found.name, found.version
    if isinstance(found, AliasAddress) and found.alias == CHAMPION:
        return found.name, None
    raise AddressError(f"a server does not know `{address}`", hint="ask for NAME or NAME:VERSION")


def _check_served(url: str, addresses: Sequence[str], settings: Settings) -> None:
    """Refuse a server that is not there, or does not answer for the models."""
    with Client(url, _key_of(settings), settings.client.timeout_s) as client:
        for address in addresses:
            client.contract(_served_address(address)[0])


def _key_of(settings: Settings) -> str | None:
    key = settings.client.key or settings.server.api_key
    return None if key is None else key.get_secret_value()


@dataclasses.dataclass(frozen=True, slots=True)
class _Opened:
    """Servers to measure.

    Attributes:
        settings: Of this process.
        stack: Ends the servers.
        method: What is asked.
        trust: Whether code of a registry may run.
    """

    settings: Settings
    stack: contextlib.ExitStack
    method: str
    trust: bool = dataclasses.field(kw_only=True)

    def served(self, address: str, workers: int | None) -> Target:
        """Serve a release on a free port of the loopback."""
        settings = with_overrides(
            # what is measured is no controller and no certificate
            self.settings.model_copy(update={"tls": TlsSettings()}),
            {"server": {"workers": workers, "admin": False, "host": "127.0.0.1"}},
        )
        release = wiring.make_resolver(settings, trust=self.trust).resolve(address)
        server = serve(address, background=True, settings=settings, trust=self.trust)
        self.stack.enter_context(server)
        path = predict_path(release.name, None, self.method)
        label = f"{release.name}:{release.version}"
        return target_at(server.url, path, label, api_key=_key_of(settings), pid=server.pid)

    def running(self, url: str, address: str) -> Target:
        """Return a release of a server that is running."""
        path = predict_path(*_served_address(address), self.method)
        return target_at(url, path, address, api_key=_key_of(self.settings))
