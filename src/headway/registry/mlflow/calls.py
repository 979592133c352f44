"""How MLflow is called: quiet, without telemetry, without minutes of patience, in our errors.

MLflow takes such settings from the environment alone, and reads them at each call. They are set by
its own setters for the length of one call and put back, and never where the user has set one.
"""

from __future__ import annotations

import contextlib
import logging
import re
from typing import TYPE_CHECKING, Any

from mlflow.environment_variables import (
    MLFLOW_DISABLE_TELEMETRY,
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR,
    MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES,
    MLFLOW_HTTP_REQUEST_TIMEOUT,
)
from mlflow.exceptions import MlflowException
from mlflow.telemetry import set_telemetry_client
from typing_extensions import override

from headway.errors import HeadwayError, RegistryError, RegistryUnavailableError
from headway.registry.reason import first_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOT_FOUND = "RESOURCE_DOES_NOT_EXIST"
ALREADY_EXISTS = "RESOURCE_ALREADY_EXISTS"

_LOGGERS = ("mlflow", "alembic", None)  # None is the root
_QUIET: Mapping[Any, Any] = {
    MLFLOW_DISABLE_TELEMETRY: "true",
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: "false",
}
# A request that fails is tried again at once and after 2 seconds: MLflow's own way takes four minutes
_BOUNDED: Mapping[Any, Any] = {
    MLFLOW_HTTP_REQUEST_MAX_RETRIES: 2,
    MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: 1,
}
_PROBE: Mapping[Any, Any] = {MLFLOW_HTTP_REQUEST_MAX_RETRIES: 0, MLFLOW_HTTP_REQUEST_TIMEOUT: 5}

_UNAVAILABLE_CODES = frozenset({"TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"})
_UNREACHED = re.compile(r"API request to \S+ failed with (timeout )?exception")
_REASON = re.compile(
    r"\[Errno[^\]]*\] [^'\"()]+|Read timed out|Connection to \S+ timed out|too many \d+ error responses"
)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]+@")


@contextlib.contextmanager
def mlflow_call(uri: str, *, is_probe: bool = False) -> Iterator[None]:
    """Call MLflow within.

    Args:
        uri: Of the registry, for the message.
        is_probe: Whether the call only finds out if the registry is there: then it is tried once.

    Raises:
        RegistryUnavailableError: The registry did not answer.
        RegistryError: It refused.
    """
    with mlflow_quiet(), _environment({**_BOUNDED, **(_PROBE if is_probe else {})}):
        try:
            yield
        except HeadwayError:
            raise
        except MlflowException as error:
            raise _translated(error, uri) from error
        except OSError as error:
            raise RegistryUnavailableError(
                f"the registry {without_credentials(uri)} failed: {first_line(error)}"
            ) from error


@contextlib.contextmanager
def mlflow_quiet() -> Iterator[None]:
    """Keep MLflow's log lines and progress bars away within, and its telemetry for good."""
    with _environment(_QUIET), _quiet_handlers():
        # None, now that the environment says so
        set_telemetry_client()  # type: ignore[no-untyped-call]
        yield


def without_credentials(uri: str) -> str:
    """Return a URI without user name and password.

    Examples:
        >>> without_credentials("postgresql://me:secret@db/mlflow")
        'postgresql://db/mlflow'
    """
    return _CREDENTIALS.sub("", uri)


def _translated(error: MlflowException, uri: str) -> RegistryError:
    message = without_credentials(first_line(error.message or error))
    if error.error_code in _UNAVAILABLE_CODES or _UNREACHED.search(message):
        reason = _REASON.search(message)
        return RegistryUnavailableError(
            f"the registry {without_credentials(uri)} does not answer"
            f"{': ' + reason[0].strip() if reason else ''}",
            hint="start it, or see `[registry] uri` in the configuration",
        )
    if "out-of-date database schema" in message:
        return RegistryError(
            "the registry's database was made by another version of MLflow",
            hint=f"copy the file, then run: mlflow db upgrade {without_credentials(uri)}",
        )
    return RegistryError(f"the registry refused: {message.rstrip('.')}")


@contextlib.contextmanager
def _environment(settings: Mapping[Any, Any]) -> Iterator[None]:
    ours = [variable for variable in settings if not variable.is_set()]
    for variable in ours:
        variable.set(settings[variable])
    try:
        yield
    finally:
        for variable in ours:
            variable.unset()


class _Hush(logging.Filter):
    """Lets no line of MLflow's pass."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        return record.name.partition(".")[0] not in _LOGGERS


@contextlib.contextmanager
def _quiet_handlers() -> Iterator[None]:
    # A filter of one's own on each handler: levels that are put back would race between threads
    hush = _Hush()
    handlers = [handler for name in _LOGGERS for handler in logging.getLogger(name).handlers]
    for handler in handlers:
        handler.addFilter(hush)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(hush)
