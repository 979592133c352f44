"""The admin API is asked, and what it answers is read or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headway.client.admin import AdminClient
from headway.errors import ChangeRefusedError, KeyNotFoundError, PlanRefusedError, ServerError
from scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS = {
    "url": "http://127.0.0.1:8000",
    "revision": 1,
    "asks_for_key": False,
    "database": "answers",
    "refusal": None,
    "models": [],
    "workers": [],
}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[AdminClient]:
    with AdminClient(server.url, "s3cret", 5) as client:
        yield client


def test_each_call_asks_for_what_it_names(server: ScriptedServer, client: AdminClient) -> None:
    server.answers = [
        (200, STATUS, {}),
        (200, {"keys": []}, {}),
        (200, {"keys": [1]}, {}),
        (201, {"key": "hw_x"}, {}),
        (200, {"name": "a/b"}, {}),
    ]
    assert client.status() == STATUS
    assert client.keys(revoked=False) == []
    assert client.keys(revoked=True) == [1]
    assert client.create_key("ci", ("read",), (), 2.5) == {"key": "hw_x"}
    assert client.revoke_key("a/b") == {"name": "a/b"}
    assert [(method, path) for method, path, _, _ in server.asked] == [
        ("GET", "/api/v1/status"),
        ("GET", "/api/v1/keys"),
        ("GET", "/api/v1/keys?revoked=true"),
        ("POST", "/api/v1/keys"),
        ("DELETE", "/api/v1/keys/a%2Fb"),
    ]
    assert server.asked[3][3] == {"name": "ci", "scopes": ["read"], "models": [], "rate_per_s": 2.5}
    assert {headers["authorization"] for _, _, headers, _ in server.asked} == {"Bearer s3cret"}


@pytest.mark.parametrize(
    "document", [[], {}, {key: value for key, value in STATUS.items() if key != "workers"}]
)
def test_what_no_server_of_ours_says_is_refused(
    server: ScriptedServer, client: AdminClient, document: Any
) -> None:
    server.answers = [(200, document, {})]
    with pytest.raises(ServerError, match="not one of a Headway server"):
        client.status()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, KeyNotFoundError), (409, ChangeRefusedError), (422, PlanRefusedError)],
)
def test_a_refusal_is_the_error_that_it_is_there(
    server: ScriptedServer, client: AdminClient, status: int, kind: type[Any]
) -> None:
    server.answers = [(status, {"code": kind.code, "detail": "why", "hint": "do"}, {})]
    with pytest.raises(kind, match="why") as caught:
        client.revoke_key("ci")
    assert caught.value.hint == "do"


def test_a_key_is_not_made_twice_because_an_answer_is_lost(
    server: ScriptedServer, client: AdminClient
) -> None:
    server.answers = [(502, {}, {}), (201, {"key": "x"}, {})]
    with pytest.raises(ServerError):
        client.create_key("ci", ("read",), (), 0)
    assert len(server.asked) == 1
