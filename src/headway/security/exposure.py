"""Whether an address may be listened on: a network only with a key."""

from __future__ import annotations

import ipaddress

from headway.errors import ConfigError


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`. A name that is not `localhost` counts as a network.

    Examples:
        >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("")
        (True, True, False, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_exposure(
    host: str, *, has_key: bool, insecure: bool, setting: str = "server.host"
) -> None:
    """Refuse to listen to a network without a key.

    Args:
        host: Address to listen on.
        has_key: Whether clients must send a key or a token.
        insecure: Whether the user has said that no key is wanted.
        setting: Where the address was set: `server.host`, or `server.admin_host` for the admin API.

    Raises:
        ConfigError: `host` is no loopback address, there is no key, and nobody asked for that.
    """
    if has_key or insecure or is_loopback(host):
        return
    raise ConfigError(
        f"`{host}` of `{setting}` can be reached from the network, and no key is asked for",
        hint="set HEADWAY_SERVER__API_KEY (or HEADWAY_SERVER__API_KEY_FILE) or `jwt.jwks`, listen on "
        "127.0.0.1, or give `--insecure` to allow everybody",
    )
