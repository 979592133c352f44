"""`MlflowRegistry`: the port `ModelRegistry` over MLflow's client.

Invariant: MLflow's own tracking URI and active run are never touched, since the process shares them:
every call names its URI. Nothing is ever written to the current folder.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException

from headway.contract.text import listed
from headway.core.names import nearest_name
from headway.errors import AliasNotFoundError, ConfigError, ModelNotFoundError, RegistryError
from headway.registry.address import (
    CHAMPION,
    AliasAddress,
    VersionAddress,
    check_alias,
    check_name,
)
from headway.registry.lock import exclusive
from headway.registry.mlflow.calls import ALREADY_EXISTS, NOT_FOUND, mlflow_call
from headway.registry.mlflow.records import (
    free_tags,
    is_release,
    new_version,
    to_summary,
    to_version,
    version_tags,
)
from headway.registry.mlflow.run import (
    discard_run,
    failed_run,
    finished_run,
    log_files,
    log_record,
    params_of,
    read_attachments,
)
from headway.registry.port import VersionRecord
from headway.registry.sqlalchemy import check_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlflow.entities.model_registry import RegisteredModel

    from headway.registry.address import ModelAddress, RunAddress
    from headway.registry.port import ModelSummary, ModelVersion

_SQLITE = "sqlite:///"
_SERVERS = ("http://", "https://", "databricks")
_PAGE = 200


class MlflowRegistry:
    """Versions of models in MLflow.

    Nothing is connected before the first call.

    Args:
        uri: `sqlite:///FILE` (made when it does not exist, with no server to start), another
            database, or an MLflow server.
        artifacts: Where a registry without a server keeps files: a folder or an `s3://...`; `None`
            for `artifacts` beside the SQLite file. A server decides for itself.

    Raises:
        ConfigError: The URI is none, or a database other than SQLite came without `artifacts`.
    """

    def __init__(self, uri: str, artifacts: str | None = None) -> None:
        if "://" not in uri and not uri.startswith(_SERVERS):
            # what has an `@` may hold a password
            shown = "`[registry] uri`" if "@" in uri else f"`{uri}`"
            raise ConfigError(
                f"{shown} is not the URI of a registry",
                hint="allowed: sqlite:///FILE, postgresql+psycopg://..., http(s)://...",
            )
        self._uri = uri
        self._client: MlflowClient | None = None
        self._lock = Path(uri.removeprefix(_SQLITE) + ".lock") if uri.startswith(_SQLITE) else None
        if uri.startswith(_SERVERS):
            self._artifacts = None
        elif artifacts is not None:
            self._artifacts = artifacts.rstrip("/")
        elif self._lock is not None:
            self._artifacts = str(self._lock.absolute().parent / "artifacts")
        else:
            raise ConfigError(
                "a registry in a database needs a place for its files",
                hint='set `artifacts` in `[registry]`, for example "s3://bucket/models"',
            )

    @property
    def uri(self) -> str:
        return self._uri

    def models(self) -> list[ModelSummary]:
        with self._reading() as client:
            found: list[RegisteredModel] = []
            token: str | None = None
            while token is None or token:
                page = client.search_registered_models(max_results=_PAGE, page_token=token)
                found += page
                token = page.token or ""
        return sorted(map(to_summary, found), key=lambda model: model.name)

    def versions(self, name: str) -> list[ModelVersion]:
        with self._reading() as client:
            model = self._model(client, name)
            found: list[ModelVersion] = []
            token: str | None = None
            while token is None or token:
                page = client.search_model_versions(
                    _of_model(name), max_results=_PAGE, page_token=token
                )
                found += [to_version(entity, model) for entity in page]
                token = page.token or ""
        return sorted(found, key=lambda version: -int(version.version))

    def get(self, address: ModelAddress) -> ModelVersion:
        with self._reading() as client:
            model = self._model(client, address.name)
            if isinstance(address, AliasAddress):
                version = model.aliases.get(address.alias)
                if version is None:
                    raise _no_alias(model, address.alias)
            else:
                version = address.version
            try:
                return to_version(client.get_model_version(model.name, str(version)), model)
            except MlflowException as error:
                if error.error_code != NOT_FOUND:
                    raise
        raise self._no_version(address.name, str(version))

    def download(self, version: ModelVersion, folder: Path) -> Path:
        with self._reading() as client:
            uri = client.get_model_version_download_uri(version.name, version.version)
            if uri.startswith("models:/"):
                uri = client.get_logged_model(uri.removeprefix("models:/")).artifact_location
            try:
                return self._download(uri, folder)
            except (MlflowException, OSError) as error:
                if not self._is_missing(error):
                    raise
                raise RegistryError(
                    f"the registry has no files for `{version.address}`",
                    hint="they were deleted or moved: register the model again",
                ) from error

    def download_run(self, address: RunAddress, folder: Path) -> Path:
        with self._reading() as client:
            try:
                return self._download(_uri_of_run(client, address), folder)
            except (MlflowException, OSError) as error:
                if not self._is_missing(error):
                    raise
                raise ModelNotFoundError(
                    f"no run `{address.run_id}` with a model at `{address.path}`"
                ) from error

    def register(self, folder: Path, name: str, record: VersionRecord) -> ModelVersion:
        check_name(name)
        if record.alias is not None:
            check_alias(record.alias)
        with self._writing() as client:
            experiment_id = self._experiment_id(client, name)
            with finished_run(client, experiment_id, record) as run:
                log_record(client, run, record)
                source = log_files(client, run, folder, record.attachments)
            # The run has ended: from the moment that there is a version, nothing can fail any more
            with failed_run(client, run):
                return _create_version(client, name, source, run.info.run_id, record)

    def set_alias(self, name: str, alias: str, version: str) -> None:
        check_alias(alias)
        known = self.get(VersionAddress(name, version))
        with self._writing() as client:
            client.set_registered_model_alias(known.name, alias, known.version)

    def record(self, version: ModelVersion, paths: Sequence[str] = ()) -> VersionRecord:
        if version.digest is None or version.form is None:
            raise RegistryError(f"`{version.address}` is a plain MLflow model and no release")
        with self._reading() as client:
            return VersionRecord(
                digest=version.digest,
                form=version.form,
                label=version.label,
                params=params_of(client, version),
                metrics=version.metrics,
                tags=free_tags(version.tags),
                attachments=read_attachments(client, version, paths, self._uri),
            )

    def tag(self, version: ModelVersion, changes: Mapping[str, str | None]) -> ModelVersion:
        with self._writing() as client:
            for name, value in changes.items():
                if value is not None:
                    client.set_model_version_tag(version.name, version.version, name, value)
                elif name in version.tags:
                    client.delete_model_version_tag(version.name, version.version, name)
        return self.get(VersionAddress(version.name, version.version))

    def remove(self, version: ModelVersion) -> None:
        known = self.get(VersionAddress(version.name, version.version))
        with self._writing() as client:
            client.delete_model_version(known.name, known.version)
            discard_run(client, known, self._uri)

    def remove_model(self, name: str) -> None:
        known = self.versions(name)
        with self._writing() as client:
            client.delete_registered_model(name)
            for version in known:
                discard_run(client, version, self._uri)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[MlflowClient]:
        if self._client is None:
            with self._locked():  # the first one to come makes the tables
                self._client = self._connect()
        with mlflow_call(self._uri):
            yield self._client

    @contextlib.contextmanager
    def _writing(self) -> Iterator[MlflowClient]:
        # Writers of one SQLite file wait for each other here: SQLite's own way is to fail
        with self._reading() as client, self._locked():
            yield client

    def _connect(self) -> MlflowClient:
        if not self._uri.startswith(_SERVERS):
            check_database(self._uri)
        with mlflow_call(self._uri, is_probe=True):
            client = MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)
            client.search_registered_models(max_results=1)
        return client

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext() if self._lock is None else exclusive(self._lock)

    def _model(self, client: MlflowClient, name: str) -> RegisteredModel:
        try:
            return client.get_registered_model(name)
        except MlflowException as error:
            if error.error_code != NOT_FOUND:
                raise
        raise _no_model(name, [model.name for model in self.models()])

    def _no_version(self, name: str, version: str) -> ModelNotFoundError:
        known = [known.version for known in self.versions(name)]
        return ModelNotFoundError(
            f"`{name}` has no version {version}",
            hint=f"it has {listed(known)}" if known else "it has none",
        )

    def _experiment_id(self, client: MlflowClient, name: str) -> str:
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            location = None if self._artifacts is None else f"{self._artifacts}/{name}"
            try:
                return client.create_experiment(name, artifact_location=location)
            except MlflowException as error:
                if error.error_code != ALREADY_EXISTS:
                    raise
            return self._experiment_id(client, name)
        if experiment.lifecycle_stage == "deleted":
            client.restore_experiment(experiment.experiment_id)
        return str(experiment.experiment_id)

    def _is_missing(self, error: Exception) -> bool:
        # A server that fails may be away: that is told as it is
        return self._artifacts is not None or getattr(error, "error_code", None) == NOT_FOUND

    def _download(self, uri: str, folder: Path) -> Path:
        return Path(
            download_artifacts(
                artifact_uri=uri,
                dst_path=str(folder),
                tracking_uri=self._uri,
                registry_uri=self._uri,
            )
        )


def _of_model(name: str) -> str:
    """Return MLflow's filter for the versions of one model."""
    quote = '"' if "'" in name else "'"
    return f"name = {quote}{name}{quote}"


