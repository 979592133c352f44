"""`headway serve` answers until it is told to stop, or says at once why it cannot."""

from __future__ import annotations

import json
import signal
import socket
import urllib.request
from typing import TYPE_CHECKING

import pytest

from headway.client import Client

if TYPE_CHECKING:
    from e2e.terminal import Terminal, Trained


def test_it_answers_as_the_model_does(server: str, trained: Trained) -> None:
    frame = trained.features.head(50)
    with Client(server) as client:
        assert client.health()
        assert client.ready()
        reply = client.predict("credit", frame, method="predict_proba")
        assert reply.prediction.tolist() == trained.model.predict(frame).tolist()
        assert reply.prediction.index.equals(frame.index)
        assert reply.probabilities["good"].to_numpy() == pytest.approx(
            trained.model.predict_proba(frame)[:, 1], abs=1e-12
        )
        assert len(set(reply.prediction_ids)) == 50


def test_models_and_schema_can_be_asked_of_it(server: str, terminal: Terminal, folder: str) -> None:
    (served,) = terminal.run("models", "ls", "--url", server, "--json").document
    assert served["name"] == "credit"
    assert "champion" in terminal.run("models", "ls", "--url", server).out
    shown = terminal.run("models", "show", "credit", "--url", server, "--json")
    assert shown.document["version"] == "1"
    here = terminal.run("schema", folder, "--json").document
    there = terminal.run("schema", "credit", "--url", server, "--json").document
    assert there["properties"] == here["properties"]


@pytest.mark.parametrize("path", ["docs", "openapi.json", "metrics"])
def test_its_pages_are_there(server: str, path: str) -> None:
    with urllib.request.urlopen(f"{server}/{path}") as response:
        assert response.status == 200
        assert response.read()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_it_is_told_to(
    terminal: Terminal, folder: str, stop: signal.Signals
) -> None:
    with terminal.serve(folder) as (url, process):
        with Client(url) as client:
            assert client.ready()
        process.send_signal(stop)
        assert process.wait(30) == 0
        with Client(url) as client:
            assert not client.health()


def test_a_key_is_asked_for_where_one_is_set(
    terminal: Terminal, trained: Trained, folder: str
) -> None:
    (row,) = trained.rows(1)
    (terminal.folder / "key").write_text("s3cret\n")
    key = str(terminal.folder / "key")
    with terminal.serve(folder, HEADWAY_SERVER__API_KEY_FILE=key) as (url, _):
        arguments = ("predict", "credit", "-", "--url", url, "--json")
        refused = terminal.run(*arguments, stdin=json.dumps(row))
        assert (refused.code, refused.problem["code"]) == (5, "auth.unauthenticated")
        wrong = terminal.run(*arguments, stdin=json.dumps(row), HEADWAY_CLIENT__KEY="other")
        assert wrong.code == 5
        right = terminal.run(*arguments, stdin=json.dumps(row), HEADWAY_CLIENT__KEY_FILE=key)
        assert right.code == 0, right.err
        with Client(url) as client:
            assert client.ready()


def test_settings_of_a_model_count(terminal: Terminal, trained: Trained, folder: str) -> None:
    (terminal.folder / "headway.toml").write_text(
        "[models.credit]\nmax_rows = 2\n[models.credit.constraints]\nage = { le = 60 }\n"
    )
    (row,) = trained.rows(1)
    with terminal.serve(folder) as (url, _):
        arguments = ("predict", "credit", "-", "--url", url, "--json")
        old = terminal.run(*arguments, stdin=json.dumps({**row, "age": 61}))
        assert (old.code, old.problem["violations"][0]["rule"]) == (3, "le")
        many = terminal.run(*arguments, stdin=json.dumps([{**row, "age": 60}] * 3))
        assert (many.code, many.problem["code"]) == (3, "input.too_large")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("credit@gone",), 4, "gone"),
        (("FOLDER", "--host", "0.0.0.0"), 2, "--insecure"),
    ],
)
def test_a_reason_has_its_exit_code(
    terminal: Terminal, folder: str, arguments: tuple[str, ...], code: int, word: str
) -> None:
    given = [folder if argument == "FOLDER" else argument for argument in arguments]
    result = terminal.run("serve", *given)
    assert result.code == code, result.err
    assert word in result.err
    assert result.out == ""
    assert "Traceback" not in result.err


def test_a_port_that_is_taken_is_named(terminal: Terminal, folder: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = terminal.run("serve", folder, "--port", port)
    assert result.code == 6, result.err
    assert port in result.err


def test_settings_that_loosen_the_contract_are_refused(terminal: Terminal, folder: str) -> None:
    (terminal.folder / "headway.toml").write_text(
        "[models.credit.constraints]\nage = { le = 500 }\n"
    )
    result = terminal.run("serve", folder)
    assert result.code == 3
    assert "looser" in result.err
