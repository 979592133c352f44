"""A real controller over a real database, between a played supervisor and whoever asks the admin API."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

import headway
import headway.api
from asgi_client import call
from crafted import ROW, write_crafted_bundle
from headway.api.administration import controller_settings
from headway.cli.main import main
from headway.config.load import load_settings
from headway.controller.settings import ControllerSettings, ControllerTls
from headway.core.clock import SystemClock
from headway.errors import ConfigError
from headway.security.issuing import KeyIssuer
from headway.security.keys import ApiKey, Scope, hash_key
from headway.serving.control import AdminReady, Outcome, Propose, SetKeys
from headway.store.sqlalchemy.database import Database
from headway.store.sqlalchemy.keys import Keys
from running import wait_until
from supervised import PLAN, PlayedSupervisor, administered, status_of, supervised

if TYPE_CHECKING:
    from collections.abc import Iterator

BOSS = "the-key-of-the-settings"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def supervisor(home: Path) -> Iterator[PlayedSupervisor]:
    settings = ControllerSettings(
        store_url=f"sqlite:///{home}/headway.db",
        port=0,
        poll_interval_s=0.05,
        keys=(ApiKey("settings", hash_key(BOSS), tuple(Scope)),),
    )
    with administered(settings, home / "log") as supervisor:
        assert supervisor.hear(SetKeys) == SetKeys((), asks_for_key=False)
        yield supervisor


@pytest.fixture
def issuer(home: Path) -> Iterator[KeyIssuer]:
    database = Database(f"sqlite:///{home}/headway.db")
    yield KeyIssuer(Keys(database), SystemClock())
    database.close()


def test_status_tells_what_the_supervisor_said(supervisor: PlayedSupervisor) -> None:
    code, document = supervisor.ask("GET", "/status", key=BOSS)
    assert (code, document["revision"], document["database"]) == (200, 1, "answers")
    assert document["models"][0]["versions"] == [
        {"version": "3", "digest": "a" * 64, "role": "champion", "weight_bp": 10_000}
    ]
    assert document["workers"][0]["pid"] == 77
    assert "/srv" not in json.dumps(document)
    assert supervisor.ask("GET", "/status")[0] == 401


def test_a_key_that_is_made_elsewhere_reaches_the_workers(
    supervisor: PlayedSupervisor, issuer: KeyIssuer
) -> None:
    record, key = issuer.create("elsewhere", ["admin"])
    keys = supervisor.hear(SetKeys)
    assert keys.asks_for_key
    assert [(found.name, found.digest) for found in keys.keys] == [("elsewhere", record.digest)]
    assert supervisor.ask("GET", "/plan", key=key)[0] == 200
    issuer.revoke("elsewhere")
    assert supervisor.hear(SetKeys) == SetKeys((), asks_for_key=True)
    assert supervisor.ask("GET", "/plan", key=key)[0] == 401


def test_the_commands_ask_it(
    supervisor: PlayedSupervisor,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HEADWAY_CLIENT__KEY", BOSS)
    url = ["--url", supervisor.url]
    assert main(["keys", "create", "web", "--scope", "read", "--model", "credit", *url]) == 0
    captured = capsys.readouterr()
    key = captured.out.strip()
    assert key.startswith("hw_")
    assert f"undo: headway keys revoke web --url {supervisor.url}" in captured.err
    assert supervisor.hear(SetKeys).keys[0].digest == hash_key(key)
    assert main(["keys", "ls", *url]) == 0
    assert "web" in capsys.readouterr().out
    assert main(["keys", "revoke", "web", "--dry-run", *url]) == 0
    assert main(["keys", "revoke", "web", *url]) == 0
    assert main(["keys", "revoke", "web", *url]) == 4
    assert main(["keys", "revoke", "web", "--dry-run", *url]) == 4
    assert main(["keys", "create", "a b", *url]) == 2
    assert supervisor.hear(SetKeys).keys == ()
    capsys.readouterr()
    assert main(["status", *url]) == 0
    told = capsys.readouterr().out
    assert "credit" in told
    assert "100 %" in told
    monkeypatch.setenv("HEADWAY_CLIENT__KEY", "wrong")
    assert main(["status", *url]) == 5


def propose(supervisor: PlayedSupervisor, plan: object, outcome: dict[str, object]) -> object:
    """Send a plan, and let the played supervisor say what becomes of it."""
    answers: list[object] = []
    sending = threading.Thread(
        target=lambda: answers.append(
            supervisor.ask("PUT", "/plan", msgspec.to_builtins(plan), BOSS)
        )
    )
    sending.start()
    proposal = supervisor.hear(Propose)
    assert proposal.plan == plan
    supervisor.say(Outcome("of somebody else", 9))
    supervisor.say(Outcome(proposal.proposal_id, **outcome))  # type: ignore[arg-type]
    sending.join()
    return answers[0]


def test_a_plan_becomes_live_or_the_reason_is_told(supervisor: PlayedSupervisor) -> None:
    second = msgspec.structs.replace(PLAN, revision=2)
    refusal = {"revision": 1, "code": "bundle.corrupt", "message": "a file is damaged"}
    code, document = propose(supervisor, second, refusal)  # type: ignore[misc]
    assert (code, document["code"], document["detail"]) == (
        422,
        "plan.refused",
        "a file is damaged",
    )
    late = {"revision": 3, "code": "change.refused", "message": "3 is live"}
    assert propose(supervisor, second, late)[0] == 409  # type: ignore[index]
    assert propose(supervisor, second, {"revision": 2}) == (200, {"revision": 2})
    supervisor.say(status_of(second))
    wait_until(lambda: supervisor.ask("GET", "/plan", key=BOSS)[1]["revision"] == 2)
    assert supervisor.ask("PUT", "/plan", msgspec.to_builtins(second), BOSS)[0] == 409
    supervisor.say(status_of(PLAN))


def test_a_database_that_breaks_is_told_once_and_keys_stay_valid(
    supervisor: PlayedSupervisor, home: Path, issuer: KeyIssuer
) -> None:
    _, key = issuer.create("kept", ["admin"])
    supervisor.hear(SetKeys)
    file, away = home / "headway.db", home / "away.db"
    log = home / "log"
    file.rename(away)
    wait_until(lambda: "stay valid" in log.read_text())
    assert supervisor.ask("GET", "/status", key=key)[1]["database"] == "silent"
    assert supervisor.ask("GET", "/keys", key=key)[0] == 503
    assert not file.exists()
    away.rename(file)
    wait_until(lambda: "answers again" in log.read_text())
    assert log.read_text().count("stay valid") == 1
    issuer.revoke("kept")
    assert supervisor.hear(SetKeys).keys == ()


def test_it_ends_when_it_is_told_to_and_starts_without_its_database(tmp_path: Path) -> None:
    settings = ControllerSettings(
        store_url="postgresql+psycopg://me:s3cret@127.0.0.1:9/x", port=0, poll_interval_s=0.05
    )
    key = ApiKey("known", hash_key("known"), (Scope.READ,))
    plan = msgspec.structs.replace(PLAN, keys=(key,), asks_for_key=True)
    with supervised(settings, tmp_path / "log") as supervisor:
        supervisor.say(status_of(plan))
        supervisor.url = supervisor.hear(AdminReady).url
        wait_until(lambda: supervisor.ask("GET", "/status", key="known")[0] == 200)
        assert supervisor.ask("GET", "/status")[0] == 401
        arguments = Path(f"/proc/{supervisor.process.pid}/cmdline").read_bytes()
        assert b"s3cret" not in arguments
        wait_until(lambda: "does not answer" in (tmp_path / "log").read_text())
        assert "s3cret" not in (tmp_path / "log").read_text()
        supervisor.process.send_signal(signal.SIGTERM)
        assert supervisor.process.wait(20) == 0


def test_a_server_asks_for_a_key_as_soon_as_there_ever_was_one(tmp_path: Path) -> None:
    folder = str(write_crafted_bundle(tmp_path / "credit").path)

    def status(key: str | None) -> int:
        app = headway.app(folder)
        headers = {"content-type": "application/json"} | ({"x-api-key": key} if key else {})
        try:
            return call(app, "POST", "/predict", ROW, headers=headers).status
        finally:
            app.close()

    assert status(None) == 200
    # a look makes no database
    assert not (tmp_path / "home/headway.db").exists()
    _, key = headway.api.create_key("ci", models=["credit"])
    assert [status(None), status("wrong"), status(key)] == [401, 401, 200]
    headway.api.revoke_key("ci")
    assert [status(None), status(key)] == [401, 401]


def test_how_the_controller_of_a_server_runs(tmp_path: Path) -> None:
    def made(insecure: bool = False, **sections: dict[str, object]) -> ControllerSettings | None:
        return controller_settings(load_settings(sections), insecure=insecure)

    plain = made()
    assert plain is not None
    assert (plain.host, plain.port, plain.keys, plain.tls) == ("127.0.0.1", 8002, (), None)
    assert plain.store_url == f"sqlite:///{tmp_path}/home/headway.db"
    assert made(server={"admin": False}) is None
    network: dict[str, object] = {"admin_host": "0.0.0.0"}
    with pytest.raises(ConfigError, match="no key is asked for"):
        made(server=network)
    assert made(insecure=True, server=network) is not None
    headway.api.create_key("reader")
    with pytest.raises(ConfigError, match="no key is asked for"):
        made(server=network)
    headway.api.create_key("boss", scopes=["admin"])
    secured = made(server=network, tls={"cert_file": "/c.pem", "key_password": "x"})
    assert secured is not None
    assert secured.tls == ControllerTls("/c.pem", None, "x")
    known = made(server={"api_key": "k"}, tls={"cert_file": "/c.pem"})
    assert known is not None
    assert [key.name for key in known.keys] == ["settings"]
    assert known.tls is None
