"""Where a server is, and what is sent to it beside each request.

Invariant: a key is shown nowhere: not in a message, not in a `repr`.
"""

from __future__ import annotations

import dataclasses
from urllib.parse import urlsplit

from headway.errors import ConfigError

_EXAMPLE = "for example http://127.0.0.1:8000"
_PORTS = {"http": 80, "https": 443}


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """Where a server is.

    Attributes:
        url: As it was given, without a slash at its end.
        scheme: `http` or `https`.
        host: Name or number; an IPv6 number without brackets.
        port: TCP port.
        prefix: Path below which the server answers; empty, or with a slash at its start only.
    """

    url: str
    scheme: str
    host: str
    port: int
    prefix: str

    @property
    def authority(self) -> str:
        """What the header `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read_address(url: str) -> Address:
    """Return the address that a URL names.

    Raises:
        ConfigError: It is no URL of a server.

    Examples:
        >>> read_address("http://[::1]:8000/models/").authority
        '[::1]:8000'
    """
    if not isinstance(url, str):
        raise ConfigError(
            f"the address of a server is a string, not a `{type(url).__name__}`", hint=_EXAMPLE
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode()
    except ValueError as error:  # a port that is no number, brackets that are not closed
        raise _no_address(url) from error
    if parts.username is not None or parts.password is not None:
        raise ConfigError("the address of a server holds a user", hint="give the key as `api_key`")
    prefix = parts.path.rstrip("/")
    if parts.scheme not in _PORTS or not host or parts.query or parts.fragment:
        raise _no_address(url)
    if not url.isprintable() or not _is_plain(prefix):
        raise _no_address(url)
    return Address(url.rstrip("/"), parts.scheme, host, port or _PORTS[parts.scheme], prefix)


def request_headers(address: Address, api_key: str | None) -> list[tuple[bytes, bytes]]:
    """Return the headers of every request.

    Raises:
        ConfigError: The key is not one that a header can hold. It is not shown.
    """
    headers = [
        (b"Host", address.authority.encode()),
        (b"Accept", b"application/json"),
        (b"Accept-Encoding", b"identity"),
        (b"User-Agent", b"headway"),
    ]
    if api_key is None:
        return headers
    if not isinstance(api_key, str):
        raise ConfigError(
            f"the API key is a string, not a `{type(api_key).__name__}`",
            hint="leave `api_key` out where the server asks for none",
        )
    if not api_key or " " in api_key or not _is_plain(api_key):
        raise ConfigError(
            "the API key is empty, or holds a space or a character that no header can hold",
            hint="check where the key comes from: a line break at its end?",
        )
    return [*headers, (b"Authorization", b"Bearer " + api_key.encode())]


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _no_address(url: str) -> ConfigError:
    # a user is told before, but only where the rest can be read
    shown = "this" if "@" in url else f"`{url}`"
    return ConfigError(f"{shown} is not the address of a server", hint=_EXAMPLE)
