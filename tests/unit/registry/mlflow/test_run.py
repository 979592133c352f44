from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from headway.registry.mlflow.run import finished_run, log_files, log_record
from headway.registry.port import VersionRecord
from registries import embedded_registry

if TYPE_CHECKING:
    from pathlib import Path

RECORD = VersionRecord(
    digest="ab12",
    form="lowered",
    label="v2.1",
    params={"C": 1.0, "solver": "lbfgs", **{f"p{i}": i for i in range(250)}},
    metrics={"accuracy": 0.75, "r2": -3.5},
    tags={"team": "risk"},
    attachments={"evaluation/ab12.json": b"{}", "notes.txt": b"hello"},
)


@pytest.fixture
def client(tmp_path: Path) -> MlflowClient:
    uri = embedded_registry(tmp_path / "home").uri
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


@pytest.fixture
def experiment_id(client: MlflowClient, tmp_path: Path) -> str:
    return client.create_experiment("credit", artifact_location=str(tmp_path / "artifacts"))


def test_a_run_holds_what_a_user_would_log(client: MlflowClient, experiment_id: str) -> None:
    with finished_run(client, experiment_id, RECORD) as run:
        log_record(client, run, RECORD)
    logged = client.get_run(run.info.run_id)
    assert logged.info.status == "FINISHED"
    assert logged.info.run_name == "v2.1"
    assert logged.data.params == {name: str(value) for name, value in RECORD.params.items()}
    assert logged.data.metrics == dict(RECORD.metrics)
    assert logged.data.tags["team"] == "risk"
    assert logged.data.tags["headway.digest"] == "ab12"


def test_files_lie_beside_the_bundle(
    client: MlflowClient, experiment_id: str, tmp_path: Path
) -> None:
    folder = tmp_path / "bundle"
    (folder / "headway").mkdir(parents=True)
    (folder / "model.pkl").write_bytes(b"pickle")
    (folder / "headway" / "manifest.json").write_bytes(b"{}")
    with finished_run(client, experiment_id, RECORD) as run:
        source = log_files(client, run, folder, RECORD.attachments)
    assert source == f"{run.info.artifact_uri}/model"
    stored = tmp_path / "artifacts" / run.info.run_id / "artifacts"
    files = {p.relative_to(stored).as_posix(): p.read_bytes() for p in stored.rglob("*.*")}
    assert files == {
        "model/model.pkl": b"pickle",
        "model/headway/manifest.json": b"{}",
        "evaluation/ab12.json": b"{}",
        "notes.txt": b"hello",
    }


def test_a_run_that_fails_says_so_and_the_error_passes(
    client: MlflowClient, experiment_id: str
) -> None:
    with pytest.raises(KeyboardInterrupt), finished_run(client, experiment_id, RECORD) as run:
        raise KeyboardInterrupt
    assert client.get_run(run.info.run_id).info.status == "FAILED"


def test_the_first_error_is_told_where_the_run_cannot_be_marked(
    client: MlflowClient, experiment_id: str
) -> None:
    def fail() -> None:
        with finished_run(client, experiment_id, RECORD) as run:
            client.delete_run(run.info.run_id)
            raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        fail()


def test_a_parameter_that_mlflow_refuses_is_an_error(
    client: MlflowClient, experiment_id: str
) -> None:
    record = VersionRecord(digest="ab", form="native", params={"a=b": 1, "x" * 300: 2})
    with (
        pytest.raises(MlflowException, match="Invalid"),
        finished_run(client, experiment_id, record) as run,
    ):
        log_record(client, run, record)
