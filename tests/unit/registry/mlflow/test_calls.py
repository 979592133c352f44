from __future__ import annotations

import io
import logging
import os

import pytest
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, TEMPORARILY_UNAVAILABLE
from mlflow.telemetry import get_telemetry_client

from headway.errors import ModelNotFoundError, RegistryError, RegistryUnavailableError
from headway.registry.mlflow.calls import mlflow_call, mlflow_quiet, without_credentials

URI = "http://me:secret@mlflow.example.com"


@pytest.fixture(autouse=True)
def no_telemetry() -> None:
    """The first call takes away what the import of MLflow has set."""
    with mlflow_quiet():
        pass


def fail(error: BaseException, **options: bool) -> None:
    with mlflow_call(URI, **options):
        raise error


def test_settings_hold_within_and_are_put_back() -> None:
    before = dict(os.environ)
    with mlflow_call(URI):
        assert MLFLOW_HTTP_REQUEST_MAX_RETRIES.get() == 2
        assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert dict(os.environ) == before


def test_settings_are_put_back_after_an_error() -> None:
    before = dict(os.environ)
    with pytest.raises(RegistryError):
        fail(MlflowException("no"))
    assert dict(os.environ) == before


def test_a_probe_is_tried_once() -> None:
    with mlflow_call(URI, is_probe=True):
        assert MLFLOW_HTTP_REQUEST_MAX_RETRIES.get() == 0


def test_what_the_user_has_set_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "5")
    with mlflow_call(URI, is_probe=True):
        assert MLFLOW_HTTP_REQUEST_MAX_RETRIES.get() == 5
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "5"


def test_a_call_within_a_call_takes_nothing_away() -> None:
    with mlflow_call(URI):
        with mlflow_quiet():
            pass
        assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What handlers of MLflow's logger and of the root write."""
    stream = io.StringIO()
    for name in ("mlflow", "alembic", None):
        handler = logging.StreamHandler(stream)
        monkeypatch.setattr(logging.getLogger(name), "handlers", [handler])
    return stream


def log_everywhere() -> None:
    logging.getLogger("mlflow.store.db.utils").error("creating tables")
    logging.getLogger("alembic.runtime.migration").error("upgrade")
    logging.getLogger("mlflowers").error("another library")
    logging.getLogger("mine").error("mine")


def test_log_lines_stay_away_within_only(lines: io.StringIO) -> None:
    with mlflow_quiet():
        log_everywhere()
    assert lines.getvalue() == "another library\nmine\n"
    log_everywhere()
    assert "creating tables" in lines.getvalue()
    assert "upgrade" in lines.getvalue()


def test_calls_that_overlap_leave_the_loggers_as_they_were(lines: io.StringIO) -> None:
    first, second = mlflow_quiet(), mlflow_quiet()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    logging.getLogger("mlflow.x").error("hidden")
    second.__exit__(None, None, None)
    logging.getLogger("mlflow.x").error("shown")
    assert "hidden" not in lines.getvalue()
    assert "shown" in lines.getvalue()


def test_telemetry_is_off_for_good() -> None:
    assert get_telemetry_client() is None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            MlflowException(
                "API request to http://h/api failed with exception HTTPConnectionPool(host='h', "
                "port=1): Max retries exceeded with url: /api (Caused by NewConnectionError("
                "\"HTTPConnection(host='h', port=1): [Errno 111] Connection refused\"))"
            ),
            r": \[Errno 111\] Connection refused$",
        ),
        (
            MlflowException(
                "API request to http://h/api failed with exception HTTPConnectionPool: "
                "ResponseError('too many 503 error responses')"
            ),
            ": too many 503 error responses$",
        ),
        (
            MlflowException(
                "API request to http://h failed with timeout exception Read timed out."
            ),
            ": Read timed out$",
        ),
        (MlflowException("database is locked", error_code=TEMPORARILY_UNAVAILABLE), "answer$"),
    ],
)
def test_a_registry_that_does_not_answer(error: MlflowException, reason: str) -> None:
    with pytest.raises(RegistryUnavailableError, match=reason) as caught:
        fail(error)
    assert "does not answer" in caught.value.message
    assert "secret" not in caught.value.message


def test_a_socket_that_breaks_is_unavailable() -> None:
    with pytest.raises(RegistryUnavailableError, match="broken pipe"):
        fail(OSError("broken pipe"))


def test_a_refusal_is_told_in_one_line_without_credentials() -> None:
    message = "Invalid tag, see http://you:hidden@host/x.\nTraceback: lots"
    with pytest.raises(RegistryError) as caught:
        fail(MlflowException(message, error_code=INVALID_PARAMETER_VALUE))
    assert not isinstance(caught.value, RegistryUnavailableError)
    assert caught.value.message == "the registry refused: Invalid tag, see http://host/x"


def test_an_old_schema_says_how_to_upgrade() -> None:
    message = "Detected out-of-date database schema (found version a, but expected b)."
    with pytest.raises(RegistryError) as caught:
        fail(MlflowException(message))
    assert "mlflow db upgrade" in str(caught.value.hint)


@pytest.mark.parametrize("error", [ModelNotFoundError("no"), ValueError("a bug")])
def test_our_own_errors_and_bugs_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        fail(error)
    assert caught.value is error


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("http://a:b@host:5000/x", "http://host:5000/x"),
        ("postgresql+psycopg://me@db/mlflow", "postgresql+psycopg://db/mlflow"),
        ("sqlite:////home/me@work/r.db", "sqlite:////home/me@work/r.db"),
        ("http://host/a@b", "http://host/a@b"),
    ],
)
def test_credentials_are_not_shown(uri: str, shown: str) -> None:
    assert without_credentials(uri) == shown
