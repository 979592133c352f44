from __future__ import annotations

import json

import msgspec
import pytest

from headway.bundle.manifest import Execution, FileEntry, Manifest
from headway.core.hashing import sha256_of_bytes

MANIFEST = Manifest(
    name="credit",
    label="",
    created_at="2026-11-23T08:00:00+00:00",
    execution=Execution("lowered", "sklearn", "model.pkl", "same answers"),
    files={"b": FileEntry("00", 1), "a": FileEntry("11", 2)},
    libraries={"python": "3.11.7"},
)


def test_the_digest_is_the_sha256_of_the_bytes_that_are_written() -> None:
    assert MANIFEST.digest == sha256_of_bytes(MANIFEST.to_json())


def test_the_order_of_files_does_not_matter() -> None:
    turned = msgspec.structs.replace(MANIFEST, files=dict(reversed(MANIFEST.files.items())))
    assert turned.to_json() == MANIFEST.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"label": "v2"},
        {"created_at": "2026-11-23T08:00:01+00:00"},
        {"files": {"a": FileEntry("11", 2)}},
        {"libraries": {}},
        {"absent": {"golden": "adopted"}},
        {"execution": Execution("native", "sklearn", "model.pkl", "same answers")},
    ],
)
def test_anything_else_is_another_release(change: dict[str, object]) -> None:
    assert msgspec.structs.replace(MANIFEST, **change).digest != MANIFEST.digest


def test_it_survives_a_round_trip() -> None:
    assert msgspec.json.decode(MANIFEST.to_json(), type=Manifest) == MANIFEST


def test_text_of_any_language_is_written_as_it_is() -> None:
    manifest = msgspec.structs.replace(MANIFEST, label="größer")
    assert "größer" in manifest.to_json().decode()
    assert json.loads(manifest.to_json())["label"] == "größer"


@pytest.mark.parametrize("form", ["compiled", "", "Native"])
def test_a_form_is_lowered_or_native(form: str) -> None:
    document = json.loads(MANIFEST.to_json())
    document["execution"]["form"] = form
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(document, Manifest)


def test_a_release_without_code_says_nothing_of_it_and_keeps_its_digest() -> None:
    assert "code_path" not in MANIFEST.to_json().decode()
    coded = Execution("lowered", "sklearn", "model.pkl", "same answers", "headway/code")
    assert msgspec.structs.replace(MANIFEST, execution=coded).digest != MANIFEST.digest
