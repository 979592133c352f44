"""What annotations of pydantic fields say, and whether that is all: held to pydantic itself."""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Interval
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveInt,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    confloat,
    conint,
)

from headway.contract.bounds import declared_limits
from headway.contract.model import Constraints
from headway.contract.pydantic.annotations import declared_by
from headway.core.dtypes import DType
from unit.contract.strategies import feature

FLOAT = feature("a", DType.FLOAT)
INTEGER = feature("a", DType.INTEGER)
STRING = feature("a", DType.STRING)
BOOLEAN = feature("a", DType.BOOLEAN)
NULLABLE = feature("a", DType.FLOAT, nullable=True)


class Purpose(enum.StrEnum):
    CAR = "car"
    TV = "tv"


class Lenient(enum.StrEnum):
    CAR = "car"

    @classmethod
    def _missing_(cls, value: object) -> Lenient:
        return cls.CAR


COMPLETE: list[tuple[Any, Any, dict[str, Any]]] = [
    (int, INTEGER, {}),
    (float, FLOAT, {}),
    (float, INTEGER, {}),
    (int, FLOAT, {"multiple_of": 1}),
    (str, STRING, {}),
    (bool, BOOLEAN, {}),
    (Any, STRING, {}),
    (float | None, NULLABLE, {}),
    (float, NULLABLE, {"not_null": True}),
    (Annotated[float | None, Field(ge=0)], NULLABLE, {"ge": 0}),
    (Annotated[float, Field(ge=0)] | None, NULLABLE, {"ge": 0}),
    (Annotated[int, Field(gt=0, le=120)], INTEGER, {"gt": 0, "le": 120}),
    (PositiveInt, INTEGER, {"gt": 0}),
    (conint(ge=18, multiple_of=3), INTEGER, {"ge": 18, "multiple_of": 3}),
    (confloat(lt=1, allow_inf_nan=False), FLOAT, {"lt": 1}),
    (Annotated[float, Interval(ge=0, lt=1)], FLOAT, {"ge": 0, "lt": 1}),
    (Annotated[str, Field(min_length=1, max_length=5)], STRING, {"min_length": 1, "max_length": 5}),
    (Literal["car", "tv"], STRING, {"one_of": ["car", "tv"]}),
    (Literal["car"] | None, feature("a", DType.STRING, nullable=True), {"one_of": ["car"]}),
    (Purpose, STRING, {"one_of": ["car", "tv"]}),
]


@pytest.mark.parametrize(("annotation", "of", "constraints"), COMPLETE, ids=str)
def test_what_a_contract_has_words_for_is_all(
    annotation: Any, of: Any, constraints: dict[str, Any]
) -> None:
    declared = declared_by(annotation, (), of)
    assert declared.constraints == constraints
    assert declared.is_complete
    assert declared.misfit is None


@pytest.mark.parametrize(
    ("annotation", "of", "constraints"),
    [
        (Annotated[str, Field(pattern="^[A-Z]+$", max_length=4)], STRING, {"max_length": 4}),
        (Annotated[float, Field(multiple_of=0.1, ge=0)], FLOAT, {"ge": 0}),
        (int | float, FLOAT, {}),
        (list[float], FLOAT, {}),
        (Literal["car", 1], STRING, {}),
        (Annotated[int, Field(le=10**400, ge=0)], INTEGER, {"ge": 0}),
        (Lenient, STRING, {}),
        (Literal[1, True], INTEGER, {}),
        (Annotated[int, Field(ge=1), Field(ge=3)], INTEGER, {"ge": 1}),
    ],
    ids=str,
)
def test_what_it_has_none_for_is_left_to_pydantic(
    annotation: Any, of: Any, constraints: dict[str, Any]
) -> None:
    declared = declared_by(annotation, (), of)
    assert not declared.is_complete
    assert declared.constraints == constraints


@pytest.mark.parametrize(
    "annotation",
    [
        Annotated[float, BeforeValidator(abs), Field(ge=0)],
        Annotated[float, Field(ge=0), AfterValidator(abs)],
    ],
)
def test_a_constraint_beside_a_function_is_never_asked_before_it(annotation: Any) -> None:
    declared = declared_by(annotation, (), FLOAT)
    assert declared.is_opaque
    assert not declared.is_complete
    assert declared.constraints == {}


def test_a_length_is_not_asked_where_blanks_are_taken_off_first() -> None:
    text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2)]
    declared = declared_by(text, (), STRING)
    assert (declared.is_complete, declared.constraints) == (False, {})


@pytest.mark.parametrize(
    ("annotation", "of"), [(int, STRING), (str, FLOAT), (bool, INTEGER), (float, BOOLEAN)]
)
def test_a_type_that_the_feature_never_has_is_a_misfit(annotation: Any, of: Any) -> None:
    assert declared_by(annotation, (), of).misfit == annotation.__name__


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["ge", "gt", "le", "lt"]), st.integers(-5, 5), min_size=1, max_size=3
    ),
    st.floats(-7, 7),
)
def test_limits_are_pydantics_own(limits: dict[str, int], value: float) -> None:
    annotation: Any = Annotated[float, Field(**limits)]  # type: ignore[arg-type]
    declared = declared_by(annotation, (), FLOAT)
    ours = declared_limits(Constraints(**declared.constraints), DType.FLOAT)
    try:
        TypeAdapter(annotation).validate_python(value)
    except ValidationError:
        assert not all(limit.allows(value) for limit in ours)
    else:
        assert all(limit.allows(value) for limit in ours)
