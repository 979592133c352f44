"""What is exported is what the address names, with all that the registry says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from archives import Bench, digests_of, members_of
from headway.core.hashing import sha256_of_file
from headway.errors import AddressError, BundleCorruptError, ModelNotFoundError
from headway.releases.archive import ArchiveRecord
from headway.releases.export import Exporter, model_address

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def exporter(bench: Bench) -> Exporter:
    return Exporter(bench.registry, bench.cache)


def test_the_record_tells_everything(bench: Bench, exporter: Exporter, tmp_path: Path) -> None:
    exported = exporter.export("credit", tmp_path / "a.tar.gz")
    digest = bench.bundle.digest
    assert (exported.name, exported.version, exported.digest) == ("credit", "1", digest)
    assert exported.sha256 == sha256_of_file(tmp_path / "a.tar.gz")
    assert exported.size_bytes == (tmp_path / "a.tar.gz").stat().st_size
    (_, data), *_ = members_of(tmp_path / "a.tar.gz")
    assert msgspec.json.decode(data, type=ArchiveRecord) == ArchiveRecord(
        name="credit",
        version="1",
        digest=digest,
        form="lowered",
        label="v1",
        registered_at="2026-11-23T08:00:00+00:00",
        params={"C": "1.5"},
        metrics={"accuracy": 0.75},
        tags={"team": "risk"},
        aliases=("champion",),
        attachments=digests_of(digest),
    )


def test_a_folder_has_no_sum_of_its_own(exporter: Exporter, tmp_path: Path) -> None:
    exported = exporter.export("credit:1", tmp_path / "folder")
    assert exported.sha256 is None
    assert exported.size_bytes > 5_000


def test_a_plain_model_says_how_to_make_a_release_of_it(
    bench: Bench, exporter: Exporter, tmp_path: Path
) -> None:
    bench.registry.add(bench.bundle.path, "plain")
    with pytest.raises(AddressError) as caught:
        exporter.export("plain:1", tmp_path / "a.tar.gz")
    assert "headway adopt models:/plain/1" in str(caught.value.hint)


def test_what_is_not_there_leaves_no_file(exporter: Exporter, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        exporter.export("other", tmp_path / "a.tar.gz")
    assert not (tmp_path / "a.tar.gz").exists()


def test_a_release_that_was_changed_in_the_registry_is_not_exported(
    bench: Bench, exporter: Exporter, tmp_path: Path
) -> None:
    (bench.registry.folder / "credit/1/headway/golden.json").write_text("{}")
    with pytest.raises(BundleCorruptError):
        exporter.export("credit", tmp_path / "a.tar.gz")
    assert not (tmp_path / "a.tar.gz").exists()


@pytest.mark.parametrize("text", ["./folder", "/folder", "runs:/abc/model", "credit:x", ""])
def test_only_versions_of_the_registry_have_such_an_address(text: str) -> None:
    with pytest.raises(AddressError):
        model_address(text)
