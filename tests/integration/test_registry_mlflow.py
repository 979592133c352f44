"""The registry over a real MLflow database."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from headway.errors import (
    AliasNotFoundError,
    BundleCorruptError,
    ModelNotFoundError,
    RegistryError,
    RegistryUnavailableError,
)
from headway.registry.address import AliasAddress, RunAddress, VersionAddress
from headway.registry.mlflow.registry import MlflowRegistry
from headway.registry.port import VersionRecord
from registries import embedded_registry
from workshop import credit_frame, credit_model, save_plain

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = Path(__file__).parents[2] / "src"
RECORD = VersionRecord(
    digest="ab" * 32,
    form="lowered",
    label="v1",
    params={"C": 1.0},
    metrics={"accuracy": 0.75},
    tags={"team": "risk"},
    attachments={"evaluation/ab12.json": b"{}"},
)


@pytest.fixture
def registry(tmp_path: Path) -> MlflowRegistry:
    return embedded_registry(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "headway").mkdir(parents=True)
    (folder / "model.pkl").write_bytes(b"pickle")
    (folder / "headway" / "manifest.json").write_bytes(b"{}")
    return folder


def client_of(registry: MlflowRegistry) -> MlflowClient:
    return MlflowClient(tracking_uri=registry.uri, registry_uri=registry.uri)


def runs_of(registry: MlflowRegistry, name: str) -> list[Any]:
    client = client_of(registry)
    experiment = client.get_experiment_by_name(name)
    return [] if experiment is None else list(client.search_runs([experiment.experiment_id]))


def test_a_version_is_found_by_every_address(registry: MlflowRegistry, folder: Path) -> None:
    registered = registry.register(folder, "credit", RECORD)
    for address in (
        VersionAddress("credit", "1"),
        AliasAddress("credit"),
        AliasAddress("credit", "champion"),
    ):
        assert registry.get(address) == registered
    assert (registered.digest, registered.form, registered.label) == ("ab" * 32, "lowered", "v1")
    assert registered.metrics == {"accuracy": 0.75}
    assert registered.tags["team"] == "risk"
    assert registry.versions("credit") == [registered]


def test_the_run_holds_what_a_user_would_log(registry: MlflowRegistry, folder: Path) -> None:
    registered = registry.register(folder, "credit", RECORD)
    (run,) = runs_of(registry, "credit")
    assert run.info.run_id == registered.run_id
    assert run.info.status == "FINISHED"
    assert run.data.params == {"C": "1.0"}
    assert run.data.metrics == {"accuracy": 0.75}
    assert run.data.tags["team"] == "risk"
    client = client_of(registry)
    paths = {item.path for item in client.list_artifacts(run.info.run_id)}
    assert paths == {"model", "evaluation"}


def test_only_the_first_version_becomes_champion(registry: MlflowRegistry, folder: Path) -> None:
    first = registry.register(folder, "credit", VersionRecord(digest="a" * 64, form="native", alias="blue"))  # fmt: skip
    second = registry.register(folder, "credit", VersionRecord(digest="b" * 64, form="native"))
    third = registry.register(folder, "credit", VersionRecord(digest="c" * 64, form="native", alias="blue"))  # fmt: skip
    assert [v.aliases for v in (first, second, third)] == [("blue", "champion"), (), ("blue",)]
    assert registry.get(AliasAddress("credit")).version == "1"
    assert registry.get(AliasAddress("credit", "blue")).version == "3"
    assert [version.version for version in registry.versions("credit")] == ["3", "2", "1"]


def test_the_first_release_becomes_champion_whatever_number_it_gets(
    registry: MlflowRegistry, folder: Path
) -> None:
    registry.register(folder, "credit", RECORD)
    # as after a registration that failed: MLflow never gives a number twice
    client_of(registry).delete_model_version("credit", "1")
    again = registry.register(folder, "credit", RECORD)
    assert (again.version, again.aliases) == ("2", ("champion",))


def test_an_alias_moves(registry: MlflowRegistry, folder: Path) -> None:
    for _ in range(2):
        registry.register(folder, "credit", RECORD)
    registry.set_alias("credit", "champion", "2")
    assert registry.get(AliasAddress("credit")).version == "2"
    with pytest.raises(ModelNotFoundError):
        registry.set_alias("credit", "champion", "3")
    assert registry.get(AliasAddress("credit")).version == "2"


def test_models_are_listed_by_name(registry: MlflowRegistry, folder: Path) -> None:
    assert registry.models() == []
    for name in ("flights", "credit", "credit"):
        registry.register(folder, name, RECORD)
    assert [(m.name, m.latest_version, dict(m.aliases)) for m in registry.models()] == [
        ("credit", "2", {"champion": "1"}),
        ("flights", "1", {"champion": "1"}),
    ]


def test_files_come_back_as_they_went_and_the_registry_s_own_stay(
    registry: MlflowRegistry, folder: Path, tmp_path: Path
) -> None:
    version = registry.register(folder, "credit", RECORD)
    copy = registry.download(version, tmp_path / "copy")
    assert copy.is_relative_to(tmp_path / "copy")
    files = {p.relative_to(copy).as_posix(): p.read_bytes() for p in copy.rglob("*.*")}
    assert files == {"model.pkl": b"pickle", "headway/manifest.json": b"{}"}
    (copy / "model.pkl").write_bytes(b"changed")
    again = registry.download(version, tmp_path / "again")
    assert (again / "model.pkl").read_bytes() == b"pickle"


def test_a_run_is_an_address_too(registry: MlflowRegistry, folder: Path, tmp_path: Path) -> None:
    run_id = registry.register(folder, "credit", RECORD).run_id
    assert run_id is not None
    copy = registry.download_run(RunAddress(run_id, "model"), tmp_path / "copy")
    assert (copy / "model.pkl").read_bytes() == b"pickle"
    for address in (RunAddress(run_id, "none"), RunAddress("0" * 32, "model")):
        with pytest.raises(ModelNotFoundError, match="no run"):
            registry.download_run(address, tmp_path / "none")


def test_a_name_that_is_not_there_names_the_nearest_or_all(
    registry: MlflowRegistry, folder: Path
) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        registry.get(AliasAddress("credit"))
    assert caught.value.hint == "the registry is empty: register a model first"
    registry.register(folder, "credit", RECORD)
    registry.register(folder, "flights", RECORD)
    for wrong, hint in (
        ("crdit", "did you mean `credit`?"),
        ("x", "there are `credit`, `flights`"),
    ):
        for look in (lambda n: registry.get(AliasAddress(n)), registry.versions):
            with pytest.raises(ModelNotFoundError, match=f"no model `{wrong}`") as caught:
                look(wrong)
            assert caught.value.hint == hint


def test_a_version_or_alias_that_is_not_there_names_what_is(
    registry: MlflowRegistry, folder: Path
) -> None:
    registry.register(folder, "credit", RECORD)
    with pytest.raises(ModelNotFoundError, match="has no version 7") as missing:
        registry.get(VersionAddress("credit", "7"))
    assert missing.value.hint == "it has `1`"
    with pytest.raises(AliasNotFoundError, match="no alias `champoin`") as unknown:
        registry.get(AliasAddress("credit", "champoin"))
    assert unknown.value.hint == "did you mean `credit@champion`?"
    client_of(registry).delete_registered_model_alias("credit", "champion")
    with pytest.raises(AliasNotFoundError) as unknown:
        registry.get(AliasAddress("credit"))
    assert unknown.value.hint == "it has none: name a version, as in `credit:1`"
    registry.remove(registry.get(VersionAddress("credit", "1")))
    with pytest.raises(AliasNotFoundError) as unknown:
        registry.get(AliasAddress("credit"))
    assert unknown.value.hint == "it has no version either: register one"


def test_what_is_deleted_in_mlflow_is_gone_here(registry: MlflowRegistry, folder: Path) -> None:
    for _ in range(2):
        registry.register(folder, "credit", RECORD)
    client_of(registry).delete_model_version("credit", "2")
    assert [version.version for version in registry.versions("credit")] == ["1"]
    with pytest.raises(ModelNotFoundError):
        registry.get(VersionAddress("credit", "2"))


def test_files_that_are_gone_are_told(
    registry: MlflowRegistry, folder: Path, tmp_path: Path
) -> None:
    version = registry.register(folder, "credit", RECORD)
    (tmp_path / "home" / "artifacts").rename(tmp_path / "home" / "moved")
    with pytest.raises(RegistryError, match="has no files for `credit:1`"):
        registry.download(version, tmp_path / "copy")


def test_an_experiment_that_was_deleted_comes_back(registry: MlflowRegistry, folder: Path) -> None:
    registry.register(folder, "credit", RECORD)
    client = client_of(registry)
    experiment = client.get_experiment_by_name("credit")
    assert experiment is not None
    client.delete_experiment(experiment.experiment_id)
    assert registry.register(folder, "credit", RECORD).version == "2"


def test_a_registration_that_fails_shows_no_version_and_a_failed_run(
    registry: MlflowRegistry, folder: Path
) -> None:
    bad = VersionRecord(digest="a" * 64, form="native", params={"a\nb": 1})
    with pytest.raises(RegistryError, match="the registry refused: "):
        registry.register(folder, "credit", bad)
    assert registry.models() == []
    assert [run.info.status for run in runs_of(registry, "credit")] == ["FAILED"]
    assert registry.register(folder, "credit", RECORD).version == "1"


def test_an_alias_that_cannot_be_set_takes_the_version_with_it(
    registry: MlflowRegistry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise MlflowException("no alias today")

    monkeypatch.setattr(MlflowClient, "set_registered_model_alias", refuse)
    with pytest.raises(RegistryError, match="no alias today"):
        registry.register(folder, "credit", RECORD)
    assert registry.versions("credit") == []
    assert [run.info.status for run in runs_of(registry, "credit")] == ["FAILED"]


@pytest.mark.parametrize("name", ["my home", "größe", "a#b", "100%", "it's"])
def test_a_home_may_have_any_name(tmp_path: Path, folder: Path, name: str) -> None:
    registry = embedded_registry(tmp_path / name)
    version = registry.register(folder, "credit", RECORD)
    copy = registry.download(version, tmp_path / "copy")
    assert (copy / "model.pkl").read_bytes() == b"pickle"


def test_nothing_appears_where_it_runs_and_mlflow_s_own_state_stays(
    registry: MlflowRegistry, folder: Path, tmp_path: Path
) -> None:
    before, tracking_uri = dict(os.environ), mlflow.get_tracking_uri()
    version = registry.register(folder, "credit", RECORD)
    registry.download(version, tmp_path / "copy")
    assert Path.cwd() == tmp_path
    assert {path.name for path in tmp_path.iterdir()} == {"home", "bundle", "copy"}
    assert dict(os.environ) == before
    assert mlflow.get_tracking_uri() == tracking_uri
    assert mlflow.active_run() is None


def test_files_go_beside_the_database_where_nothing_else_is_said(
    tmp_path: Path, folder: Path
) -> None:
    embedded_registry(tmp_path / "home")
    registry = MlflowRegistry(f"sqlite:///{tmp_path}/home/registry.db")
    registry.register(folder, "credit", RECORD)
    assert list((tmp_path / "home" / "artifacts" / "credit").rglob("model.pkl"))


def test_what_plain_mlflow_registers_is_seen_and_its_files_come(
    registry: MlflowRegistry, tmp_path: Path
) -> None:
    program = """
