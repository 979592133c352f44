"""Runs the admin API under uvicorn, on a socket that is bound here."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING

from typing_extensions import override
from uvicorn.config import Config
from uvicorn.server import Server

from headway.errors import ConfigError, ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.controller.settings import ControllerSettings
    from headway.dashboard.api.guard import App

MAX_CONNECTIONS = 128
_CLOSING_S = 2


class AdminServer(Server):
    """A uvicorn server that leaves signals to its owner.

    Args:
        app: What answers.
        settings: Where, and whether by HTTPS.

    Attributes:
        url: Where a client on this machine reaches it.

    Raises:
        ServerError: The port is taken, or the address is none of this machine.
        ConfigError: A file of the certificate cannot be used.
    """

    def __init__(self, app: App, settings: ControllerSettings) -> None:
        tls = settings.tls
        config = Config(
            app,
            interface="asgi3",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=_CLOSING_S,
            ssl_certfile=tls.cert_file if tls else None,
            ssl_keyfile=tls.key_file if tls else None,
            ssl_keyfile_password=tls.key_password if tls else None,
        )
        try:
            config.load()
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"the certificate of `[tls]` cannot be used: {error.strerror or error}",
                hint="`tls.cert_file` and `tls.key_file` name files in PEM that belong together",
            ) from error
        super().__init__(config)
        self._listener = _bind(settings.host, settings.port)
        host, port = self._listener.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{shown}:{port}"

    async def listen(self) -> None:
        """Answer until `stop` is called."""
        with self._listener:
            await self.serve([self._listener])

    def stop(self) -> None:
        """Accept no more, and end soon."""
        self.should_exit = True

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise ServerError(
            f"the admin API cannot listen on `{host}`, port {port}: {error.strerror}",
            hint="set HEADWAY_SERVER__ADMIN_PORT to another port (0 takes a free one), or "
            "HEADWAY_SERVER__ADMIN to false for no admin API",
        ) from error
