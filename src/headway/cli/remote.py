"""Asks a server instead of working on this machine, where one is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.client import Client
from headway.config.endpoint import read_endpoint
from headway.contract.text import listed
from headway.errors import AddressError, ModelNotFoundError
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


def find_served(served: list[dict[str, Any]], name: str, version: str | None) -> dict[str, Any]:
    """Return the description of one version that a server serves.

    Args:
        served: What the server says that it serves.
        name: Name of the model.
        version: Its version; the one that the server answers with where it is `None`.

    Raises:
        ModelNotFoundError: It is not served. The message names what is.
    """
    for model in served:
        for live in model["versions"] if model["name"] == name else ():
            if live["version"] == (version or model["version"]):
                found: dict[str, Any] = live
                return found
    known = [f"{model['name']}:{live['version']}" for model in served for live in model["versions"]]
    what = name if version is None else f"{name}:{version}"
    raise ModelNotFoundError(
        f"`{what}` is not served", hint=f"it serves {listed(known)}" if known else None
    )


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