def _create_version(
    client: MlflowClient, name: str, source: str, run_id: str, record: VersionRecord
) -> ModelVersion:
    with contextlib.suppress(MlflowException):  # it is there already, or the next call says why not
        client.create_registered_model(name)
    aliases = {record.alias} if record.alias else set()
    if _needs_champion(client, name):
        aliases.add(CHAMPION)
    created = client.create_model_version(name, source, run_id=run_id, tags=version_tags(record))
    version = str(created.version)
    if version == "1":  # of two first ones at once, only one has this number
        aliases.add(CHAMPION)
    try:
        for alias in sorted(aliases):
            client.set_registered_model_alias(name, alias, version)
    except BaseException:
        client.delete_model_version(name, version)
        raise
    return new_version(created, aliases, record)


def _needs_champion(client: MlflowClient, name: str) -> bool:
    """Whether nothing that could be served is registered under a name that nobody made a champion of."""
    if CHAMPION in client.get_registered_model(name).aliases:
        return False
    versions = client.search_model_versions(_of_model(name), max_results=_PAGE)
    return not any(is_release(version.tags) for version in versions)


def _uri_of_run(client: MlflowClient, address: RunAddress) -> str:
    """Return where a run's model lies: among its artifacts, or as a logged model of MLflow 3."""
    run = client.get_run(address.run_id)
    name, _, rest = address.path.partition("/")
    for output in getattr(run.outputs, "model_outputs", None) or ():
        model = client.get_logged_model(output.model_id)
        if model.name == name:
            return f"{model.artifact_location}/{rest}".rstrip("/")
    return f"{run.info.artifact_uri}/{address.path}"


def _no_model(name: str, known: list[str]) -> ModelNotFoundError:
    nearest = nearest_name(name, known)
    if nearest is not None:
        hint = f"did you mean `{nearest}`?"
    elif known:
        hint = f"there are {listed(known)}"
    else:
        hint = "the registry is empty: register a model first"
    return ModelNotFoundError(f"no model `{name}` in the registry", hint=hint)


def _no_alias(model: RegisteredModel, alias: str) -> AliasNotFoundError:
    known = sorted(model.aliases)
    nearest = nearest_name(alias, known)
    if nearest is not None:
        hint = f"did you mean `{model.name}@{nearest}`?"
    elif known:
        hint = f"it has {listed(known)}"
    elif (latest := to_summary(model).latest_version) is not None:
        hint = f"it has none: name a version, as in `{model.name}:{latest}`"
    else:
        hint = "it has no version either: register one"
    return AliasNotFoundError(f"`{model.name}` has no alias `{alias}`", hint=hint)
