"""Golden rows: real rows, and what the training process answered for them.

A server replays them when it loads a release: another answer here means that this machine does not
run the model that was trained.
"""

from __future__ import annotations

from typing import Any

import msgspec

from headway.contract.model import JsonValue

MAX_GOLDEN_ROWS = 256


class GoldenRows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most `MAX_GOLDEN_ROWS` rows with the native model's own answers.

    Attributes:
        names: Names of the features.
        rows: Values in the order of `names` as a batch holds them, `None` for missing. In the file
            they are as JSON holds them.
        outputs: By method, one answer for each row: a label or number, a list of probabilities, or
            a score or list of scores.
        rtol: Allowed relative difference of a replay.
        atol: Allowed absolute difference of a replay.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[JsonValue | None, ...], ...]
    outputs: dict[str, list[Any]]
    rtol: float = 1e-12
    atol: float = 1e-12
