"""Which server the command line asks, read without pydantic.

A command that only asks a server must start in a few hundredths of a second, so it reads these
values alone; every command that does more checks the whole tree with `headway.config.load`.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from headway.config.sources import HINT, leaves, read_sources, secret_in_file
from headway.core.urls import mask_passwords
from headway.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.config.sources import Sourced

DEFAULT_TIMEOUT_S = 30.0
KEY_HINT = "give the key by HEADWAY_CLIENT__KEY, or by HEADWAY_CLIENT__KEY_FILE, which names a file"

# What the whole tree knows at its top and in `[client]`; a test holds the two together
SECTIONS = frozenset(
    {"cache", "client", "home", "jwt", "models", "registry", "server", "store", "tls"}
)
KEYS = frozenset({"admin_url", "key", "timeout_s", "url"})
_DEFAULT_ADMIN = ("127.0.0.1", 8002)
_MAX_PORT = 65_535
_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not bound)


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, and how to ask it.

    Attributes:
        url: Its address.
        key: The key to send, or `None`.
        timeout_s: Time to wait for a reply.
    """

    url: str
    key: str | None = dataclasses.field(repr=False)
    timeout_s: float


def read_endpoint(
    overrides: Mapping[str, Any] | None = None,
    *,
    setting: Literal["url", "admin_url"] = "url",
    directory: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Endpoint | None:
    """Return the server of `[client]`, or `None` where none is configured.

    Args:
        overrides: Nested settings that stand over everything else; `None` values are not given.
        setting: Which of its addresses.
        directory: Where the search for `headway.toml` begins; the current folder by default.
        environ: The environment; the process's own by default.

    Raises:
        ConfigError: A file cannot be read, an address or a time is not usable, or a file holds the key.
    """
    values = _values(overrides, directory, environ)
    path = ("client", setting)
    url = values.get(path)
    if url is None:
        return None
    if not _is_address(str(url.value)):
        place = url.origin.describe(path)
        raise ConfigError(
            f"{place}: should begin with http:// or https:// and name a host, "
            f"not {mask_passwords(repr(url.value))}",
            hint="for example http://127.0.0.1:8000",
        )
    if _has_user(str(url.value)):
        raise ConfigError(f"{url.origin.describe(path)}: holds a user", hint=KEY_HINT)
    return _endpoint(str(url.value), values)


def read_admin_endpoint(
    overrides: Mapping[str, Any] | None = None,
    *,
    directory: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Endpoint:
    """Return the admin API of `[client]`; where none is configured that of a server on this machine.

    Args:
        overrides: As `read_endpoint`.
        directory: As `read_endpoint`.
        environ: As `read_endpoint`.

    Raises:
        ConfigError: As `read_endpoint`.
    """
    given = read_endpoint(overrides, setting="admin_url", directory=directory, environ=environ)
    if given is not None:
        return given
    values = _values(overrides, directory, environ)
    host, port = (
        str(values[path].value if (path := ("server", name)) in values else default)
        for name, default in zip(("admin_host", "admin_port"), _DEFAULT_ADMIN, strict=True)
    )
    if not port.isdecimal() or not 0 < int(port) <= _MAX_PORT:
        raise ConfigError(
            f"`server.admin_port` is {port}, which does not say where the admin API is",
            hint="give its address with `--url`",
        )
    host = _WILDCARDS.get(host, host)
    return _endpoint(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}", values)


def _values(
    overrides: Mapping[str, Any] | None,
    directory: Path | None,
    environ: Mapping[str, str] | None,
) -> dict[tuple[str, ...], Sourced]:
    values = leaves(read_sources(overrides or {}, directory or Path.cwd(), environ))
    if any(_is_unknown(path) for path in values):
        # says all that is wrong, and which names were probably meant
        from headway.config.load import load_settings  # noqa: PLC0415

        load_settings(overrides, directory=directory, environ=environ)
    return values


def _endpoint(url: str, values: Mapping[tuple[str, ...], Sourced]) -> Endpoint:
    key, timeout = values.get(("client", "key")), values.get(("client", "timeout_s"))
    return Endpoint(
        url,
        None if key is None else _key(key),
        DEFAULT_TIMEOUT_S if timeout is None else _seconds(timeout),
    )


def _key(key: Sourced) -> str:
    path = ("client", "key")
    if key.origin.kind == "file":
        raise ConfigError(secret_in_file(path, key.origin), hint=HINT)
    text = str(key.value)
    if not text:
        raise ConfigError(
            f"{key.origin.describe(path)}: is empty; a secret has characters", hint=HINT
        )
    if not text.isascii() or not text.isprintable():
        raise ConfigError(
            f"{key.origin.describe(path)}: holds characters that no header can carry",
            hint="a key has letters, digits and signs of ASCII, and no line break",
        )
    return text


def _seconds(timeout: Sourced) -> float:
    try:
        seconds = float(timeout.value)
    except (TypeError, ValueError):
        seconds = math.nan
    if not 0 < seconds < math.inf:
        place = timeout.origin.describe(("client", "timeout_s"))
        raise ConfigError(
            f"{place}: should be a number of seconds above 0, not {timeout.value!r}", hint=HINT
        )
    return seconds


def _has_user(url: str) -> bool:
    parts = urlsplit(url)
    return parts.username is not None or parts.password is not None


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # such as a bracket that is not closed
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_unknown(path: tuple[str, ...]) -> bool:
    """Whether there is no such setting, or a value in the place of the table `client`."""
    if path[0] != "client":
        return path[0] not in SECTIONS
    return len(path) == 1 or path[1] not in KEYS
