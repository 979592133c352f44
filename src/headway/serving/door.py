"""What a request goes through before it is answered: which host it is for, and from which page it comes.

Invariant: what is turned off is not there, and costs a request nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.errors import ConfigError
from headway.monitoring.log_line import LogLine, level_of_status
from headway.serving.asgi import send_reply
from headway.serving.cors import Cors
from headway.serving.problems import CONTENT_TYPE, ProblemError, wrong_host
from headway.serving.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headway.monitoring.request_log import RequestLog
    from headway.serving.asgi import App, Receive, Scope, Send

# a load balancer asks them by the address of the machine, and they tell nothing
PROBES = frozenset({"/healthz", "/readyz"})
_MAX_LOGGED = 200


def make_door(
    hosts: Iterable[str], origins: Iterable[str], log: RequestLog
) -> Callable[[App], App]:
    """Return what puts the checks that are turned on before an app.

    Args:
        hosts: Values of `Host` that are answered; empty for any.
        origins: Origins of web pages whose scripts may ask; empty for none.
        log: Takes a line for each request that is refused here.

    Raises:
        ConfigError: One of them is no host, or no origin.
    """
    trusted, allowed = tuple(hosts), tuple(origins)
    cors = Cors(allowed) if allowed else None
    names = HostNames(trusted) if trusted else None

    def door(app: App) -> App:
        if cors is not None:
            app = cors.before(app)
        return app if names is None else _Porter(app, names, log).answer

    return door


def check_door(hosts: Iterable[str], origins: Iterable[str]) -> None:
    """Accept what `make_door` accepts; arguments and errors are its own."""
    HostNames(hosts)
    Cors(origins)


class HostNames:
    """Names that a server goes by; ports are left out of account.

    Args:
        names: Each a host name or address, or `*.` and a domain for whatever is below it.

    Raises:
        ConfigError: One of them is something else, for example a URL.

    Examples:
        >>> names = HostNames(["api.example.org", "*.example.com", "::1"])
        >>> [names.include(h) for h in ("API.example.org:8000", "a.example.com", "example.com", "[::1]:80")]
        [True, True, False, True]
    """

    def __init__(self, names: Iterable[str]) -> None:
        names = [name.lower().strip("[]").rstrip(".") for name in names]
        for name in names:
            if not name or any(c in name.removeprefix("*.") for c in "*/@ ,") or _has_port(name):
                raise ConfigError(
                    f"`{name}` of `server.trusted_hosts` is no host name",
                    hint="give names without scheme and port, such as `api.example.org` or "
                    "`*.example.org`",
                )
        self._exact = frozenset(name for name in names if not name.startswith("*."))
        self._below = tuple(name[1:] for name in names if name.startswith("*."))

    def include(self, host: str) -> bool:
        """Whether a value of `Host` is one of them."""
        name = _without_port(host.lower())
        return name in self._exact or (name.endswith(self._below) if self._below else False)


class _Porter:
    """Refuses what is for another host."""

    def __init__(self, app: App, names: HostNames, log: RequestLog) -> None:
        self._app = app
        self._names = names
        self._log = log

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        is_ours = len(hosts) == 1 and self._names.include(hosts[0].decode("latin-1"))
        if is_ours or scope["path"] in PROBES:
            await self._app(scope, receive, send)
        else:
            await self._refuse(Request(scope, receive), send, wrong_host())

    async def _refuse(self, request: Request, send: Send, error: ProblemError) -> None:
        problem = error.problem
        self._log.append(
            LogLine(
                level=level_of_status(problem.status),
                event="request",
                request_id=request.request_id,
                method=request.http_method,
                path=request.path[:_MAX_LOGGED],
                status=problem.status,
                error=problem.code,
            )
        )
        body = problem.encode(instance=request.path, request_id=request.request_id)
        # the connection may be meant for another server as a whole (RFC 9110, section 15.5.20)
        headers = ((b"x-request-id", request.request_id.encode()), (b"connection", b"close"))
        await send_reply(send, problem.status, CONTENT_TYPE, body, headers)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")


def _has_port(name: str) -> bool:
    return name.count(":") == 1
