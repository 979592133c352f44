from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headway.bundle import layout
from headway.bundle.bundle import (
    Bundle,
    BundleDescription,
    is_bundle,
    read_bundle,
    write_bundle,
)
from headway.bundle.golden import GoldenRows
from headway.bundle.manifest import Execution
from headway.contract.model import Contract, Feature, Output
from headway.core.dtypes import DType, Method, Task
from headway.core.hashing import canonical_json
from headway.errors import BundleCorruptError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTRACT = Contract(
    (Feature("age", DType.INTEGER, nullable=False, storage="int64", example=41),),
    Output(Task.CLASSIFICATION, (Method.PREDICT, Method.PREDICT_PROBA), (False, True)),
    n_training_rows=7,
)
GOLDEN = GoldenRows(("age",), ((41,), (None,)), {"predict": [True, False]})
DESCRIPTION = BundleDescription(
    name="credit",
    label="v1",
    created_at="2026-11-23T08:00:00+00:00",
    execution=Execution("native", "sklearn", "model.pkl", "no lowered form"),
    libraries={"python": "3.11.7"},
    absent={"profile": "not recorded"},
)
FILES = {
    layout.CONTRACT: msgspec.json.encode(CONTRACT),
    layout.GOLDEN: msgspec.json.encode(GOLDEN),
    layout.PARITY: b'{"rows": 2}',
    layout.CARD: b"# credit\n",
}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """A bundle with a native model, as `save_model` leaves one."""
    folder = tmp_path / "bundle"
    (folder / "nested").mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}\n")
    (folder / "model.pkl").write_bytes(bytes(range(256)))
    (folder / "nested" / "empty").write_bytes(b"")
    return write_bundle(folder, FILES, DESCRIPTION)


def edit_manifest(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    file = path / layout.MANIFEST
    document = json.loads(file.read_bytes())
    change(document)
    file.write_bytes(canonical_json(document))


def test_what_was_written_is_read_again(bundle: Bundle) -> None:
    again = read_bundle(bundle.path)
    assert again == bundle
    assert again.contract == CONTRACT
    assert again.golden_rows() == GOLDEN
    assert again.parity() == {"rows": 2}
    assert again.read_bytes(layout.CARD) == b"# credit\n"
    manifest = again.manifest
    assert (manifest.name, manifest.label, manifest.execution.form) == ("credit", "v1", "native")
    assert manifest.absent == {"profile": "not recorded"}


def test_the_manifest_lists_every_file_but_itself(bundle: Bundle) -> None:
    assert set(bundle.manifest.files) == {*FILES, "MLmodel", "model.pkl", "nested/empty"}


def test_the_digest_is_that_of_the_manifest_and_stays(bundle: Bundle, tmp_path: Path) -> None:
    copy = shutil.copytree(bundle.path, tmp_path / "elsewhere")
    assert read_bundle(copy).digest == bundle.digest
    assert len(bundle.digest) == 64


def test_another_byte_anywhere_is_another_digest(bundle: Bundle, tmp_path: Path) -> None:
    copy = shutil.copytree(bundle.path, tmp_path / "other")
    other = write_bundle(copy, {**FILES, layout.CARD: b"# credit!\n"}, DESCRIPTION)
    assert other.digest != bundle.digest


def test_a_folder_without_a_manifest_is_no_bundle(tmp_path: Path) -> None:
    assert not is_bundle(tmp_path)
    with pytest.raises(BundleCorruptError, match=r"holds no `headway/manifest\.json`") as caught:
        read_bundle(tmp_path)
    assert str(tmp_path.parent) not in caught.value.message


@pytest.mark.parametrize("position", [0, 100, 255])
def test_one_flipped_bit_is_found_and_the_file_named(bundle: Bundle, position: int) -> None:
    file = bundle.path / "model.pkl"
    data = bytearray(file.read_bytes())
    data[position] ^= 1
    file.write_bytes(data)
    with pytest.raises(BundleCorruptError, match=r"`model\.pkl` has another sha256"):
        read_bundle(bundle.path)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.unlink(), "is missing"),
        (lambda file: file.write_bytes(b"short"), "has 5 bytes instead of 256"),
        (lambda file: file.write_bytes(b""), "has 0 bytes instead of 256"),
        (lambda file: file.write_bytes(bytes(257)), "has 257 bytes instead of 256"),
    ],
)
def test_a_file_that_is_gone_cut_or_grown_is_named(
    bundle: Bundle, damage: Callable[[Path], Any], message: str
) -> None:
    damage(bundle.path / "model.pkl")
    with pytest.raises(BundleCorruptError, match=rf"`model\.pkl` {message}") as caught:
        read_bundle(bundle.path)
    assert caught.value.hint == "fetch it again from the registry"


