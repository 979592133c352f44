from __future__ import annotations

import math

from headway.contract.written import WrittenFloat


def test_it_is_the_number_and_remembers_its_digits() -> None:
    number = WrittenFloat("0.10000000000000000001")
    assert number == 0.1
    assert number.text == "0.10000000000000000001"
    assert type(number + 0) is float
    assert math.isinf(WrittenFloat("1e400"))
