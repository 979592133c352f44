"""Steps of post-processing do what their name says, alone and among many, and refuse nonsense early."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.contract.post import (
    Clip,
    Exp,
    Expm1,
    Log1p,
    Round,
    Scale,
    Step,
    apply_steps,
    checked_step,
    step_text,
)
from headway.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

FINITE = st.floats(allow_nan=False, allow_infinity=False)
MODERATE = st.floats(-1e6, 1e6)


@st.composite
def clips(draw: st.DrawFn) -> Clip:
    low, high = sorted([draw(MODERATE), draw(MODERATE)])
    return draw(st.sampled_from([Clip(low, high), Clip(low=low), Clip(high=high)]))


STEPS = st.one_of(
    st.sampled_from([Exp(), Expm1(), Log1p()]),
    clips(),
    st.integers(-15, 15).map(Round),
    st.builds(Scale, MODERATE.filter(bool), MODERATE),
)


@pytest.mark.parametrize(
    ("steps", "number", "expected"),
    [
        (["exp"], 1.0, math.e),
        (["expm1"], 1e-12, math.expm1(1e-12)),
        (["log1p"], 1e-12, math.log1p(1e-12)),
        (["clip=0:1"], -3.0, 0.0),
        (["clip=:1"], 3.0, 1.0),
        (["clip=0:"], 3.0, 3.0),
        (["round=2"], 2.345678, 2.35),
        (["round=-2"], 1249.0, 1200.0),
        (["round=0"], 2.5, 2.0),
        (["scale=2:1"], 3.0, 7.0),
        (["scale=2", "clip=:5", "round=0"], 3.4, 5.0),
        (["clip=:5", "scale=2", "round=0"], 3.4, 7.0),
    ],
)
def test_steps_are_done_in_order(steps: Sequence[str], number: float, expected: float) -> None:
    found = apply_steps([checked_step(step) for step in steps], np.array([number]))
    assert found.tolist() == pytest.approx([expected], rel=1e-15)


@given(st.lists(STEPS, max_size=4), st.lists(FINITE, min_size=1, max_size=70))
def test_a_row_is_answered_the_same_alone_and_among_others(
    steps: list[Step], numbers: list[float]
) -> None:
    together = apply_steps(steps, np.array(numbers))
    alone = [apply_steps(steps, np.array([number]))[0] for number in numbers]
    np.testing.assert_array_equal(together, np.array(alone))
    pairs = apply_steps(steps, np.array([numbers, numbers]).T)
    np.testing.assert_array_equal(pairs[:, 0], together)


@given(FINITE, st.integers(-15, 15))
def test_rounding_loses_no_number(number: float, digits: int) -> None:
    rounded = apply_steps([Round(digits)], np.array([number]))[0]
    assert math.isfinite(rounded)
    assert abs(rounded - number) <= max(0.50001 * 10.0**-digits, abs(number) * 1e-15)


@given(STEPS)
def test_a_step_is_read_back_from_its_text_and_from_json(step: Step) -> None:
    assert msgspec.json.decode(msgspec.json.encode(step), type=Step) == step
    again = checked_step(step_text(step))
    assert type(again) is type(step)
    assert msgspec.structs.astuple(again) == pytest.approx(msgspec.structs.astuple(step))


def test_only_the_unit_is_changed_of_what_was_to_be_predicted() -> None:
    steps = [checked_step(text) for text in ("expm1", "clip=:2", "scale=10", "round=0")]
    found = apply_steps(steps, np.array([1.5]), only_unit=True)
    assert found.tolist() == pytest.approx([math.expm1(1.5) * 10])


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("expp", "no post-processing"),
        ("", "no post-processing"),
        ("exp=2", "cannot be read"),
        ("round=", "cannot be read"),
        ("round=1.5", "cannot be read"),
        ("scale=a", "cannot be read"),
        ("clip=1:2:3", "cannot be read"),
        ("clip", "neither"),
        ("clip=:", "neither"),
        ("clip=5:1", "above"),
        ("round=99", "digits"),
        ("scale=0", "factor 0"),
        ("scale=nan", "no finite number"),
        ("clip=-inf:1", "no finite number"),
        (Round(True), "no finite number"),
        (Clip("a"), "no finite number"),  # type: ignore[arg-type]
        (3, "no post-processing"),
    ],
)
def test_a_step_of_no_use_is_refused_with_what_may_be_written(step: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message) as raised:
        checked_step(step)
    assert raised.value.hint


def test_the_nearest_name_is_asked_for() -> None:
    with pytest.raises(ContractError) as raised:
        checked_step("rond=2")
    assert raised.value.hint == "did you mean `round`?"
