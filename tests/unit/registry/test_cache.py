from __future__ import annotations

import dataclasses
import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from headway.bundle import layout
from headway.bundle.bundle import Bundle, BundleDescription, write_bundle
from headway.bundle.manifest import Execution
from headway.contract.model import Contract, Feature, Output
from headway.core.dtypes import DType, Task
from headway.errors import BundleCorruptError, ConfigError, RegistryUnavailableError
from headway.registry.cache import BundleCache

if TYPE_CHECKING:
    from collections.abc import Callable

CONTRACT = Contract(
    (Feature("a", DType.FLOAT, nullable=False, storage="float64"),), Output(Task.OTHER)
)
DESCRIPTION = BundleDescription(
    name="credit",
    label="",
    created_at="2026-11-23T08:00:00+00:00",
    execution=Execution("native", "sklearn", "model.pkl", "because"),
    libraries={},
    absent={},
)


@pytest.fixture
def stored(tmp_path: Path) -> Bundle:
    """A bundle as a registry keeps it."""
    folder = tmp_path / "registry" / "model"
    folder.mkdir(parents=True)
    (folder / "model.pkl").write_bytes(b"pickle")
    return write_bundle(folder, {layout.CONTRACT: msgspec.json.encode(CONTRACT)}, DESCRIPTION)


@pytest.fixture
def cache(tmp_path: Path) -> BundleCache:
    return BundleCache(tmp_path / "home" / "bundles")


class Downloads:
    """Copies a bundle, and counts."""

    def __init__(self, stored: Bundle, change: Callable[[Path], object] = lambda _: None) -> None:
        self._stored, self._change, self.count = stored, change, 0

    def __call__(self, folder: Path) -> Path:
        assert list(folder.iterdir()) == []
        self.count += 1
        copy = shutil.copytree(self._stored.path, folder / "model")
        self._change(copy)
        return copy


def left_over(cache: BundleCache) -> list[str]:
    return [path.name for path in cache.folder.iterdir() if path.name.startswith(".")]


def test_a_bundle_is_downloaded_once_and_lies_under_its_digest(
    cache: BundleCache, stored: Bundle
) -> None:
    download = Downloads(stored)
    first = cache.fetch(stored.digest, download)
    second = cache.fetch(stored.digest, download)
    assert download.count == 1
    assert first.path == second.path == cache.folder / stored.digest
    assert first.manifest == stored.manifest
    assert left_over(cache) == []


def test_the_registry_s_own_folder_is_left_alone(cache: BundleCache, stored: Bundle) -> None:
    bundle = cache.fetch(stored.digest, Downloads(stored))
    (bundle.path / "registered_model_meta").write_text("by MLflow")
    assert not (stored.path / "registered_model_meta").exists()
    assert cache.get(stored.digest) == bundle


def test_a_damaged_copy_is_thrown_away_and_fetched_again(
    cache: BundleCache, stored: Bundle
) -> None:
    download = Downloads(stored)
    bundle = cache.fetch(stored.digest, download)
    (bundle.path / "model.pkl").write_bytes(b"pickl3")
    assert cache.get(stored.digest) is None
    assert not bundle.path.exists()
    again = cache.fetch(stored.digest, download)
    assert download.count == 2
    assert (again.path / "model.pkl").read_bytes() == b"pickle"


def test_another_good_bundle_in_the_place_is_thrown_away(
    cache: BundleCache, stored: Bundle
) -> None:
    shutil.copytree(stored.path, cache.folder / ("0" * 64))
    assert cache.get("0" * 64) is None
    assert not (cache.folder / ("0" * 64)).exists()


def test_what_was_damaged_on_the_way_is_refused_and_nothing_is_kept(
    cache: BundleCache, stored: Bundle
) -> None:
    download = Downloads(stored, lambda folder: (folder / "model.pkl").unlink())
    with pytest.raises(BundleCorruptError, match=r"`model\.pkl` is missing"):
        cache.fetch(stored.digest, download)
    assert list(cache.folder.iterdir()) == []


def test_another_bundle_than_was_asked_for_is_refused(cache: BundleCache, stored: Bundle) -> None:
    with pytest.raises(BundleCorruptError, match="instead of 000000000000"):
        cache.fetch("0" * 64, Downloads(stored))
    assert list(cache.folder.iterdir()) == []