import sys, warnings
warnings.simplefilter("ignore")
import mlflow, mlflow.sklearn
from workshop import credit_model
mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment(experiment_id=mlflow.create_experiment("plain", artifact_location=sys.argv[2]))
with mlflow.start_run() as run:
    mlflow.sklearn.log_model(
        credit_model(), name="model", registered_model_name="plain",
        serialization_format="cloudpickle", pip_requirements=[],
    )
print(run.info.run_id)
"""
    run_id = python(program, registry.uri, str(tmp_path / "plain")).splitlines()[-1]
    version = registry.get(VersionAddress("plain", "1"))
    assert (version.digest, version.form, version.aliases) == (None, None, ())
    assert (registry.download(version, tmp_path / "a") / "MLmodel").is_file()
    run = registry.download_run(RunAddress(run_id, "model"), tmp_path / "b")
    assert (run / "MLmodel").is_file()


def test_a_release_is_a_model_of_plain_mlflow(registry: MlflowRegistry, tmp_path: Path) -> None:
    frame, _ = credit_frame()
    registry.register(save_plain(tmp_path / "m", data=frame), "credit", RECORD)
    program = """
import sys
sys.modules["headway"] = None
import mlflow, pandas
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/credit@champion")
print(model.predict(pandas.read_parquet(sys.argv[2])).tolist())
"""
    frame.to_parquet(tmp_path / "rows.parquet")
    printed = python(program, registry.uri, str(tmp_path / "rows.parquet")).splitlines()[-1]
    assert json.loads(printed.replace("'", '"')) == credit_model().predict(frame).tolist()


REGISTER_ONE = """
import sys
from pathlib import Path
from headway.registry.mlflow.registry import MlflowRegistry
from headway.registry.port import VersionRecord
registry = MlflowRegistry(sys.argv[1])
for _ in range(int(sys.argv[3])):
    record = VersionRecord(digest="a" * 64, form="native")
    print(registry.register(Path(sys.argv[2]), "credit", record).version)
