from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.hashing import canonical_json, sha256_of_bytes, sha256_of_file

if TYPE_CHECKING:
    from pathlib import Path

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@pytest.mark.parametrize("size_bytes", [0, 1, 1_000_000])
def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path, size_bytes: int) -> None:
    data = b"\x00\xff" * size_bytes
    (tmp_path / "file").write_bytes(data)
    expected = hashlib.sha256(data).hexdigest()
    assert sha256_of_file(tmp_path / "file") == expected
    assert sha256_of_bytes(data) == expected


@given(JSON)
def test_canonical_json_says_the_same(document: Any) -> None:
    assert json.loads(canonical_json(document)) == document


@given(st.dictionaries(st.text(), st.integers()), st.randoms())
def test_the_order_of_keys_does_not_matter(document: dict[str, int], random: Any) -> None:
    items = list(document.items())
    random.shuffle(items)
    assert canonical_json(dict(items)) == canonical_json(document)


def test_canonical_json_has_one_spelling() -> None:
    assert canonical_json({"ä": 1, "a": [1.0, None]}) == '{"a":[1.0,null],"ä":1}'.encode()


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"a": number})
