"""Serving releases, and using them in this process."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from headway import wiring
from headway.api.administration import controller_command
from headway.bundle.bundle import read_bundle
from headway.config.load import load_settings, with_overrides
from headway.core.clock import SystemClock
from headway.errors import AddressError
from headway.security.exposure import check_exposure
from headway.serving.loading import served_contract
from headway.serving.plan import write_plan
from headway.serving.planning import plan_of
from headway.store.opening import issued_keys
from headway.supervisor.cores import usable_cores
from headway.supervisor.server import Server
from headway.supervisor.supervise import SupervisorSettings, supervise
from headway.supervisor.supervisor import Audience

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.config.settings import ServerSettings, Settings
    from headway.contract.model import Contract
    from headway.releases.resolve import ResolvedRelease
    from headway.serving.app import ServingApp
    from headway.serving.plan import ServingPlan
    from headway.serving.predictor import Predictor


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
    plan = _served_plan(addresses, settings, trust=trust)
    served = wiring.build_app(plan, wiring.worker_settings(settings))
    served.load()
    return served


@overload
def serve(
    *addresses: str,
    background: Literal[True],
    host: str | None = None,
    port: int | None = None,
    workers: int | Literal["auto"] | None = None,
    trust: bool = False,
    insecure: bool = False,
    settings: Settings | None = None,
) -> Server: ...


@overload
def serve(
    *addresses: str,
    background: Literal[False] = False,
    host: str | None = None,
    port: int | None = None,
    workers: int | Literal["auto"] | None = None,
    trust: bool = False,
    insecure: bool = False,
    settings: Settings | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None: ...


def serve(  # noqa: PLR0913 - each is a choice of the command line too
    *addresses: str,
    background: bool = False,
    host: str | None = None,
    port: int | None = None,
    workers: int | Literal["auto"] | None = None,
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
        workers: Processes that answer, `auto` for one on each core; those of the settings by default, one
            in the background.
        trust: As `load`.
        settings: As `load`.
        insecure: Whether a network may be listened on without a key.
        on_ready: Is told the URL; not in the background, where the server has it.

    Raises:
        ConfigError: A network would be listened on without a key.
        StoreError: The database that knows the keys does not answer.
        ServerError: The port is taken, or the server does not come up.
        HeadwayError: As `load`.
    """
    if background:
        port = 0 if port is None else port
        workers = workers or 1
    overrides = {"host": host, "port": port, "workers": workers}
    settings = with_overrides(settings or load_settings(), {"server": overrides})
    server = settings.server
    plan = _served_plan(addresses, settings, trust=trust)
    _check_exposure(server, has_key=plan.asks_for_key, insecure=insecure)
    worker = wiring.worker_settings(settings)
    n_workers = usable_cores() if server.workers == "auto" else server.workers
    if background:
        log = wiring.log_file(settings, plan)
        return Server(plan, server.host, server.port, worker, log, workers=n_workers)
    with (
        tempfile.TemporaryDirectory(prefix="headway-") as folder,
        controller_command(settings, insecure=insecure) as controller,
    ):
        path = Path(folder) / "plan.json"
        write_plan(path, plan)
        audience = Audience(on_ready=on_ready or _tell_url, on_event=_tell)
        supervise(
            SupervisorSettings(
                plan=path,
                host=server.host,
                port=server.port,
                insecure=insecure,
                worker=worker,
                workers=n_workers,
                poll_interval_s=settings.registry.poll_interval_s,
                controller=controller,
            ),
            audience,
            SystemClock(),
        )
    return None


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


def _served_plan(addresses: Sequence[str], settings: Settings, *, trust: bool) -> ServingPlan:
    """Return a plan that says who may ask; where the database cannot say it, there is none."""
    keys, asks_for_key = issued_keys(settings)
    return plan_of(
        _resolve(addresses, settings, trust=trust), settings, keys, asks_for_key=asks_for_key
    )


def _plan(addresses: Sequence[str], settings: Settings, *, trust: bool) -> ServingPlan:
    return plan_of(_resolve(addresses, settings, trust=trust), settings)


def _resolve(addresses: Sequence[str], settings: Settings, *, trust: bool) -> list[ResolvedRelease]:
    if not addresses:
        raise AddressError("no model is named", hint="name one, for example `credit`")
    resolver = wiring.make_resolver(settings, trust=trust)
    return [resolver.resolve(address) for address in addresses]


def _check_exposure(server: ServerSettings, *, has_key: bool, insecure: bool) -> None:
    check_exposure(server.host, has_key=has_key, insecure=insecure)
    if server.admin:
        check_exposure(
            server.admin_host, has_key=has_key, insecure=insecure, setting="server.admin_host"
        )


def _tell_url(url: str) -> None:
    _tell(f"serving at {url}")


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