"""


def test_processes_that_register_at_once_get_versions_of_their_own(
    tmp_path: Path, folder: Path
) -> None:
    uri = f"sqlite:///{tmp_path}/home/registry.db"  # both make its tables
    outputs = at_once(2, lambda: python(REGISTER_ONE, uri, str(folder), "3"))
    versions = [int(line) for output in outputs for line in output.split()]
    assert sorted(versions) == [1, 2, 3, 4, 5, 6]
    registry = MlflowRegistry(uri)
    assert registry.get(AliasAddress("credit")).version == "1"
    assert {run.info.status for run in runs_of(registry, "credit")} == {"FINISHED"}


def test_threads_that_register_at_once_get_versions_of_their_own(
    registry: MlflowRegistry, folder: Path
) -> None:
    versions = at_once(4, lambda: registry.register(folder, "credit", RECORD).version)
    assert sorted(versions) == ["1", "2", "3", "4"]


def test_nothing_is_printed_even_on_the_first_use(tmp_path: Path, folder: Path) -> None:
    uri = f"sqlite:///{tmp_path}/home/registry.db"
    done = run_python(REGISTER_ONE, uri, str(folder), "1")
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(RegistryError, match="is damaged, or is no database"):
        MlflowRegistry(f"sqlite:///{tmp_path}/registry.db").models()


def test_a_database_of_another_mlflow_says_how_to_upgrade(tmp_path: Path) -> None:
    uri = embedded_registry(tmp_path / "home").uri
    with sqlite3.connect(tmp_path / "home" / "registry.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '451aebb31d03'")
    database.close()
    with pytest.raises(RegistryError, match="another version of MLflow") as caught:
        MlflowRegistry(uri).models()
    assert f"mlflow db upgrade {uri}" in str(caught.value.hint)


def test_a_server_that_never_answers_is_told_within_seconds() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started_s = time.monotonic()
        with pytest.raises(RegistryUnavailableError, match="does not answer"):
            MlflowRegistry(f"http://127.0.0.1:{silent.getsockname()[1]}").models()
    assert time.monotonic() - started_s < 10


def run_python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": f"{SOURCE}:{Path(__file__).parents[1]}"},
        capture_output=True,
        text=True,
        check=False,
    )


def python(program: str, *arguments: str) -> str:
    """Run a program of its own, and return what it prints."""
    done = run_python(program, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_version_is_read_back_as_it_was_registered(
    registry: MlflowRegistry, folder: Path
) -> None:
    version = registry.register(folder, "credit", RECORD)
    paths = [*RECORD.attachments, "evaluation/none.json", "none/none.json"]
    assert registry.record(version, paths) == dataclasses.replace(RECORD, params={"C": "1.0"})
    assert registry.record(version).attachments == {}


def test_rows_that_somebody_changed_are_refused(
    registry: MlflowRegistry, folder: Path, tmp_path: Path
) -> None:
    version = registry.register(folder, "credit", RECORD)
    (path,) = RECORD.attachments
    (stored,) = (tmp_path / "home" / "artifacts").rglob(path)
    stored.write_bytes(b'{"rows": []}')
    with pytest.raises(BundleCorruptError, match=f"`{path}` of `credit:1` is not what was regist"):
        registry.record(version, [path])
    assert registry.record(version).attachments == {}


def test_rows_leave_with_their_version_and_files_wait_for_mlflow(
    registry: MlflowRegistry, folder: Path, tmp_path: Path
) -> None:
    for _ in range(3):
        registry.register(folder, "credit", RECORD)
    (path,) = RECORD.attachments
    kept = tmp_path / "home" / "artifacts"
    registry.remove(registry.get(VersionAddress("credit", "2")))
    assert len(list(kept.rglob(path))) == 2
    registry.remove_model("credit")
    assert list(kept.rglob(path)) == []
    assert len(list(kept.rglob("model.pkl"))) == 3


def test_a_version_whose_run_is_gone_has_no_params(registry: MlflowRegistry, folder: Path) -> None:
    version = dataclasses.replace(registry.register(folder, "credit", RECORD), run_id="0" * 32)
    record = registry.record(version, list(RECORD.attachments))
    assert (record.params, record.attachments) == ({}, {})
    assert record.metrics == RECORD.metrics


def test_tags_are_set_and_removed(registry: MlflowRegistry, folder: Path) -> None:
    version = registry.register(folder, "credit", RECORD)
    tagged = registry.tag(version, {"team": "fraud", "a b/c-d.e": "ä = b", "gone": None})
    assert (tagged.tags["team"], tagged.tags["a b/c-d.e"]) == ("fraud", "ä = b")
    assert tagged.digest == version.digest
    assert "team" not in registry.tag(tagged, {"team": None}).tags


def test_a_version_that_is_removed_takes_its_aliases_and_its_run(
    registry: MlflowRegistry, folder: Path
) -> None:
    first = registry.register(folder, "credit", RECORD)
    second = registry.register(folder, "credit", dataclasses.replace(RECORD, alias="blue"))
    registry.remove(second)
    assert registry.versions("credit") == [first]
    with pytest.raises(AliasNotFoundError):
        registry.get(AliasAddress("credit", "blue"))
    assert [run.info.run_id for run in runs_of(registry, "credit")] == [first.run_id]
    with pytest.raises(ModelNotFoundError):
        registry.remove(second)


def test_a_name_that_is_removed_is_gone_with_all_of_its_versions(
    registry: MlflowRegistry, folder: Path
) -> None:
    for name in ("credit", "credit", "flights"):
        registry.register(folder, name, RECORD)
    registry.remove_model("credit")
    assert [model.name for model in registry.models()] == ["flights"]
    assert runs_of(registry, "credit") == []
    with pytest.raises(ModelNotFoundError):
        registry.remove_model("credit")
    assert registry.register(folder, "credit", RECORD).aliases == ("champion",)


def test_the_run_that_somebody_else_s_version_came_from_stays(
    registry: MlflowRegistry, folder: Path
) -> None:
    run_id = registry.register(folder, "credit", RECORD).run_id
    client = client_of(registry)
    client.create_registered_model("plain")
    client.create_model_version("plain", f"runs:/{run_id}/model", run_id=run_id)
    registry.remove(registry.get(VersionAddress("plain", "1")))
    assert [run.info.run_id for run in runs_of(registry, "credit")] == [run_id]
