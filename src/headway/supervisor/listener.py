"""The socket that a server listens on."""

from __future__ import annotations

import errno
import socket

from headway.errors import ServerError

BACKLOG = 2048
_OTHER_HOST = "give an address of this machine with `--host`: 127.0.0.1, or 0.0.0.0 for all of them"


def bind_listener(host: str, port: int) -> socket.socket:
    """Listen on an address.

    Args:
        host: Address or name; empty for every address.
        port: TCP port; 0 takes a free one.

    Raises:
        ServerError: The port is taken, may not be used, or the address is not of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServerError(
            f"`{host}` is no address of this machine: {error.strerror}", hint=_OTHER_HOST
        ) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _refused(host, port, error) from error
    return listener


def listener_url(listener: socket.socket, *, tls: bool = False) -> str:
    """Return the URL at which a client on this machine reaches a listener.

    Args:
        listener: The listener.
        tls: Whether it speaks HTTPS.

    Examples:
        >>> with bind_listener("", 0) as listener:
        ...     listener_url(listener).rpartition(":")[0] in ("http://127.0.0.1", "http://[::1]")
        True
    """
    host, port = listener.getsockname()[:2]
    if host == "0.0.0.0":  # noqa: S104 (compared, not bound)
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _refused(host: str, port: int, error: OSError) -> ServerError:
    if error.errno == errno.EADDRINUSE:
        return ServerError(
            f"port {port} on `{host}` is taken by another process",
            hint="stop it, or give another port with `--port`; 0 takes a free one",
        )
    if error.errno == errno.EACCES:
        return ServerError(f"port {port} may not be used here", hint="give a port above 1023")
    return ServerError(
        f"cannot listen on `{host}`, port {port}: {error.strerror}", hint=_OTHER_HOST
    )
