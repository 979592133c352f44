"""A user's pydantic model, read as a contract."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from headway.contract.pydantic.user_model import read_user_model
from headway.core.dtypes import DType
from headway.errors import ContractError
from unit.contract.strategies import contract_of, feature

CONTRACT = contract_of(
    feature("age", DType.INTEGER),
    feature("income", DType.FLOAT, nullable=True),
    feature("my purpose", DType.STRING),
)
NUMBERS = contract_of(*(feature(f"x{i}", DType.FLOAT) for i in range(3)))


class Plain(BaseModel):
    age: int = Field(gt=0)
    income: float | None
    purpose: str = Field(alias="my purpose")


def test_a_model_without_code_is_constraints_only() -> None:
    read = read_user_model(Plain, CONTRACT)
    assert (read.form, read.validators, read.notes) == ("fields", (), ())
    assert read.features == {"age": "age", "income": "income", "purpose": "my purpose"}
    assert read.constraints == {"age": {"gt": 0}}


def test_validators_are_named_and_constraints_kept_beside_them() -> None:
    class Model(Plain):
        @field_validator("age")
        @classmethod
        def adult(cls, value: int) -> int:
            return value

        @model_validator(mode="after")
        def affordable(self) -> Model:
            return self

    read = read_user_model(Model, CONTRACT)
    assert read.validators == ("adult", "affordable")
    assert read.constraints == {"age": {"gt": 0}}


def test_what_may_change_a_value_first_takes_its_constraints_with_it() -> None:
    class Model(Plain):
        income: Annotated[float | None, Field(ge=0)]

        @field_validator("age", mode="before")
        @classmethod
        def at_least_one(cls, value: int) -> int:
            return max(value, 1)

    assert read_user_model(Model, CONTRACT).constraints == {"income": {"ge": 0}}

    class Everything(Plain):
        @model_validator(mode="before")
        @classmethod
        def changed(cls, row: Any) -> Any:
            return row

    assert read_user_model(Everything, CONTRACT).constraints == {}


def test_a_configuration_that_changes_values_is_code() -> None:
    class Model(Plain):
        model_config = ConfigDict(str_strip_whitespace=True)

    read = read_user_model(Model, CONTRACT)
    assert (read.validators, read.constraints) == (("model_config",), {})


def test_a_field_may_be_read_under_another_name() -> None:
    class Model(BaseModel):
        purpose: str = Field(validation_alias="my purpose")

    assert read_user_model(Model, CONTRACT).features == {"purpose": "my purpose"}


def test_a_validation_of_its_own_is_code() -> None:
    class Model(Plain):
        @classmethod
        def model_validate(cls, *arguments: Any, **options: Any) -> Any:
            return super().model_validate(*arguments, **options)

    read = read_user_model(Model, CONTRACT)
    assert (read.validators, read.constraints) == (("model_validate",), {})


def test_a_list_of_features_declares_for_each() -> None:
    class Model(BaseModel):
        features: list[Annotated[float, Field(gt=0)]]

    read = read_user_model(Model, NUMBERS)
    assert (read.form, read.validators) == ("list", ())
    assert read.constraints == {f"x{i}": {"gt": 0} for i in range(3)}


def test_a_mapping_or_an_inner_model_of_features_is_run() -> None:
    class Mapping(BaseModel):
        features: dict[str, float]

    class Inner(BaseModel):
        features: Plain

    assert read_user_model(Mapping, NUMBERS).form == "mapping"
    assert read_user_model(Inner, CONTRACT).form == "mapping"
    assert read_user_model(Inner, CONTRACT).validators == ("features",)


def test_every_problem_is_named_at_once() -> None:
    class Model(BaseModel):
        agee: int
        income: str
        purpose: str

    with pytest.raises(ContractError) as caught:
        read_user_model(Model, CONTRACT)
    assert "`agee` is no feature" in caught.value.message
    assert "`income` is `str`" in caught.value.message
    assert "`purpose` is no feature" in caught.value.message
    assert "did you mean `age`?" in (caught.value.hint or "")


def test_a_list_of_another_length_is_a_problem() -> None:
    class Model(BaseModel):
        features: list[float] = Field(min_length=5, max_length=5)

    with pytest.raises(ContractError, match="takes at least 5 values and the model has 3"):
        read_user_model(Model, NUMBERS)


@pytest.mark.parametrize("given", [dict, 3, Plain.model_construct(), "Plain"])
def test_anything_else_is_no_contract(given: Any) -> None:
    with pytest.raises(ContractError, match="not a pydantic model"):
        read_user_model(given, CONTRACT)


def test_defaults_optionals_and_features_left_out_are_noted() -> None:
    class Model(BaseModel):
        age: int | None = 3

    notes = " ".join(read_user_model(Model, CONTRACT).notes)
    assert "the default of the field `age`" in notes
    assert "`age` takes None" in notes
    assert "no field for `income`, `my purpose`" in notes
