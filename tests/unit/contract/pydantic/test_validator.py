"""A user's pydantic model, run over rows."""

from __future__ import annotations

import enum
from typing import Any

import pytest
from pydantic import BaseModel, Field, field_validator, model_validator

from headway.contract.pydantic.user_model import read_user_model
from headway.contract.pydantic.validator import PydanticValidator
from headway.core.dtypes import DType
from unit.contract.strategies import contract_of, feature

CONTRACT = contract_of(
    feature("age", DType.INTEGER), feature("income", DType.FLOAT), feature("kind", DType.STRING)
)
ROW = (41, 1000.0, "car")


class Kind(enum.StrEnum):
    CAR = "car"


class Request(BaseModel):
    age: int
    income: float
    kind: Kind

    @field_validator("age")
    @classmethod
    def adult(cls, value: int) -> int:
        if value < 18:
            raise ValueError("Age must be at least 18")
        if value == 99:
            raise KeyError(value)
        return min(value, 100)

    @model_validator(mode="after")
    def affordable(self) -> Request:
        if self.income <= self.age:
            raise ValueError("too little")
        return self


def judge(model: type[BaseModel], row: Any, contract: Any = CONTRACT) -> Any:
    return PydanticValidator(read_user_model(model, contract), contract).judge(row)


def test_a_good_row_stays_as_it_is() -> None:
    verdict = judge(Request, ROW)
    assert verdict == (ROW, ())
    assert [type(value) for value in verdict.values] == [int, float, str]


def test_a_complaint_has_the_words_of_the_validator_and_its_feature() -> None:
    (complaint,) = judge(Request, (17, 1000.0, "car")).complaints
    assert complaint == (0, "Age must be at least 18")


def test_a_complaint_about_the_row_has_no_feature() -> None:
    (complaint,) = judge(Request, (41, 3.0, "car")).complaints
    assert complaint == (None, "too little")


def test_a_validator_that_raises_anything_refuses_the_row() -> None:
    (complaint,) = judge(Request, (99, 1000.0, "car")).complaints
    assert complaint == (None, "the contract's validator raised `KeyError`")


def test_a_validator_that_ends_the_process_refuses_the_row() -> None:
    class Model(BaseModel):
        age: int

        @field_validator("age")
        @classmethod
        def leave(cls, value: int) -> int:
            raise SystemExit(1)

    (complaint,) = judge(Model, ROW).complaints
    assert complaint == (None, "the contract's validator raised `SystemExit`")


def test_a_policy_does_not_let_through_what_a_validator_gives_back() -> None:
    class Model(BaseModel):
        age: int

        @field_validator("age")
        @classmethod
        def older(cls, value: int) -> int:
            return value + 100

    lenient = feature("age", DType.INTEGER, le=99, policy="clip")
    (complaint,) = judge(
        Model, (41, 1.0, "car"), contract_of(lenient, *CONTRACT.features[1:])
    ).complaints
    assert complaint == (0, "the contract's validator gives back a value that breaks `le`")


def test_a_changed_value_is_taken_over() -> None:
    assert judge(Request, (120, 1000.0, "car")).values == (100, 1000.0, "car")


def test_a_changed_value_that_the_contract_refuses_is_a_complaint() -> None:
    class Model(BaseModel):
        age: Any

        @field_validator("age")
        @classmethod
        def spelled(cls, value: int) -> str:
            return str(value)

    (complaint,) = judge(Model, ROW).complaints
    assert complaint == (0, "the contract's validator gives back a value that breaks `type`")


def test_a_large_integer_is_not_rounded_by_a_field_of_floats() -> None:
    class Model(BaseModel):
        age: float

        @field_validator("age")
        @classmethod
        def same(cls, value: float) -> float:
            return value

    assert judge(Model, (2**53 + 1, 1.0, "car")).values[0] == 2**53 + 1


class Listed(BaseModel):
    features: list[float]

    @field_validator("features")
    @classmethod
    def positive(cls, values: list[float]) -> list[float]:
        if any(value <= 0 for value in values):
            raise ValueError("must be positive")
        return [min(value, 10) for value in values]


NUMBERS = contract_of(*(feature(f"x{i}", DType.FLOAT) for i in range(3)))


def test_a_list_of_features_is_judged_as_a_whole() -> None:
    assert judge(Listed, (1.0, 2.0, 30.0), NUMBERS).values == (1.0, 2.0, 10.0)
    assert judge(Listed, (1.0, -2.0, 3.0), NUMBERS).complaints == ((None, "must be positive"),)


def test_a_list_that_grows_is_a_complaint() -> None:
    class Growing(BaseModel):
        features: list[float]

        @field_validator("features")
        @classmethod
        def more(cls, values: list[float]) -> list[float]:
            return [*values, 1.0]

    (complaint,) = judge(Growing, (1.0, 2.0, 3.0), NUMBERS).complaints
    assert "gives back 4 values of 3" in complaint.message


def test_an_element_of_a_list_has_its_feature() -> None:
    class Bounded(BaseModel):
        features: list[Any]

        @field_validator("features")
        @classmethod
        def checked(cls, values: list[Any]) -> list[Any]:
            return values

    class Inner(BaseModel):
        features: list[Any] = Field(max_length=3)

    assert judge(Bounded, (1.0, 2.0, 3.0), NUMBERS).complaints == ()
    assert judge(Inner, (1.0, 2.0, 3.0), NUMBERS).complaints == ()


@pytest.mark.parametrize("row", [(1.0, 2.0, 3.0), (1.0, -2.0, 3.0)])
def test_a_mapping_and_an_inner_model_are_given_rows_by_name(row: Any) -> None:
    class Row(BaseModel):
        x0: float
        x1: float = Field(ge=0)
        x2: float

    class Model(BaseModel):
        features: Row

    class Mapping(BaseModel):
        features: dict[str, float]

    assert judge(Mapping, row, NUMBERS) == (row, ())
    complaints = judge(Model, row, NUMBERS).complaints
    assert [complaint.position for complaint in complaints] == ([1] if row[1] < 0 else [])


def test_text_of_a_validator_is_made_printable_and_short() -> None:
    class Model(BaseModel):
        age: int

        @field_validator("age")
        @classmethod
        def loud(cls, value: int) -> int:
            raise ValueError("\x1b[31m" + "x" * 10_000)

    (complaint,) = judge(Model, ROW).complaints
    assert "\x1b" not in complaint.message
    assert len(complaint.message) < 600
