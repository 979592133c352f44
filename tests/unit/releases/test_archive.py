"""A release is written whole, the same each time, and over nothing."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import msgspec
import pytest

from archives import attachments_of, members_of, record_of
from crafted import write_crafted_bundle
from headway.errors import ChangeRefusedError, ConfigError
from headway.releases.archive import ArchiveRecord, write_archive

if TYPE_CHECKING:
    from pathlib import Path

    from headway.bundle.bundle import Bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return write_crafted_bundle(tmp_path / "bundle")


def write(target: Path, bundle: Bundle) -> Path:
    write_archive(target, record_of(bundle), bundle, attachments_of(bundle.digest))
    return target


def test_the_record_comes_first_and_then_the_manifest(tmp_path: Path, bundle: Bundle) -> None:
    names = [entry.name for entry, _ in members_of(write(tmp_path / "a.tar.gz", bundle))]
    assert names[:2] == ["record.json", "bundle/headway/manifest.json"]
    listed = [f"bundle/{name}" for name in sorted(bundle.manifest.files)]
    assert names[2:] == [
        *listed,
        *(f"attachments/{name}" for name in attachments_of(bundle.digest)),
    ]


def test_files_that_the_manifest_does_not_list_stay_behind(tmp_path: Path, bundle: Bundle) -> None:
    (bundle.path / "registered_model_meta").write_text("MLflow's own")
    names = [entry.name for entry, _ in members_of(write(tmp_path / "a.tar.gz", bundle))]
    assert "bundle/registered_model_meta" not in names


def test_the_same_release_gives_the_same_bytes(tmp_path: Path, bundle: Bundle) -> None:
    first = write(tmp_path / "a.tar.gz", bundle).read_bytes()
    other = write_crafted_bundle(tmp_path / "elsewhere")
    for file in other.path.rglob("*"):
        if file.is_file():
            file.chmod(0o600)
    assert write(tmp_path / "b.tgz", other).read_bytes() == first


def test_nobody_s_name_or_time_is_written(tmp_path: Path, bundle: Bundle) -> None:
    for entry, _ in members_of(write(tmp_path / "a.tar.gz", bundle)):
        assert (entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime) == (0, 0, "", "", 0)
        assert entry.type == tarfile.REGTYPE


def test_a_folder_holds_the_same(tmp_path: Path, bundle: Bundle) -> None:
    folder = write(tmp_path / "folder", bundle)
    packed = {entry.name: data for entry, data in members_of(write(tmp_path / "a.tgz", bundle))}
    files = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }
    assert files == packed


def test_the_record_is_read_back(bundle: Bundle) -> None:
    record = record_of(bundle)
    assert msgspec.json.decode(record.to_json(), type=ArchiveRecord) == record


@pytest.mark.parametrize("name", ["a.tar.gz", "folder"])
def test_what_is_there_is_not_overwritten(tmp_path: Path, bundle: Bundle, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ChangeRefusedError, match="exists already"):
        write(tmp_path / name, bundle)
    assert (tmp_path / name).read_text() == "mine"


def test_a_link_to_nothing_is_there_too(tmp_path: Path, bundle: Bundle) -> None:
    (tmp_path / "a.tar.gz").symlink_to(tmp_path / "nothing")
    with pytest.raises(ChangeRefusedError):
        write(tmp_path / "a.tar.gz", bundle)


@pytest.mark.parametrize("name", ["gone/a.tar.gz", "gone.txt/below"])
def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left(
    tmp_path: Path, bundle: Bundle, name: str
) -> None:
    (tmp_path / "gone.txt").write_text("a file")
    before = set(tmp_path.iterdir())
    with pytest.raises(ConfigError, match="cannot be written"):
        write(tmp_path / name, bundle)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["a.tar.gz", "folder"])
def test_an_export_that_breaks_off_leaves_nothing(
    tmp_path: Path, bundle: Bundle, name: str
) -> None:
    (bundle.path / "headway" / "golden.json").unlink()
    before = set(tmp_path.iterdir())
    with pytest.raises(ConfigError):
        write(tmp_path / name, bundle)
    assert set(tmp_path.iterdir()) == before
