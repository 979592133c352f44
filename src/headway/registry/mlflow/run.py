"""The run of a registration: what a user of MLflow would log, and a status that tells the truth."""

from __future__ import annotations

import contextlib
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.artifacts import download_artifacts
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from headway.core.hashing import sha256_of_bytes
from headway.errors import BundleCorruptError
from headway.registry.mlflow.calls import NOT_FOUND
from headway.registry.mlflow.records import DIGEST_TAG, attachment_digests, version_tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlflow import MlflowClient
    from mlflow.entities import Run

    from headway.registry.port import ModelVersion, VersionRecord

BUNDLE_PATH = "model"

# Most that MLflow takes at once
_BATCH = 100
_ATTACHMENT = re.compile(r"[a-z]+/[0-9a-f]+\.json")


@contextlib.contextmanager
def finished_run(client: MlflowClient, experiment_id: str, record: VersionRecord) -> Iterator[Run]:
    """Start a run; it ends FINISHED, or FAILED where what is done within raises."""
    run = client.create_run(experiment_id, run_name=record.label or None)
    with failed_run(client, run):
        yield run
        client.set_terminated(run.info.run_id, "FINISHED")


@contextlib.contextmanager
def failed_run(client: MlflowClient, run: Run) -> Iterator[None]:
    """Mark a run FAILED where what is done within raises."""
    try:
        yield
    except BaseException:
        # The first error is the one to tell
        with contextlib.suppress(MlflowException, OSError):
            client.set_terminated(run.info.run_id, "FAILED")
        raise


def log_record(client: MlflowClient, run: Run, record: VersionRecord) -> None:
    """Log parameters, metrics and tags."""
    run_id, now = run.info.run_id, run.info.start_time
    params = [Param(name, str(value)) for name, value in record.params.items()]
    metrics = [Metric(name, value, now, 0) for name, value in record.metrics.items()]
    tags = [RunTag(name, value) for name, value in version_tags(record).items()]
    client.log_batch(run_id, metrics=metrics, tags=tags)
    for start in range(0, len(params), _BATCH):
        client.log_batch(run_id, params=params[start : start + _BATCH])


def log_files(
    client: MlflowClient, run: Run, folder: Path, attachments: Mapping[str, bytes]
) -> str:
    """Store the bundle and what goes beside it.

    Returns:
        URI of the stored bundle.
    """
    client.log_artifacts(run.info.run_id, str(folder), BUNDLE_PATH)
    if attachments:
        with tempfile.TemporaryDirectory() as scratch:
            for name, data in attachments.items():
                target = Path(scratch, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            client.log_artifacts(run.info.run_id, scratch)
    return f"{run.info.artifact_uri}/{BUNDLE_PATH}"


def params_of(client: MlflowClient, version: ModelVersion) -> dict[str, str]:
    """Return what the run of a version was given; nothing where the run is gone."""
    run = _run_of(client, version)
    return {} if run is None else dict(run.data.params)


def read_attachments(
    client: MlflowClient, version: ModelVersion, paths: Sequence[str], uri: str
) -> dict[str, bytes]:
    """Return the artifacts at `paths` that the run of a version has, as far as they are there.

    Raises:
        BundleCorruptError: One is not what was registered.
    """
    run = _run_of(client, version)
    digests = attachment_digests(version.tags)
    found: dict[str, bytes] = {}
    if run is None:
        return found
    for path in paths:
        folder = path.rpartition("/")[0]
        known = {item.path for item in client.list_artifacts(run.info.run_id, folder or None)}
        if path in known:
            with tempfile.TemporaryDirectory() as scratch:
                file = download_artifacts(
                    run_id=run.info.run_id, artifact_path=path, dst_path=scratch, tracking_uri=uri
                )
                found[path] = Path(file).read_bytes()
            if sha256_of_bytes(found[path]) != digests.get(path, sha256_of_bytes(found[path])):
                raise BundleCorruptError(
                    f"`{path}` of `{version.address}` is not what was registered",
                    hint="somebody has changed it in the registry: register the model again",
                )
    return found


def discard_run(client: MlflowClient, version: ModelVersion, uri: str) -> None:
    """Delete the rows that lie beside a release, and mark its run as deleted: `mlflow gc` frees the rest.

    A run of somebody else's, which the version was registered from, stays.
    """
    with contextlib.suppress(MlflowException):
        run = _run_of(client, version)
        if run is not None and run.data.tags.get(DIGEST_TAG) == version.digest:
            _delete_attachments(run, uri)
            client.delete_run(run.info.run_id)


def _delete_attachments(run: Run, uri: str) -> None:
    # a store that cannot delete leaves them to `mlflow gc`
    with contextlib.suppress(MlflowException, NotImplementedError, OSError):
        files = get_artifact_repository(run.info.artifact_uri, tracking_uri=uri)
        for path in attachment_digests(run.data.tags):
            if _ATTACHMENT.fullmatch(path):  # a tag can be edited by hand
                files.delete_artifacts(path)  # type: ignore[no-untyped-call]


def _run_of(client: MlflowClient, version: ModelVersion) -> Run | None:
    if version.run_id is None:
        return None
    try:
        return client.get_run(version.run_id)
    except MlflowException as error:
        if error.error_code != NOT_FOUND:
            raise
    return None
