from __future__ import annotations

import msgspec
import pytest

from headway.bundle.golden import GoldenRows

ROWS = GoldenRows(
    ("age", "rate", "vip", "purpose"),
    ((41, 0.1 + 0.2, True, "Büro"), (2**63 - 1, 5e-324, False, ""), (None, None, None, None)),
    {"predict": ["good", "bad", "good"], "predict_proba": [[0.1, 0.9], [1.0, 0.0], [0.5, 0.5]]},
)


def test_values_keep_their_types_and_every_digit() -> None:
    again = msgspec.json.decode(msgspec.json.encode(ROWS), type=GoldenRows)
    assert again == ROWS
    assert [[type(value) for value in row] for row in again.rows] == [
        [type(value) for value in row] for row in ROWS.rows
    ]


def test_an_unknown_key_is_refused() -> None:
    document = {**msgspec.to_builtins(ROWS), "labels": []}
    with pytest.raises(msgspec.ValidationError, match="labels"):
        msgspec.convert(document, GoldenRows)