def test_a_folder_in_the_place_of_a_file_is_missing(bundle: Bundle) -> None:
    (bundle.path / "model.pkl").unlink()
    (bundle.path / "model.pkl").mkdir()
    with pytest.raises(BundleCorruptError, match=r"`model\.pkl` is missing"):
        read_bundle(bundle.path)


def test_every_damaged_file_is_named_at_once(bundle: Bundle) -> None:
    (bundle.path / "MLmodel").unlink()
    (bundle.path / layout.CARD).write_bytes(b"other")
    with pytest.raises(BundleCorruptError) as caught:
        read_bundle(bundle.path)
    assert "`MLmodel`" in caught.value.message
    assert f"`{layout.CARD}`" in caught.value.message


def test_files_that_are_not_listed_are_tolerated(bundle: Bundle) -> None:
    (bundle.path / "registered_model_meta").write_text("model_name: credit\n")
    (bundle.path / "headway" / "note.txt").write_text("by hand")
    assert read_bundle(bundle.path) == bundle


def test_an_unlisted_file_is_not_given_out(bundle: Bundle) -> None:
    (bundle.path / "secret").write_text("x")
    with pytest.raises(BundleCorruptError, match="lists no `secret`"):
        bundle.read_bytes("secret")


@pytest.mark.parametrize("path", ["../outside", "nested/../../outside", "/etc/hostname", ".."])
def test_a_manifest_cannot_point_outside_of_the_bundle(bundle: Bundle, path: str) -> None:
    (bundle.path.parent / "outside").write_bytes(b"")
    entry = bundle.manifest.files["nested/empty"]
    edit_manifest(
        bundle.path,
        lambda document: document["files"].update({path: msgspec.to_builtins(entry)}),
    )
    with pytest.raises(BundleCorruptError, match="points outside of the bundle"):
        read_bundle(bundle.path)


@pytest.mark.parametrize("format_", [0, 2, 99])
def test_another_format_of_the_manifest_asks_for_an_upgrade(bundle: Bundle, format_: int) -> None:
    edit_manifest(bundle.path, lambda document: document.update(format=format_))
    with pytest.raises(BundleCorruptError, match=f"format {format_}; this version reads 1") as e:
        read_bundle(bundle.path)
    assert e.value.hint == "upgrade headway"


def test_another_format_of_the_contract_asks_for_an_upgrade(bundle: Bundle) -> None:
    newer = msgspec.structs.replace(CONTRACT, format=2)
    files = {**FILES, layout.CONTRACT: msgspec.json.encode(newer)}
    with pytest.raises(BundleCorruptError, match="contract has format 2; this version reads 1"):
        write_bundle(bundle.path, files, DESCRIPTION)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b'{"name": 3}', b"\xff\xfe", b"null"])
def test_an_unreadable_manifest_is_corrupt(bundle: Bundle, text: bytes) -> None:
    (bundle.path / layout.MANIFEST).write_bytes(text)
    with pytest.raises(BundleCorruptError, match=r"`headway/manifest\.json` cannot be read"):
        read_bundle(bundle.path)


def test_an_unknown_key_of_the_manifest_is_corrupt(bundle: Bundle) -> None:
    edit_manifest(bundle.path, lambda document: document.update(surprise=1))
    with pytest.raises(BundleCorruptError, match="surprise"):
        read_bundle(bundle.path)


def test_a_bundle_without_a_contract_is_corrupt(bundle: Bundle) -> None:
    edit_manifest(bundle.path, lambda document: document["files"].pop(layout.CONTRACT))
    (bundle.path / layout.CONTRACT).unlink()
    with pytest.raises(BundleCorruptError, match=r"`headway/contract\.json` is missing"):
        read_bundle(bundle.path)


