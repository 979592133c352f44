"""Whether the ports of a server are free, and whether the server that is configured answers."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from headway.client import Client
from headway.diagnosis.finding import Finding
from headway.errors import AuthenticationError, HeadwayError, OverloadedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.config.settings import ClientSettings, ServerSettings

_TIMEOUT_S = 3.0
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - looked up, not bound


def check_ports(settings: ServerSettings) -> Iterator[Finding]:
    """Tell of each port of `[server]` whether it is free, and who has it otherwise."""
    for field, port in settings:
        if field == "port" or field.endswith("_port"):
            yield _port(settings.host, port, f"server.{field}")


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


def _port(host: str, port: int, check: str) -> Finding:
    if port == 0:
        return Finding(check, "ok", "0 takes a free one")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            reason = error.strerror or str(error)
            hint = "see `[server]` in the settings, or give `--host` and `--port`"
            return Finding(check, "failed", f"{host}:{port} cannot be listened on: {reason}", hint)
        return _taken(host, port, check)
    return Finding(check, "ok", f"{host}:{port} is free")


def _taken(host: str, port: int, check: str) -> Finding:
    reachable = _EVERY_ADDRESS.get(host, host)
    url = f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
    if is_headway(url):
        return Finding(check, "ok", f"{host}:{port} is taken by a server of Headway")
    return Finding(
        check, "warning", f"{host}:{port} is taken by another program", "serve with `--port`"
    )


def is_headway(url: str) -> bool:
    """Whether a server of Headway answers at an address; one that asks for a key is one too."""
    with Client(url, timeout_s=_TIMEOUT_S) as client:
        try:
            client.models()
        except (AuthenticationError, OverloadedError):
            return True
        except HeadwayError:
            return False
    return True
