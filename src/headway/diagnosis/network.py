"""Whether the ports of a server are free, and whether the server that is configured answers."""

from __future__ import annotations

import dataclasses
import errno
import socket
from typing import TYPE_CHECKING

from headway.client import Client
from headway.client.admin import AdminClient
from headway.diagnosis.finding import Finding
from headway.errors import AuthenticationError, HeadwayError, OverloadedError, PermissionDeniedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.config.settings import ClientSettings, ServerSettings

_TIMEOUT_S = 3.0
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - looked up, not bound


@dataclasses.dataclass(frozen=True, slots=True)
class _Port:
    """A port that a server listens on.

    Attributes:
        setting: Which it is.
        host: Address to listen on.
        number: 0 for a free one.
        is_ours: Whether what answers at a URL is a server of Headway that would listen there.
        instead: With what a server listens elsewhere.
    """

    setting: str
    host: str
    number: int
    is_ours: Callable[[str], bool]
    instead: str


def check_ports(settings: ServerSettings) -> Iterator[Finding]:
    """Tell of each port of `[server]` that is used whether it is free, and who has it otherwise."""
    yield _examine(_Port("server.port", settings.host, settings.port, is_headway, "`--port`"))
    if settings.admin:
        yield _examine(
            _Port(
                "server.admin_port",
                settings.admin_host,
                settings.admin_port,
                _is_admin_api,
                "`server.admin_port` at another one, or `server.admin = false`",
            )
        )


def check_client(settings: ClientSettings) -> Iterator[Finding]:
    """Tell whether the server that `[client]` names answers, and takes the key."""
    if settings.url is None:
        return
    key = None if settings.key is None else settings.key.get_secret_value()
    with Client(settings.url, key, min(settings.timeout_s, _TIMEOUT_S)) as client:
        if not client.ready():
            hint = "start it, or see `[client] url` in the settings"
            yield Finding(
                "client.url", "failed", f"{settings.url} is not ready, or not there", hint
            )
            return
        models = client.models()
    served = ", ".join(f"{model['name']}:{model['version']}" for model in models)
    yield Finding("client.url", "ok", f"{settings.url} serves {served}")


def _examine(port: _Port) -> Finding:
    if port.number == 0:
        return Finding(port.setting, "ok", "0 takes a free one")
    where = f"{port.host}:{port.number}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            port.host, port.number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            reason = error.strerror or str(error)
            hint = f"see `[server]` in the settings, or serve with {port.instead}"
            return Finding(port.setting, "failed", f"{where} cannot be listened on: {reason}", hint)
        if port.is_ours(_url(port)):
            return Finding(port.setting, "ok", f"{where} is taken by a server of Headway")
        measured = f"{where} is taken by another program"
        return Finding(port.setting, "warning", measured, f"serve with {port.instead}")
    return Finding(port.setting, "ok", f"{where} is free")


def _url(port: _Port) -> str:
    host = _EVERY_ADDRESS.get(port.host, port.host)
    return f"http://[{host}]:{port.number}" if ":" in host else f"http://{host}:{port.number}"


def is_headway(url: str) -> bool:
    """Whether a server of Headway answers at an address; one that asks for a key is one too."""
    with Client(url, timeout_s=_TIMEOUT_S) as client:
        return _is_known(client.models)


def _is_admin_api(url: str) -> bool:
    with AdminClient(url, None, _TIMEOUT_S) as client:
        return _is_known(client.status)


def _is_known(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (AuthenticationError, PermissionDeniedError, OverloadedError):
        return True
    except HeadwayError:
        return False
    return True
