"""What was exported becomes the same release elsewhere, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from archives import Bench, attachments_of, members_of, pack
from headway.errors import AddressError, BundleCorruptError
from headway.registry.cache import BundleCache
from headway.releases.adopt import ADOPTED_FROM_TAG, ADOPTED_RUN_TAG
from headway.releases.export import Exporter
from headway.releases.importing import TRAVELLING_TAGS, Importer, ImportRequest
from headway.releases.lineage import DIRTY_TAG
from headway.releases.register import MODEL_CLASS_TAG
from registries import MemoryRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from headway.releases.importing import Imported


class Elsewhere:
    """An empty registry and cache, and an archive that came from another one."""

    def __init__(self, folder: Path, archive: Path) -> None:
        self.registry = MemoryRegistry(folder / "elsewhere")
        self.cache = BundleCache(folder / "elsewhere-bundles")
        self.archive = archive

    def import_(self, **fields: Any) -> Imported:
        request = ImportRequest(**{"path": self.archive, **fields})
        return Importer(self.registry, self.cache).import_(request)


@pytest.fixture(params=["a.tar.gz", "folder"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Elsewhere:
    bench = Bench(tmp_path)
    Exporter(bench.registry, bench.cache).export("credit:1", tmp_path / request.param)
    return Elsewhere(tmp_path, tmp_path / request.param)


def test_it_is_the_same_release_with_all_that_was_known(elsewhere: Elsewhere) -> None:
    imported = elsewhere.import_()
    assert (imported.name, imported.version, imported.is_new) == ("credit", "1", True)
    assert (imported.source, imported.source_aliases) == ("credit:1", ("champion",))
    record = elsewhere.registry.records["credit", "1"]
    assert record is not None
    assert (record.digest, record.form, record.label) == (imported.digest, "lowered", "v1")
    assert record.params == {"C": "1.5"}
    assert record.metrics == {"accuracy": 0.75}
    assert record.tags == {"team": "risk", "headway.imported_from": "credit:1"}
    assert record.attachments == attachments_of(imported.digest)
    assert record.alias is None
    kept = elsewhere.cache.get(imported.digest)
    assert kept is not None


def test_it_can_be_exported_again(elsewhere: Elsewhere, tmp_path: Path) -> None:
    imported = elsewhere.import_(name="other", alias="blue")
    assert imported.aliases == ("blue", "champion")
    exporter = Exporter(elsewhere.registry, elsewhere.cache)
    assert exporter.export("other@blue", tmp_path / "b.tar.gz").digest == imported.digest


def test_the_same_release_is_not_doubled(elsewhere: Elsewhere) -> None:
    first, second = elsewhere.import_(), elsewhere.import_()
    assert (second.version, second.is_new) == (first.version, False)
    assert len(elsewhere.registry.records) == 1
    again = elsewhere.import_(again=True)
    assert (again.version, again.is_new, again.digest) == ("2", True, first.digest)


def test_an_alias_is_set_where_it_is_there_already(elsewhere: Elsewhere) -> None:
    elsewhere.import_()
    assert elsewhere.import_(alias="blue").aliases == ("blue", "champion")
    assert elsewhere.registry.aliases["credit", "blue"] == "1"


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_an_alias_is_taken_from_is_told(elsewhere: Elsewhere, *, dry_run: bool) -> None:
    elsewhere.import_()
    moved = elsewhere.import_(alias="champion", again=True, dry_run=dry_run)
    assert (moved.aliases, moved.moved) == (("champion",), {"champion": "1"})
    assert elsewhere.registry.aliases["credit", "champion"] == ("1" if dry_run else "2")


def test_an_alias_is_taken_for_a_release_that_is_here(elsewhere: Elsewhere) -> None:
    elsewhere.import_(alias="blue")
    elsewhere.import_(alias="champion", again=True)
    same = elsewhere.import_(alias="blue")
    assert (same.version, same.is_new, same.moved) == ("2", False, {"blue": "1"})
    assert elsewhere.import_(alias="blue").moved == {}


def test_a_dry_run_verifies_and_changes_nothing(elsewhere: Elsewhere) -> None:
    tried = elsewhere.import_(dry_run=True, alias="blue")
    assert (tried.version, tried.is_new) == (None, True)
    assert (elsewhere.registry.records, elsewhere.registry.aliases) == ({}, {})
    assert list(elsewhere.cache.folder.iterdir()) == []
    assert tried.aliases == ("blue", "champion")
    elsewhere.import_()
    tried = elsewhere.import_(dry_run=True, alias="blue")
    assert (tried.version, tried.aliases, tried.moved) == ("1", ("blue", "champion"), {})
    assert ("credit", "blue") not in elsewhere.registry.aliases


@pytest.mark.parametrize("fields", [{"name": "../x"}, {"name": "a b"}, {"alias": "latest"}])
def test_a_bad_name_or_alias_is_refused_first(elsewhere: Elsewhere, fields: dict[str, str]) -> None:
    with pytest.raises(AddressError):
        elsewhere.import_(**fields)
    assert not elsewhere.cache.folder.exists()


def test_a_bad_name_in_the_record_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    Exporter(bench.registry, bench.cache).export("credit:1", tmp_path / "a.tar.gz")
    (entry, data), *rest = members_of(tmp_path / "a.tar.gz")
    data = data.replace(b'"name": "credit"', b'"name": "../evil"')
    entry.size = len(data)
    evil = Elsewhere(tmp_path, pack(tmp_path / "evil.tar.gz", [(entry, data), *rest]))
    with pytest.raises(AddressError, match=r"\.\./evil"):
        evil.import_()
    assert evil.registry.records == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version": "1"', b'"version": "1\\u001b[2J"'),
        (b'"label": "v1"', b'"label": "\\u001b]0;x"'),
        (b'"champion"', b'"a\\u001b[31m"'),
        (b'"team": "risk"', b'"team": "\\u001b[2J"'),
        (b'"team": "risk"', b'"a:b\\u0007": "x"'),
    ],
)
def test_control_characters_of_the_record_are_refused(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    evil = changed(tmp_path, old, new)
    with pytest.raises(BundleCorruptError) as caught:
        evil.import_()
    assert caught.value.message.isprintable()
    assert evil.registry.records == {}


def test_of_our_own_tags_only_known_ones_travel(tmp_path: Path) -> None:
    known = {ADOPTED_FROM_TAG, ADOPTED_RUN_TAG, DIRTY_TAG, MODEL_CLASS_TAG}
    assert known == TRAVELLING_TAGS
    tags = b'"headway.git.dirty": "true", "headway.evil": "x", "headway.lossy": "x", "Headway.evil": "x", "team": "a\\nb"'
    other = changed(tmp_path, b'"team": "risk"', tags)
    other.import_()
    record = other.registry.records["credit", "1"]
    assert record is not None
    assert record.tags == {
        "headway.git.dirty": "true",
        "headway.imported_from": "credit:1",
        "team": "a\nb",
    }


def changed(folder: Path, old: bytes, new: bytes) -> Elsewhere:
    """Return an archive whose record was edited."""
    bench = Bench(folder)
    Exporter(bench.registry, bench.cache).export("credit:1", folder / "a.tar.gz")
    (entry, data), *rest = members_of(folder / "a.tar.gz")
    assert old in data
    data = data.replace(old, new)
    entry.size = len(data)
    return Elsewhere(folder, pack(folder / "changed.tar.gz", [(entry, data), *rest]))


def test_what_is_refused_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(b"no archive")
    elsewhere = Elsewhere(tmp_path, tmp_path / "x.tar.gz")
    with pytest.raises(BundleCorruptError):
        elsewhere.import_()
    assert elsewhere.registry.records == {}
    assert list(elsewhere.cache.folder.iterdir()) == []
