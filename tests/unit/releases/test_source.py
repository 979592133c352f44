from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from headway.errors import BundleCorruptError, ModelNotFoundError
from headway.registry.address import AliasAddress, FolderAddress, RunAddress, VersionAddress
from headway.registry.port import VersionRecord
from headway.releases.source import LOCAL_VERSION, Sources, check_folder, is_plain_model
from registries import NOW, MemoryRegistry


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "trained" / "credit-model"
    folder.mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}")
    os.utime(folder / "MLmodel", (1_700_000_000, 1_700_000_000))
    return folder


@pytest.fixture
def registry(tmp_path: Path, model: Path) -> MemoryRegistry:
    registry = MemoryRegistry(tmp_path / "registry")
    registry.add(model, "credit", VersionRecord(digest="ab", form="native", label="v1"))
    registry.runs["r1"] = model
    return registry


def refuse() -> MemoryRegistry:
    raise AssertionError("no registry is needed")


@pytest.mark.parametrize("is_trusted", [True, False])
def test_an_alias_is_resolved_to_its_version(
    registry: MemoryRegistry, tmp_path: Path, is_trusted: bool
) -> None:
    sources = Sources(lambda: registry, is_trusted_registry=is_trusted)
    source = sources.copy(AliasAddress("credit"), tmp_path / "scratch")
    assert (source.address, source.name, source.version) == ("credit:1", "credit", "1")
    assert (source.label, source.created_at, source.is_trusted) == ("v1", NOW, is_trusted)
    assert (source.folder / "MLmodel").is_file()
    assert source.folder.is_relative_to(tmp_path / "scratch")


def test_a_run_has_no_name_but_a_title(registry: MemoryRegistry, tmp_path: Path) -> None:
    sources = Sources(lambda: registry, is_trusted_registry=False)
    source = sources.copy(RunAddress("r1", "deep/model"), tmp_path / "scratch")
    assert (source.name, source.title, source.version) == (None, "model", "r1")
    assert (source.run_id, source.is_trusted) == ("r1", False)


def test_a_folder_needs_no_registry_and_is_trusted(model: Path, tmp_path: Path) -> None:
    sources = Sources(refuse, is_trusted_registry=False)
    source = sources.copy(FolderAddress(model), tmp_path / "scratch")
    assert (source.name, source.title, source.version) == (None, "credit-model", LOCAL_VERSION)
    assert source.is_trusted
    (source.folder / "MLmodel").write_text("changed")
    assert (model / "MLmodel").read_text() == "flavors: {}"


def test_a_folder_is_as_old_as_its_files(model: Path, tmp_path: Path) -> None:
    sources = Sources(refuse, is_trusted_registry=False)
    times = {sources.copy(FolderAddress(model), tmp_path / name).created_at for name in "ab"}
    assert times == {dt.datetime.fromtimestamp(1_700_000_000, tz=dt.UTC)}


def test_what_is_not_there_is_not_found(registry: MemoryRegistry, tmp_path: Path) -> None:
    sources = Sources(lambda: registry, is_trusted_registry=True)
    for address in (
        VersionAddress("credit", "9"),
        RunAddress("r9", "model"),
        FolderAddress(tmp_path / "none"),
    ):
        with pytest.raises(ModelNotFoundError):
            sources.copy(address, tmp_path / "scratch")


def test_a_folder_of_anything_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "large").write_bytes(b"x")
    sources = Sources(refuse, is_trusted_registry=False)
    with pytest.raises(BundleCorruptError, match="holds no `MLmodel`"):
        sources.copy(FolderAddress(tmp_path / "photos"), tmp_path / "scratch")
    assert not (tmp_path / "scratch").exists()


def test_a_release_that_lost_its_manifest_is_no_plain_model(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").touch()
    assert is_plain_model(tmp_path)
    (tmp_path / "headway").mkdir()
    assert not is_plain_model(tmp_path)


def test_a_file_is_no_folder(model: Path) -> None:
    check_folder(model)
    with pytest.raises(ModelNotFoundError, match="there is no folder"):
        check_folder(model / "MLmodel")
