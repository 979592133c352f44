from __future__ import annotations

import socket

import pytest

from headway.errors import ServerError
from headway.supervisor.listener import bind_listener, listener_url


def test_port_0_takes_a_free_one_that_answers() -> None:
    with bind_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert listener_url(listener) == f"http://127.0.0.1:{port}"
        socket.create_connection(("127.0.0.1", port)).close()


def test_a_taken_port_is_said_with_what_to_do() -> None:
    with bind_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ServerError, match=f"port {port} on `127.0.0.1` is taken") as caught:
            bind_listener("127.0.0.1", port)
        assert "--port" in (caught.value.hint or "")


@pytest.mark.parametrize("host", ["nowhere.invalid", "999.1.1.1", "203.0.113.7"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(ServerError, match=host):
        bind_listener(host, 0)


@pytest.mark.parametrize("host", ["0.0.0.0", ""])
def test_all_addresses_are_shown_as_the_one_that_works_here(host: str) -> None:
    with bind_listener(host, 0) as listener:
        url = listener_url(listener)
    assert url.startswith(("http://127.0.0.1:", "http://[::1]:"))


def test_ipv6_is_shown_in_brackets() -> None:
    with bind_listener("::1", 0) as listener:
        assert listener_url(listener).startswith("http://[::1]:")
