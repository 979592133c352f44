"""The contract of a release: learned, declared, and judged by the user's own model."""

from __future__ import annotations

import pickle
from typing import Any

import pandas as pd
import pytest
from pydantic import BaseModel, Field, field_validator

from headway.contract.declarations import NotNull, Range
from headway.contract.model import Output
from headway.core.dtypes import Task
from headway.errors import ContractError
from headway.releases.contract import Declarations, declared_contract
from headway.releases.rows import labelled_rows

ROWS = labelled_rows(pd.DataFrame({"age": [20, 30, 40], "income": [1.0, None, 3.0]}), None)
OUTPUT = Output(Task.REGRESSION)


def declared(model: Any = None, **constraints: Any) -> Any:
    return declared_contract(ROWS, OUTPUT, Declarations(constraints, model))


class Plain(BaseModel):
    age: int = Field(gt=0)
    income: float | None


class Validated(Plain):
    @field_validator("age")
    @classmethod
    def adult(cls, value: int) -> int:
        if value < 25:
            raise ValueError("too young")
        return min(value, 35)


def test_constraints_of_the_model_and_of_the_call_hold_together() -> None:
    contract = declared(Plain, age=Range(le=99), income=NotNull()).contract
    age, income = contract.features
    assert (age.constraints.gt, age.constraints.le) == (0, 99)
    assert income.constraints.not_null
    assert contract.validator is None


def test_a_model_without_code_needs_no_file() -> None:
    assert declared(Plain).validator is None


def test_code_becomes_a_file_and_a_note() -> None:
    found = declared(Validated)
    assert pickle.loads(found.validator).__name__ == "Validated"
    assert found.contract.validator.model == "Validated"
    assert found.contract.validator.parts == ("adult",)
    assert any("not vectorised: `adult`" in note for note in found.notes)


def test_training_rows_that_the_code_refuses_or_changes_are_told() -> None:
    notes = declared(Validated).notes
    assert any("refuses 1 of 3 training rows: too young" in note for note in notes)
    assert any("changes 1 of 3 training rows" in note for note in notes)


def test_declarations_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ContractError, match="no value keeps"):
        declared(Plain, age=Range(lt=0))
