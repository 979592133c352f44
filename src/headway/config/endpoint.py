"""Which server the command line asks, read without pydantic.

A command that only asks a server must start in a few hundredths of a second, so it reads these
values alone; every command that does more checks the whole tree with `headway.config.load`.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any
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
KEYS = frozenset({"key", "timeout_s", "url"})


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
    directory: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Endpoint | None:
    """Return the server of `[client]`, or `None` where none is configured.

    Args:
        overrides: Nested settings that stand over everything else; `None` values are not given.
        directory: Where the search for `headway.toml` begins; the current folder by default.
        environ: The environment; the process's own by default.

    Raises:
        ConfigError: A file cannot be read, an address or a time is not usable, or a file holds the key.
    """
    values = leaves(read_sources(overrides or {}, directory or Path.cwd(), environ))
    if any(_is_unknown(path) for path in values):
        # says all that is wrong, and which names were probably meant
        from headway.config.load import load_settings  # noqa: PLC0415

        load_settings(overrides, directory=directory, environ=environ)
    url = values.get(("client", "url"))
    if url is None:
        return None
    if not _is_address(str(url.value)):
        place = url.origin.describe(("client", "url"))
        raise ConfigError(
            f"{place}: should begin with http:// or https:// and name a host, "
            f"not {mask_passwords(repr(url.value))}",
            hint="for example http://127.0.0.1:8000",
        )
    if _has_user(str(url.value)):
        raise ConfigError(f"{url.origin.describe(('client', 'url'))}: holds a user", hint=KEY_HINT)
    key, timeout = values.get(("client", "key")), values.get(("client", "timeout_s"))
    return Endpoint(
        str(url.value),
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
