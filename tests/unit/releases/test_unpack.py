"""What comes from anybody is verified: nothing is written that was not announced, and nothing outside."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import tarfile
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archives import ROWS, attachments_of, members_of, pack, record_of
from crafted import write_crafted_bundle
from headway.errors import BundleCorruptError, ChangeRefusedError, HeadwayError, InputTooLargeError
from headway.releases import unpack as unpacking
from headway.releases.archive import write_archive
from headway.releases.unpack import unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headway.bundle.bundle import Bundle

Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return write_crafted_bundle(tmp_path / "bundle")


@pytest.fixture(params=["archive", "folder"])
def exported(request: pytest.FixtureRequest, tmp_path: Path, bundle: Bundle) -> Path:
    target = tmp_path / ("a.tar.gz" if request.param == "archive" else "exported")
    write_archive(target, record_of(bundle), bundle, attachments_of(bundle.digest))
    return target


@pytest.fixture
def archive(tmp_path: Path, bundle: Bundle) -> Path:
    target = tmp_path / "good.tar.gz"
    write_archive(target, record_of(bundle), bundle, attachments_of(bundle.digest))
    return target


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "deep" / "scratch"
    folder.mkdir(parents=True)
    return folder


def files_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}


def test_it_comes_back_as_it_went(exported: Path, scratch: Path, bundle: Bundle) -> None:
    unpacked = unpack(exported, scratch)
    assert unpacked.bundle.digest == bundle.digest
    assert unpacked.record == record_of(bundle)
    assert unpacked.attachments == attachments_of(bundle.digest)
    for name in bundle.manifest.files:
        assert unpacked.bundle.read_bytes(name) == bundle.read_bytes(name)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, link
    return entry


EVIL: dict[str, Callable[[Members], Members]] = {
    "a path that leads outside": lambda m: [*m, (member("../evil"), b"")],
    "a path that leads outside of the bundle": lambda m: [*m, (member("bundle/../../evil"), b"")],
    "an absolute path": lambda m: [*m, (member("/tmp/headway-evil"), b"")],
    "a file that nobody announced": lambda m: [*m, (member("bundle/evil.py"), b"")],
    "a link": lambda m: [*m[:2], (member("bundle/x", tarfile.SYMTYPE, "/etc"), b""), *m[2:]],
    "a link in the place of a file": lambda m: [
        *m[:2],
        (member(m[2][0].name, tarfile.SYMTYPE, "/etc/passwd"), b""),
        *m[3:],
    ],
    "a hard link in the place of a file": lambda m: [
        *m[:2],
        (member(m[2][0].name, tarfile.LNKTYPE, "record.json"), b""),
        *m[3:],
    ],
    "a device": lambda m: [*m[:2], (member(m[2][0].name, tarfile.CHRTYPE), b""), *m[3:]],
    "a pipe": lambda m: [*m[:2], (member(m[2][0].name, tarfile.FIFOTYPE), b""), *m[3:]],
    "a folder": lambda m: [*m, (member("bundle/folder", tarfile.DIRTYPE), b"")],
    "the record as a link": lambda m: [
        (member("record.json", tarfile.SYMTYPE, "/etc/passwd"), b""),
        *m[1:],
    ],
    "a file twice": lambda m: [*m, m[2]],
    "the manifest twice": lambda m: [*m, m[1]],
    "the manifest first": lambda m: [m[1], m[0], *m[2:]],
    "no manifest": lambda m: [m[0], *m[2:]],
    "no record": lambda m: m[1:],
    "nothing": lambda _m: [],
    "a missing file": lambda m: [*m[:2], *m[3:]],
    "no attachment": lambda m: m[:-1],
}


@pytest.mark.parametrize("kind", EVIL)
def test_what_does_not_belong_is_refused_and_nothing_lands_outside(
    tmp_path: Path, archive: Path, scratch: Path, kind: str
) -> None:
    evil = pack(tmp_path / "evil.tar.gz", EVIL[kind](members_of(archive)))
    before = files_below(tmp_path)
    with pytest.raises(BundleCorruptError):
        unpack(evil, scratch)
    written = files_below(tmp_path) - before
    assert all(name.startswith("deep/scratch/") for name in written), written
    assert not any("evil" in name for name in written)
    assert not any(path.is_symlink() for path in scratch.rglob("*"))


def resized(members: Members, position: int, data: bytes) -> Members:
    entry, _ = members[position]
    entry.size = len(data)
    return [*members[:position], (entry, data), *members[position + 1 :]]


@pytest.mark.parametrize("position", range(9))
def test_a_changed_byte_anywhere_is_found(
    tmp_path: Path, archive: Path, scratch: Path, position: int
) -> None:
    members = members_of(archive)
    position %= len(members)
    data = bytearray(members[position][1])
    middle = len(data) // 2
    data[middle] ^= 1
    if position == 0:  # the digest is what the record says for sure
        data = bytearray(members[0][1].replace(b'"digest": "', b'"digest": "0', 1))
    evil = pack(tmp_path / "evil.tar.gz", resized(members, position, bytes(data)))
    with pytest.raises(BundleCorruptError):
        unpack(evil, scratch)


def test_a_file_of_another_size_is_not_even_unpacked(
    tmp_path: Path, archive: Path, scratch: Path
) -> None:
    members = resized(members_of(archive), 3, b"0" * 100_000)
    with pytest.raises(BundleCorruptError, match=r"has 100,000 bytes; the manifest says"):
        unpack(pack(tmp_path / "evil.tar.gz", members), scratch)
    assert not (scratch / members[3][0].name).exists()


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.99])
def test_an_archive_that_was_cut_short_is_told(archive: Path, scratch: Path, share: float) -> None:
    archive.write_bytes(archive.read_bytes()[: int(archive.stat().st_size * share)])
    with pytest.raises(BundleCorruptError):
        unpack(archive, scratch)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b"\x00" * 2_000,
        random.Random(1).randbytes(5_000),
        gzip.compress(b"text" * 999),
    ],
    ids=["nothing", "text", "zeros", "noise", "gzip"],  # gzip holds the time
)
def test_what_is_no_archive_is_told(tmp_path: Path, scratch: Path, content: bytes) -> None:
    (tmp_path / "x.tar.gz").write_bytes(content)
    with pytest.raises(BundleCorruptError, match="not an archive of a release"):
        unpack(tmp_path / "x.tar.gz", scratch)


def test_a_record_that_is_too_large_is_refused(
    tmp_path: Path, archive: Path, scratch: Path
) -> None:
    members = resized(members_of(archive), 0, b"{}" + b" " * (1024 * 1024))
    with pytest.raises(InputTooLargeError, match=r"`record.json` has 1,048,578 bytes"):
        unpack(pack(tmp_path / "evil.tar.gz", members), scratch)


def test_a_header_that_unpacks_to_gigabytes_is_refused_at_once(
    tmp_path: Path, archive: Path, scratch: Path
) -> None:
    bomb = member("x", tarfile.XHDTYPE)
    bomb.size = 200 * 1024 * 1024
    evil = tmp_path / "bomb.tar.gz"
    with gzip.open(evil, "wb", 1) as packed:
        packed.write(bomb.tobuf(tarfile.USTAR_FORMAT))
        for _ in range(200):
            packed.write(bytes(1024 * 1024))
    with pytest.raises(InputTooLargeError, match="a header of the archive"):
        unpack(evil, scratch)


def test_more_than_fits_is_refused_before_it_is_unpacked(
    archive: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MAX_TOTAL_BYTES", 10)
    with pytest.raises(InputTooLargeError, match="allowed are 10"):
        unpack(archive, scratch)
    assert files_below(scratch) == {"record.json", "bundle/headway/manifest.json"}


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/evil",
        "a/../../evil",
        "headway/manifest.json",
        "a//b",
        "./a",
        "a\\b",
        "a\x00b",
    ],
)
def test_a_manifest_that_lists_a_path_outside_is_refused(
    tmp_path: Path, bundle: Bundle, archive: Path, scratch: Path, name: str
) -> None:
    manifest = msgspec.to_builtins(bundle.manifest)
    manifest["files"][name] = {"sha256": "0" * 64, "size_bytes": 0}
    members = resized(members_of(archive), 1, msgspec.json.encode(manifest))
    evil = pack(tmp_path / "evil.tar.gz", [*members, (f"bundle/{name}", b"")])
    with pytest.raises(BundleCorruptError, match="which is no file of a bundle"):
        unpack(evil, scratch)


def test_sizes_below_nothing_do_not_make_room_for_others(
    tmp_path: Path, bundle: Bundle, archive: Path, scratch: Path
) -> None:
    manifest = msgspec.to_builtins(bundle.manifest)
    manifest["files"]["large"] = {"sha256": "0" * 64, "size_bytes": 10**15}
    manifest["files"]["less"] = {"sha256": "0" * 64, "size_bytes": -(10**15)}
    members = resized(members_of(archive), 1, msgspec.json.encode(manifest))
    with pytest.raises(BundleCorruptError, match="'bundle/less', which is no file") as caught:
        unpack(pack(tmp_path / "evil.tar.gz", members), scratch)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"digest": "0" * 64, "attachments": {}}, "its record says 000000000000"),
        ({"form": "native"}, "its record says"),
        ({"attachments": {"../evil": "0"}}, "lists the attachment '../evil'"),
        ({"format": 9}, "format 9; this version reads 1"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(
    tmp_path: Path,
    bundle: Bundle,
    archive: Path,
    scratch: Path,
    fields: dict[str, object],
    message: str,
) -> None:
    record = record_of(bundle, **fields).to_json()
    members = resized(members_of(archive), 0, record)
    if not fields.get("attachments", True):
        members = members[:-2]
    with pytest.raises(BundleCorruptError, match=message):
        unpack(pack(tmp_path / "evil.tar.gz", members), scratch)


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize("document", [b"", b"[]", b"{", b'{"name": 1}', b"\xff"])
def test_a_document_that_cannot_be_read_is_told(
    tmp_path: Path, archive: Path, scratch: Path, position: int, document: bytes
) -> None:
    members = resized(members_of(archive), position, document)
    with pytest.raises(BundleCorruptError, match="cannot be read"):
        unpack(pack(tmp_path / "evil.tar.gz", members), scratch)


def test_an_attachment_that_was_changed_is_found(
    tmp_path: Path, archive: Path, scratch: Path
) -> None:
    members = resized(members_of(archive), -1, ROWS.replace(b"0", b"1"))[: len(members_of(archive))]
    with pytest.raises(BundleCorruptError, match="is not the one that was exported"):
        unpack(pack(tmp_path / "evil.tar.gz", members), scratch)


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path: Path, bundle: Bundle) -> Path:
        target = tmp_path / "exported"
        write_archive(target, record_of(bundle), bundle, attachments_of(bundle.digest))
        return target

    def test_a_link_is_refused(self, folder: Path, scratch: Path) -> None:
        (folder / "bundle/headway/golden.json").unlink()
        (folder / "bundle/headway/golden.json").symlink_to("/etc/passwd")
        with pytest.raises(BundleCorruptError, match=r"the link 'bundle/headway/golden.json'"):
            unpack(folder, scratch)

    def test_a_pipe_is_refused_and_not_read(self, folder: Path, scratch: Path) -> None:
        (folder / "record.json").unlink()
        os.mkfifo(folder / "record.json")
        with pytest.raises(BundleCorruptError, match="the special file"):
            unpack(folder, scratch)

    def test_a_file_that_nobody_announced_is_refused(self, folder: Path, scratch: Path) -> None:
        (folder / "bundle/evil.py").write_text("")
        with pytest.raises(BundleCorruptError, match=r"'bundle/evil.py'"):
            unpack(folder, scratch)

    def test_any_other_folder_is_told(self, tmp_path: Path, scratch: Path) -> None:
        (tmp_path / "empty").mkdir()
        with pytest.raises(
            BundleCorruptError, match=r"`record.json` is expected, and there is nothing"
        ):
            unpack(tmp_path / "empty", scratch)


def test_a_place_that_does_not_take_it_is_told(archive: Path, scratch: Path) -> None:
    (scratch / "bundle").write_text("in the way")
    with pytest.raises(ChangeRefusedError, match="cannot be unpacked: "):
        unpack(archive, scratch)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_archive_is_never_taken_for_another(
    archive: Path, tmp_path: Path, bundle: Bundle, seed: int
) -> None:
    chance = random.Random(seed)
    data = bytearray(gzip.decompress(archive.read_bytes()))
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    (tmp_path / "damaged.tar.gz").write_bytes(gzip.compress(bytes(data), 1))
    scratch = tmp_path / "again"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        unpacked = unpack(tmp_path / "damaged.tar.gz", scratch)
    except HeadwayError:
        return
    # only the padding, or a word of the record that no digest covers
    assert unpacked.bundle.digest == bundle.digest