def test_golden_rows_and_parity_may_be_absent(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    bundle = write_bundle(folder, {layout.CONTRACT: FILES[layout.CONTRACT]}, DESCRIPTION)
    assert bundle.golden_rows() is None
    assert bundle.parity() is None


def test_a_stray_golden_file_that_the_manifest_does_not_list_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    bundle = write_bundle(folder, {layout.CONTRACT: FILES[layout.CONTRACT]}, DESCRIPTION)
    (folder / layout.GOLDEN).write_bytes(b"not json")
    assert bundle.golden_rows() is None


def test_writing_again_lists_what_lies_there_now(bundle: Bundle) -> None:
    (bundle.path / "model.pkl").write_bytes(b"another model")
    again = write_bundle(bundle.path, FILES, DESCRIPTION)
    assert again.manifest.files["model.pkl"].size_bytes == len(b"another model")


CODE = {
    "headway/code/features/__init__.py": b"VALUE = 1\n",
    "headway/code/features/words.txt": b"a b",
    "headway/code/rates.py": b"RATE = 2\n",
    "headway/codex.py": b"",
}


@pytest.fixture
def coded(tmp_path: Path) -> Bundle:
    """A bundle that ships modules."""
    execution = Execution("native", "sklearn", "model.pkl", "no lowered form", layout.CODE)
    (tmp_path / "coded").mkdir()
    (tmp_path / "coded" / "model.pkl").write_bytes(b"")
    description = dataclasses.replace(DESCRIPTION, execution=execution)
    return write_bundle(tmp_path / "coded", FILES | CODE, description)


def test_modules_that_it_ships_are_named_and_read(coded: Bundle) -> None:
    assert coded.modules == ("features", "rates")
    assert coded.code() == {"features/__init__.py": b"VALUE = 1\n", "rates.py": b"RATE = 2\n"}


def test_a_bundle_without_code_ships_nothing(bundle: Bundle) -> None:
    assert bundle.modules == ()
    assert bundle.code() == {}


@pytest.mark.parametrize("name", [name for name in CODE if "code/" in name])
def test_a_module_that_was_changed_is_refused(coded: Bundle, name: str) -> None:
    file = coded.path / name
    file.write_bytes(file.read_bytes().swapcase())
    with pytest.raises(BundleCorruptError, match=f"`{name}` has another sha256"):
        read_bundle(coded.path)


def test_a_module_that_was_added_is_not_one_of_its_modules(coded: Bundle) -> None:
    (coded.path / layout.CODE / "planted.py").write_text("VALUE = 1\n")
    again = read_bundle(coded.path)
    assert again.modules == coded.modules
    assert again.code() == coded.code()


TYPED = Contract(
    (
        Feature("price", DType.DECIMAL, nullable=True, storage="object"),
        Feature("at", DType.DATETIME, nullable=True, storage="datetime64[us, UTC]", is_zoned=True),
        Feature("day", DType.DATE, nullable=True, storage="object"),
        Feature("v", DType.TENSOR, nullable=True, storage="object", shape=(2,), element="int8"),
    ),
    Output(Task.OTHER),
)
TYPED_ROWS = (
    (
        Decimal("1.50"),
        dt.datetime(2026, 1, 31, 9, 0, 0, 5, tzinfo=dt.UTC),
        dt.date(2026, 1, 31),
        [1, 2],
    ),
    (None, None, None, None),
)


def test_golden_rows_come_back_as_a_batch_holds_them(tmp_path: Path) -> None:
    golden = GoldenRows(TYPED.names, TYPED_ROWS, {})
    files = {
        layout.CONTRACT: msgspec.json.encode(TYPED),
        layout.GOLDEN: msgspec.json.encode(golden),
    }
    (tmp_path / "model.pkl").write_bytes(b"")
    assert write_bundle(tmp_path, files, DESCRIPTION).golden_rows() == golden


def test_golden_rows_of_another_type_are_refused(tmp_path: Path) -> None:
    golden = GoldenRows(TYPED.names, (("1.50", "yesterday", None, None),), {})
    files = {
        layout.CONTRACT: msgspec.json.encode(TYPED),
        layout.GOLDEN: msgspec.json.encode(golden),
    }
    (tmp_path / "model.pkl").write_bytes(b"")
    with pytest.raises(BundleCorruptError, match="another type for `at`"):
        write_bundle(tmp_path, files, DESCRIPTION).golden_rows()
