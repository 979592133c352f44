"""The admin API answers those who may ask, and says what is wrong with the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from asgi_client import Reply, call
from headway.core.clock import SystemClock
from headway.dashboard.api.app import build_admin_app
from headway.dashboard.api.guard import MAX_BODY_BYTES
from headway.errors import ChangeRefusedError, PlanRefusedError
from headway.security.issuing import KeyIssuer
from headway.security.keys import ApiKey, KeyRing, Scope, hash_key
from headway.store.sqlalchemy.database import Database
from headway.store.sqlalchemy.keys import Keys
from unit.dashboard.api.administered import Administered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

API = "/api/v1"
KEYS = (
    ApiKey("boss", hash_key("boss"), (Scope.ADMIN,)),
    ApiKey("viewer", hash_key("viewer"), (Scope.READ,)),
    ApiKey("caller", hash_key("caller"), (Scope.PREDICT,)),
    ApiKey("part", hash_key("part"), (Scope.ADMIN, Scope.READ), models=("credit",)),
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Administered]:
    database = Database(f"sqlite:///{tmp_path}/headway.db")
    issuer = KeyIssuer(Keys(database), SystemClock())
    yield Administered(KeyRing((), is_open=True), issuer)
    database.close()


def ask(server: Administered, method: str, path: str, body: Any = None, **headers: str) -> Reply:
    given = {"host": "127.0.0.1:8002"} | (
        {} if body is None else {"content-type": "application/json"}
    )
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    app = build_admin_app(server, "127.0.0.1")
    path, _, query = path.partition("?")
    return call(app, method, path, body, headers=given, query=query)


def test_a_key_is_made_listed_and_revoked(server: Administered) -> None:
    made = ask(server, "POST", f"{API}/keys", {"name": "ci", "models": ["credit"], "rate_per_s": 5})
    assert made.status == 201
    key = made.json()["key"]
    assert made.headers["cache-control"] == "no-store"
    listed = ask(server, "GET", f"{API}/keys")
    assert listed.json()["keys"] == [{k: v for k, v in made.json().items() if k != "key"}]
    assert key not in listed.body.decode()
    assert hash_key(key) not in listed.body.decode()
    assert ask(server, "DELETE", f"{API}/keys/ci").json()["revoked_at"] is not None
    assert ask(server, "GET", f"{API}/keys").json() == {"keys": []}
    assert len(ask(server, "GET", f"{API}/keys?revoked=true").json()["keys"]) == 1
    assert server.n_refreshed == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/keys", {"name": "a b"}, 400, "input.malformed"),
        ("POST", "/keys", {"name": "x", "scope": ["admin"]}, 400, "input.malformed"),
        ("POST", "/keys", {"name": "x", "scopes": ["all"]}, 400, "input.malformed"),
        ("POST", "/keys", {"name": "x", "rate_per_s": -1}, 400, "input.malformed"),
        ("POST", "/keys", {"name": 1}, 400, "input.malformed"),
        ("POST", "/keys", [], 400, "input.malformed"),
        ("POST", "/keys", b"{", 400, "input.malformed"),
        ("POST", "/keys", b"\xff", 400, "input.malformed"),
        ("POST", "/keys", b"NaN", 400, "input.malformed"),
        ("DELETE", "/keys/nobody", None, 404, "auth.no_such_key"),
        ("DELETE", "/keys/a%2Fb", None, 404, "auth.no_such_key"),
        ("GET", "/nothing", None, 404, "http.not_found"),
        ("PATCH", "/plan", {}, 405, "http.method_not_allowed"),
        ("POST", "/status", {}, 405, "http.method_not_allowed"),
        ("PUT", "/plan", b"x" * (MAX_BODY_BYTES + 1), 413, "input.too_large"),
    ],
)
def test_a_mistake_is_a_problem_document(
    server: Administered, method: str, path: str, body: Any, status: int, code: str
) -> None:
    reply = ask(server, method, f"{API}{path}", body)
    assert (reply.status, reply.json()["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["request_id"] == reply.headers["x-request-id"]
    assert server.n_refreshed == 0


def test_every_method_that_is_allowed_is_named(server: Administered) -> None:
    assert ask(server, "PATCH", f"{API}/plan", {}).headers["allow"] == "GET, PUT"


def test_a_name_that_is_taken_is_a_conflict(server: Administered) -> None:
    assert ask(server, "POST", f"{API}/keys", {"name": "ci"}).status == 201
    assert ask(server, "POST", f"{API}/keys", {"name": "ci"}).status == 409


def test_a_database_that_is_silent_is_no_secret_but_its_place_is(server: Administered) -> None:
    server.is_silent = True
    reply = ask(server, "GET", f"{API}/keys")
    assert (reply.status, reply.json()["code"]) == (503, "store.unavailable")
    assert "/srv" not in reply.body.decode()


def test_a_plan_is_made_live_or_refused(server: Administered) -> None:
    assert ask(server, "PUT", f"{API}/plan", b'{"revision":2}').json() == {"revision": 2}
    assert server.proposed == [b'{"revision":2}']
    for refusal, status in ((ChangeRefusedError("old"), 409), (PlanRefusedError("bad"), 422)):
        server.refusal = refusal
        reply = ask(server, "PUT", f"{API}/plan", b"{}")
        assert (reply.status, reply.json()["detail"]) == (status, str(refusal))


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/status", {"boss", "viewer", "part"}),
        ("/plan", {"boss"}),
        ("/keys", {"boss"}),
    ],
)
def test_who_may_look(server: Administered, path: str, allowed: set[str]) -> None:
    server.ring = KeyRing(KEYS, is_open=False)
    found = {
        key.name for key in KEYS if ask(server, "GET", API + path, x_api_key=key.name).status == 200
    }
    assert found == allowed
    assert ask(server, "GET", API + path).status == 401
    assert ask(server, "GET", API + path, authorization="Bearer boss").status == 200
    assert ask(server, "GET", API + path, authorization="Basic boss").status == 401
    refused = ask(server, "GET", API + path, x_api_key="caller")
    assert (refused.status, refused.json()["code"]) == (403, "auth.forbidden")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/keys"), ("DELETE", "/keys/x"), ("PUT", "/plan")]
)
def test_who_may_change(server: Administered, method: str, path: str) -> None:
    server.ring = KeyRing(KEYS, is_open=False)
    for name in ("viewer", "caller", "part"):
        assert ask(server, method, API + path, {"name": "x"}, x_api_key=name).status == 403
    assert ask(server, method, API + path, {"name": "x"}).status == 401
    assert server.proposed == []
    assert server.known_issuer.records() == []


def test_status_tells_readers_less(server: Administered) -> None:
    server.ring = KeyRing(KEYS, is_open=False)
    seen = {
        name: ask(server, "GET", f"{API}/status", x_api_key=name).json()
        for name in ("boss", "viewer", "part")
    }
    assert [len(seen[name]["models"]) for name in seen] == [2, 2, 1]
    assert ["/srv" in seen[name]["refusal"] for name in seen] == [True, False, False]


def test_probes_need_no_key_and_no_name(server: Administered) -> None:
    server.ring = KeyRing(KEYS, is_open=False)
    for path in ("/healthz", "/readyz"):
        assert ask(server, "GET", path, host="10.0.0.7:8002").status == 200
    server.is_known = False
    assert ask(server, "GET", "/healthz").status == 200
    reply = ask(server, "GET", "/readyz")
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")


def test_what_goes_wrong_inside_is_not_told(server: Administered) -> None:
    server.refusal = RuntimeError("at /srv/secret")
    with pytest.raises(RuntimeError):  # the framework raises it on, for the log of the server
        ask(server, "PUT", f"{API}/plan", b"{}")


def test_the_document_describes_everything(server: Administered) -> None:
    document = ask(server, "GET", f"{API}/openapi.json").json()
    assert set(document["paths"]) == {
        *("/healthz", "/readyz"),
        *(f"{API}/status", f"{API}/plan", f"{API}/keys", f"{API}/keys/{{name}}"),
    }
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert all(operation["summary"] for operation in operations)
    assert set(document["components"]["securitySchemes"]) == {"HTTPBearer", "APIKeyHeader"}