def test_a_download_that_fails_leaves_nothing(cache: BundleCache) -> None:
    def fail(folder: Path) -> Path:
        (folder / "half").write_bytes(b"x")
        raise RegistryUnavailableError("gone")

    with pytest.raises(RegistryUnavailableError):
        cache.fetch("0" * 64, fail)
    assert list(cache.folder.iterdir()) == []


def test_two_that_fetch_at_once_get_the_same_bundle(cache: BundleCache, stored: Bundle) -> None:
    meeting = threading.Barrier(2, timeout=10)
    download = Downloads(stored, lambda _: meeting.wait())
    found: list[Bundle] = []
    threads = [
        threading.Thread(target=lambda: found.append(cache.fetch(stored.digest, download)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert download.count == 2
    assert [bundle.path for bundle in found] == [cache.folder / stored.digest] * 2
    assert left_over(cache) == []


def test_a_bundle_that_was_built_here_is_kept_without_a_download(
    cache: BundleCache, stored: Bundle
) -> None:
    with cache.scratch() as scratch:
        folder = shutil.copytree(stored.path, scratch / "bundle")
        built = write_bundle(folder, {}, DESCRIPTION)
        kept = cache.add(built)
    assert kept.path == cache.folder / built.digest
    assert cache.get(built.digest) == kept
    assert left_over(cache) == []


def test_a_scratch_folder_is_removed_also_after_an_error(cache: BundleCache) -> None:
    def build() -> None:
        with cache.scratch() as scratch:
            (scratch / "half").write_bytes(b"x")
            raise KeyError

    with pytest.raises(KeyError):
        build()
    assert list(cache.folder.iterdir()) == []


def test_nothing_is_made_before_it_is_needed(cache: BundleCache) -> None:
    assert cache.get("0" * 64) is None
    assert not cache.folder.exists()


@pytest.mark.parametrize("digest", ["../../victim", "", "."])
def test_what_is_no_digest_never_becomes_a_folder(
    cache: BundleCache, tmp_path: Path, digest: str
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    cache.folder.mkdir(parents=True)
    for name in (digest, str(victim)):
        with pytest.raises(BundleCorruptError, match="is not the digest of a bundle"):
            cache.get(name)
    assert victim.is_dir()
    assert cache.folder.is_dir()


def test_a_corrupt_copy_is_replaced_by_the_next_good_one(
    cache: BundleCache, stored: Bundle
) -> None:
    def bring() -> Bundle:
        with cache.scratch() as scratch:
            shutil.copytree(stored.path, scratch / "model")
            return cache.add(dataclasses.replace(stored, path=scratch / "model"))

    kept = bring()
    (kept.path / "model.pkl").write_bytes(b"pickld")
    again = bring()
    assert (again.path / "model.pkl").read_bytes() == b"pickle"


def test_what_a_killed_process_left_is_removed_after_a_day(cache: BundleCache) -> None:
    with cache.scratch() as left:
        young, old = left.with_name(".incoming-young"), left.with_name(".incoming-old")
        young.mkdir()
        old.mkdir()
        os.utime(old, (0, 0))
        with cache.scratch():
            assert young.is_dir()
            assert not old.exists()


def test_a_folder_that_cannot_be_made_is_a_bad_setting(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with (
        pytest.raises(ConfigError, match="cannot be written: "),
        BundleCache(tmp_path / "home" / "bundles").scratch(),
    ):
        pass


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_a_full_disk_is_told_as_what_it_is(
    cache: BundleCache, stored: Bundle, *, is_wrapped: bool
) -> None:
    def fill(_: Path) -> None:
        try:
            Path("/dev/full").write_bytes(b"x")
        except OSError as error:
            if is_wrapped:
                raise RegistryUnavailableError("the registry failed") from error
            raise

    with pytest.raises(ConfigError, match="no room left below") as caught:
        cache.fetch(stored.digest, Downloads(stored, fill))
    assert "HEADWAY_HOME" in (caught.value.hint or "")
    assert left_over(cache) == []
    # and when there is room again, nothing is in the way
    assert cache.fetch(stored.digest, Downloads(stored)).digest == stored.digest
