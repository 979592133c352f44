from __future__ import annotations

import pytest

from headway.errors import ConfigError
from headway.security.exposure import check_exposure, is_loopback

LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LocalHost"]
NETWORK = ["0.0.0.0", "::", "", "10.0.0.1", "192.168.1.5", "example.org", "localhost.example.org"]


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_needs_no_key(host: str) -> None:
    assert is_loopback(host)
    check_exposure(host, has_key=False, insecure=False)


@pytest.mark.parametrize("host", NETWORK)
def test_a_network_is_refused_without_a_key(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ConfigError, match="no key is asked for") as caught:
        check_exposure(host, has_key=False, insecure=False)
    assert "--insecure" in (caught.value.hint or "")
    assert "`server.host`" in caught.value.message
    with pytest.raises(ConfigError, match=r"`server\.admin_host`"):
        check_exposure(host, has_key=False, insecure=False, setting="server.admin_host")


@pytest.mark.parametrize("host", NETWORK)
def test_a_network_is_fine_with_a_key_or_where_nobody_wants_one(host: str) -> None:
    check_exposure(host, has_key=True, insecure=False)
    check_exposure(host, has_key=False, insecure=True)
