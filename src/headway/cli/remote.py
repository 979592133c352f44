"""Asks a server instead of working on this machine, where one is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.client import Client
from headway.config.endpoint import read_endpoint
from headway.errors import AddressError
from headway.registry.address import CHAMPION, AliasAddress, VersionAddress, parse_address

if TYPE_CHECKING:
    from headway.cli.invocation import Invocation


def connect(invocation: Invocation) -> Client | None:
    """Return a client of the server that `--url` or `[client]` names, `None` where neither does.

    Raises:
        ConfigError: A file of settings cannot be read, or the address is no URL.
    """
    endpoint = read_endpoint(invocation.overrides)
    if endpoint is None:
        return None
    return Client(endpoint.url, endpoint.key, endpoint.timeout_s)


def served_address(text: str) -> tuple[str, str | None]:
    """Return the name and the version that an address asks a server for.

    Raises:
        AddressError: The address cannot be read, or names something that a server does not know.

    Examples:
        >>> served_address("credit"), served_address("credit:7")
        (('credit', None), ('credit', '7'))
    """
    address = parse_address(text)
    if isinstance(address, VersionAddress):
        return address.name, address.version
    if isinstance(address, AliasAddress) and address.alias == CHAMPION:
        return address.name, None
    raise AddressError(
        f"a server does not know `{text}`",
        hint="ask for NAME or NAME:VERSION, or leave out `--url`",
    )
