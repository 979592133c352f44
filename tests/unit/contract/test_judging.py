"""A user's own code, asked about rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headway.contract.frame_input import batch_from
from headway.contract.judging import Judge
from headway.contract.model import RowRule
from headway.contract.reader import BodyReader
from headway.contract.row_validator import Complaint, RowVerdict
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType
from headway.errors import InvalidInputError
from unit.contract.strategies import contract_of, feature

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTRACT = contract_of(feature("a", DType.INTEGER), feature("b", DType.STRING))
SECRET = contract_of(
    feature("a", DType.INTEGER),
    msgspec.structs.replace(feature("b", DType.STRING), is_private=True),
)


class AtMostNine:
    """Halves nine, and refuses what is above it."""

    def judge(self, values: Sequence[Any]) -> RowVerdict:
        a, b = values
        if a > 9:
            complaints = (Complaint(0, f"{a} is above 9"), Complaint(None, f"{b} is with {a}"))
            return RowVerdict(values, complaints)
        return RowVerdict((a // 2 if a == 9 else a, b))


def test_rows_are_passed_on_as_the_code_gives_them_back() -> None:
    batch = FeatureBatch.from_rows(CONTRACT.names, [(9, "x"), (3, "y")])
    assert Judge(CONTRACT, AtMostNine()).judged(batch).rows() == [(4, "x"), (3, "y")]


def test_every_complaint_is_a_violation_of_its_row() -> None:
    batch = FeatureBatch.from_rows(CONTRACT.names, [(1, "x"), (10, "y"), (11, "z")])
    with pytest.raises(InvalidInputError) as caught:
        Judge(CONTRACT, AtMostNine()).judged(batch)
    assert [(v.row, v.field, v.rule, v.message) for v in caught.value.violations] == [
        (1, "a", "validator", "10 is above 9"),
        (1, None, "validator", "y is with 10"),
        (2, "a", "validator", "11 is above 9"),
        (2, None, "validator", "z is with 11"),
    ]


def test_the_words_of_the_code_are_kept_back_where_they_may_hold_a_private_value() -> None:
    batch = FeatureBatch.from_rows(SECRET.names, [(10, "canary")])
    with pytest.raises(InvalidInputError) as caught:
        Judge(SECRET, AtMostNine()).judged(batch)
    messages = {violation.message for violation in caught.value.violations}
    assert messages == {"the contract's validator refuses it"}


def test_a_row_that_was_changed_is_held_to_the_rules_between_features() -> None:
    ruled = msgspec.structs.replace(CONTRACT, rules=(RowRule("small", "a > 4"),))
    batch = FeatureBatch.from_rows(CONTRACT.names, [(9, "x")])
    with pytest.raises(InvalidInputError) as caught:
        Judge(ruled, AtMostNine()).judged(batch)
    assert [(v.field, v.rule) for v in caught.value.violations] == [(None, "small")]


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 9, "b": "x"}',
        b'{"a": 9.0, "b": "x"}',
        b'{"features": [9, "x"]}',
        b'{"rows": [{"a": 9, "b": "x"}]}',
        b'{"columns": {"a": [9], "b": ["x"]}}',
    ],
)
def test_every_form_of_a_body_is_judged(body: bytes) -> None:
    reader = BodyReader(CONTRACT, 10, validator=AtMostNine())
    assert reader.read(body).batch.rows()[0] == (4, "x")
    with pytest.raises(InvalidInputError):
        reader.read(body.replace(b"9", b"10"))


def test_what_a_program_predicts_on_is_judged_too() -> None:
    assert batch_from(CONTRACT, [{"a": 9, "b": "x"}], AtMostNine()).rows() == [(4, "x")]
    with pytest.raises(InvalidInputError):
        batch_from(CONTRACT, {"a": [10], "b": ["x"]}, AtMostNine())
