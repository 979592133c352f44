"""What is measured: a release that a server serves."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from urllib.parse import quote

from headway.client.address import read_address, request_headers
from headway.errors import ConfigError

if TYPE_CHECKING:
    from headway.client.address import Address


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """A release that is served.

    Attributes:
        label: Its address, as it is shown.
        host: Name or number of the server.
        port: TCP port.
        head: Bytes of every request before its body, up to the value of `Content-Length`.
        pid: Process whose tree is the server; `None` for a server that is not ours.
    """

    label: str
    host: str
    port: int
    head: bytes = dataclasses.field(repr=False)
    pid: int | None = None

    def request(self, body: bytes) -> bytes:
        """Return the bytes of one request."""
        return b"%s%d\r\n\r\n%s" % (self.head, len(body), body)


def target_at(
    url: str,
    path: str,
    label: str,
    *,
    api_key: str | None = None,
    pid: int | None = None,
) -> Target:
    """Return what answers at a path of a server.

    Args:
        url: Address of the server.
        path: As `predict_path` returns it.
        label: As it is shown.
        api_key: Key to send.
        pid: Process whose tree is the server.

    Raises:
        ConfigError: The URL is none of HTTP, or the key cannot be sent.
    """
    address = read_address(url)
    if address.scheme != "http":
        raise ConfigError(
            f"`{url}` speaks HTTPS, which is not measured here",
            hint="measure the server itself, or the proxy's side that speaks HTTP",
        )
    return Target(label, address.host, address.port, _head(address, path, api_key), pid)


def predict_path(name: str, version: str | None, method: str) -> str:
    """Return the path that answers predictions.

    Examples:
        >>> predict_path("credit", "7", "predict_proba")
        '/models/credit/versions/7/predict?method=predict_proba'
    """
    middle = "" if version is None else f"/versions/{quote(version, safe='')}"
    query = "" if method == "predict" else f"?method={quote(method, safe='')}"
    return f"/models/{quote(name, safe='')}{middle}/predict{query}"


def _head(address: Address, path: str, api_key: str | None) -> bytes:
    headers = [*request_headers(address, api_key), (b"Content-Type", b"application/json")]
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return b"POST %s%s HTTP/1.1\r\n%sContent-Length: " % (
        address.prefix.encode(),
        path.encode(),
        lines,
    )
