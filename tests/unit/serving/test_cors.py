from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from asgi_client import call
from headway.errors import ConfigError
from headway.serving.asgi import send_reply
from headway.serving.cors import Cors

if TYPE_CHECKING:
    from asgi_client import Reply
    from headway.serving.asgi import Receive, Scope, Send

PAGE = "https://app.example.org"
ALLOWED = "access-control-allow-origin"


async def app(scope: Scope, _receive: Receive, send: Send) -> None:
    status = 405 if scope["method"] == "OPTIONS" else 422
    await send_reply(send, status, b"text/plain", b"inside", ((b"retry-after", b"1"),))


def ask(origins: list[str], method: str = "POST", **headers: str) -> Reply:
    named: dict[str, Any] = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(Cors(origins).before(app), method, "/predict", headers=named)


def preflight(origins: list[str], origin: str) -> Reply:
    return ask(
        origins,
        "OPTIONS",
        origin=origin,
        access_control_request_method="POST",
        access_control_request_headers="authorization,content-type",
    )


def test_a_script_of_an_allowed_page_may_read_replies_and_refusals() -> None:
    reply = ask([PAGE], origin=PAGE)
    assert (reply.status, reply.body) == (422, b"inside")
    assert reply.headers[ALLOWED] == PAGE
    assert reply.headers["vary"] == "Origin"
    assert "X-Request-ID" in reply.headers["access-control-expose-headers"]


def test_a_preflight_is_answered_without_a_key_and_without_the_app() -> None:
    reply = preflight([PAGE, "https://b.org"], PAGE)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers[ALLOWED] == PAGE
    assert reply.headers["vary"] == "Origin"
    assert "POST" in reply.headers["access-control-allow-methods"]
    for name in ("Authorization", "Content-Type", "X-API-Key"):
        assert name in reply.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.org",
        "http://app.example.org",
        f"{PAGE}:444",
        f"{PAGE}.evil.org",
        "null",
        PAGE.upper(),
        f"{PAGE}/",
        "https://x.app.example.org",
        "",
    ],
)
def test_no_other_page_may(origin: str) -> None:
    for reply in (ask([PAGE], origin=origin), preflight([PAGE], origin)):
        assert ALLOWED not in reply.headers
        assert reply.headers["vary"] == "Origin"
    assert preflight([PAGE], origin).status == 405


def test_a_request_of_no_page_is_as_ever() -> None:
    reply = ask([PAGE])
    assert ALLOWED not in reply.headers
    assert ask([PAGE], "OPTIONS").status == 405
    assert ask([PAGE], "OPTIONS", origin=PAGE).status == 405, "no preflight"


@pytest.mark.parametrize("origins", [["*"], [PAGE]])
def test_credentials_of_the_browser_are_never_allowed(origins: list[str]) -> None:
    for reply in (ask(origins, origin=PAGE), preflight(origins, PAGE)):
        assert reply.headers[ALLOWED] == origins[0]
        assert not [name for name in reply.headers if "credentials" in name]


@pytest.mark.parametrize(
    "origin",
    [
        "app.example.org",
        f"{PAGE}/",
        "https://*.example.org",
        "null",
        "",
        "*",
        "HTTPS://A.ORG",
        "ftp://a.org",
    ],
)
def test_what_is_no_origin_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(ConfigError, match=r"server\.cors_origins"):
        Cors([PAGE, origin])


def test_an_origin_may_have_a_port_or_be_an_address() -> None:
    for origin in ("http://localhost:3000", "https://[::1]:8443", "http://10.0.0.1"):
        assert ask([origin], origin=origin).headers[ALLOWED] == origin
