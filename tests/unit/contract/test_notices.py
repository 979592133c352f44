from __future__ import annotations

import numpy as np

from headway.contract.findings import MAX_LISTED
from headway.contract.notices import Notice, Notices
from headway.core.dtypes import DType
from unit.contract.strategies import contract_of, feature

CONTRACT = contract_of(
    feature("age", DType.INTEGER, ge=18, le=120, policy="clip"),
    feature("code", DType.STRING, regex=("[a-z]+",), policy="warn"),
    feature("pay", DType.FLOAT, ge=0, policy="clip", is_private=True),
)


def test_what_was_let_through_is_told_with_what_was_done() -> None:
    notices = Notices(CONTRACT)
    notices.add(1, 1, "regex", "A")
    notices.add(0, 0, "le", 130)
    assert notices.listed() == [
        Notice(0, "age", "le", "`130` is not at most `120`; it is taken as `120`"),
        Notice(1, "code", "regex", "`A` does not match `[a-z]+` from end to end"),
    ]
    assert notices.counts == {("code", "regex"): 1, ("age", "le"): 1}
    assert notices.listed()[0].as_dict()["row"] == 0


def test_a_private_value_is_not_told() -> None:
    notices = Notices(CONTRACT)
    notices.add(0, 2, "ge", -7731.5)
    assert notices.listed()[0].message == "the value is not at least `0`; it is taken as `0`"


def test_the_list_is_bounded_and_the_counts_are_exact() -> None:
    notices = Notices(CONTRACT)
    values = np.full(MAX_LISTED + 5, 130)
    notices.add_where(values > 120, 0, "le", values)
    notices.add_where(values < 0, 0, "ge", values)
    assert len(notices.listed()) == MAX_LISTED
    assert notices.total == MAX_LISTED + 5
    assert notices.counts == {("age", "le"): MAX_LISTED + 5}
